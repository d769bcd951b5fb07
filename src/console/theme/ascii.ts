// For terminals without Unicode: every character beyond ASCII becomes one of the same width, at the last
// moment before it is written, so that no screen can forget to.
import stringWidth from 'string-width';

const known: Record<string, string> = {
  '●': '*',
  '◐': '~',
  '○': 'o',
  '◌': '.',
  '▲': '^',
  '✓': '+',
  '✗': 'x',
  '–': '-',
  '—': '-',
  '·': '.',
  '…': '~',
  '▌': '>',
  '▏': '|',
  '›': '>',
  '⏎': '<',
  '─': '-',
  '│': '|',
  '╭': '+',
  '╮': '+',
  '╰': '+',
  '╯': '+',
  '⋯': '~',
  '×': 'x',
  '█': '#',
  '░': '.',
  '▸': '>',
  '▾': 'v',
  '«': '<',
  '»': '>',
  '→': '>',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '␍': '?',
  '⇥': '>',
  '␛': '?',
  '␇': '?',
  '␈': '?',
  '␀': '?',
  '“': '"',
  '”': '"',
  '’': "'",
};

const beyondAscii = /[^\x00-\x7f]/u;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The same text in ASCII; widths stay, so that columns stay aligned. Control sequences pass. */
export function toAscii(text: string): string {
  if (!beyondAscii.test(text)) return text;
  let out = '';
  for (const { segment } of segmenter.segment(text)) {
    out += beyondAscii.test(segment) ? (known[segment] ?? '?'.repeat(stringWidth(segment))) : segment;
  }
  return out;
}
