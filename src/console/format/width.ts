// Text to an exact number of terminal cells, whatever it is made of (T27): CJK and emoji take two,
// combining marks none. Graphemes are never cut apart.
import stringWidth from 'string-width';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
// Printable ASCII: one cell each, which is nearly every cell of every table.
const plain = /^[\x20-\x7e]*$/;

/** Terminal cells that the text takes. */
export function widthOf(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text);
}

export type Cut = 'end' | 'middle';

/** At most `width` cells, with `…` where something was left out. */
export function cut(text: string, width: number, where: Cut = 'end'): string {
  if (width <= 0) return '';
  if (widthOf(text) <= width) return text;
  if (width === 1) return '…';
  return where === 'end' ? `${head(text, width - 1)}…` : cutMiddle(text, width);
}

function cutMiddle(text: string, width: number): string {
  const tailWidth = Math.floor((width - 1) / 2);
  return `${head(text, width - 1 - tailWidth)}…${tail(text, tailWidth)}`;
}

/** Exactly `width` cells: cut or filled with spaces, at the end or (right-aligned) at the start. */
export function fit(
  text: string,
  width: number,
  align: 'left' | 'right' = 'left',
  where: Cut = 'end',
): string {
  const shown = cut(text, width, where);
  const room = ' '.repeat(Math.max(0, width - widthOf(shown)));
  return align === 'left' ? shown + room : room + shown;
}

function head(text: string, width: number): string {
  if (plain.test(text)) return text.slice(0, width);
  let out = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    used += stringWidth(segment);
    if (used > width) break;
    out += segment;
  }
  return out;
}

function tail(text: string, width: number): string {
  if (width <= 0) return '';
  if (plain.test(text)) return text.slice(-width);
  const segments = Array.from(segmenter.segment(text), ({ segment }) => segment);
  let out = '';
  let used = 0;
  for (const segment of segments.reverse()) {
    used += stringWidth(segment);
    if (used > width) break;
    out = segment + out;
  }
  return out;
}

/** Text broken at spaces into lines of at most `width` cells; longer words are broken hard. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (let word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (widthOf(joined) <= width) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    while (widthOf(word) > width) {
      const piece = head(word, Math.max(1, width)) || word;
      lines.push(piece);
      word = word.slice(piece.length);
    }
    line = word;
  }
  lines.push(line);
  return lines;
}
