// The one function every remote string passes before it is stored or shown (SPEC NT1, pitfall T17):
// text from a host, an agent or a colleague must not move the cursor, colour the screen or forge a line.

import { isRawNumber } from './exact-json.ts';

// C0, DEL and C1 controls; bidi controls; zero-width and invisible format characters; line and paragraph
// separators; interlinear annotation; tag characters; a lone surrogate half.
const HOSTILE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const visible: Record<string, string> = {
  '\n': '⏎',
  '\r': '␍',
  '\t': '⇥',
  '\u001b': '␛',
  '\u0007': '␇',
  '\b': '␈',
  '\u0000': '␀',
};

/**
 * One line of safe text: a newline, a tab and the common controls become visible marks, every other
 * control, bidi, zero-width or unpaired character becomes `·`. Printable text is returned unchanged.
 */
export function neutralise(text: string): string {
  HOSTILE.lastIndex = 0;
  if (!HOSTILE.test(text)) return text;
  return text.replace(HOSTILE, (character) => visible[character] ?? '·');
}

/** The same for multi-line output: line feeds stay, CR before LF is dropped, a tab becomes spaces to the next stop of 8. */
export function neutraliseLines(text: string): string {
  return text
    .split('\n')
    .map((line) => neutralise(expandTabs(line.endsWith('\r') ? line.slice(0, -1) : line)))
    .join('\n');
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  let out = '';
  for (const character of line) {
    if (character === '\t') out += ' '.repeat(8 - (out.length % 8));
    else out += character;
  }
  return out;
}

/** Neutralised and cut to at most `limit` UTF-16 units, never inside a surrogate pair. */
export function bounded(text: string, limit: number): string {
  const safe = neutralise(text);
  if (safe.length <= limit) return safe;
  const cut = safe.slice(0, limit - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** Every string inside a decoded value neutralised, keys too; numbers, flags and shape stay. */
export function neutraliseDeep<Value>(value: Value): Value {
  if (typeof value === 'string') return neutralise(value) as Value;
  if (Array.isArray(value)) return value.map(neutraliseDeep) as Value;
  // A raw number literal holds digits only, and taken apart it would no longer be one.
  if (value !== null && typeof value === 'object' && !isRawNumber(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [neutralise(key), neutraliseDeep(inner)]),
    ) as Value;
  }
  return value;
}
