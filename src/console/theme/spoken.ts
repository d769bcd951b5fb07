// Lines as a screen reader says them: no boxes, no glyph beside the word that it stands for, commas for columns.

/** Stands before what has the cursor. */
export const CURSOR = '▌';

const escapes = /\u001b\[[0-9;:?]*[ -/]*[@-~]/g;
const boxes = /[─│╭╮╰╯█░]/g;
/** Always followed by the word that says the same. */
const besideWords = /[●◐○◌■✓✗·▸▾‹›] ?|[…⋯]|(?<=^|\s)– /g;

/** In this order: what stands for something of its own first. */
const said: readonly (readonly [RegExp, string])[] = [
  [/▏ ?/g, 'stderr: '],
  [/ ▲(\d+)/g, ' ($1 waiting)'],
  [/ [›·] /g, '  '],
  [/(\d)–(?=\d)/g, '$1 to '],
  [/⏎/g, 'enter'],
  [/…(?=[\p{L}\p{N}])/gu, '...'],
  [/\[x\] /g, 'checked '],
  [/\[ \] /g, 'not checked '],
  [/\(•\) /g, 'chosen '],
  [/\( \) /g, 'not chosen '],
  [/(^|\s)!(?=\s)/g, '$1attention:'],
  [/ –(?=\s{2}|$)/g, ' none'],
  [besideWords, ''],
  [/[▌▲] ?/g, ''],
];

/** One line, trimmed; empty when nothing of it is to be said. The cursor's mark stays in front. */
export function spokenLine(line: string): string {
  const text = line.replace(escapes, '').replace(boxes, ' ');
  const isMarked = text.trimStart().startsWith(CURSOR);
  const words = said
    .reduce((rest, [what, word]) => rest.replace(what, word), text)
    .trim()
    .replace(/\s{2,}/g, ', ');
  if (words === '') return '';
  return isMarked ? `${CURSOR}${words}` : words;
}

/** Ages, times of day and running counts: that they move is no news. */
const moving =
  /\b\d+(?:\.\d+)?(?:ms|[smhd])\b(?: ago)?|\b\d{1,2}:\d{2}(?::\d{2})?(?:Z|[+-]\d\d(?::?\d\d)?)?\b|\b[\d,]+ new lines?\b/g;

function newsOf(line: string): string {
  return line.replace(CURSOR, '').replace(moving, '#');
}

/** What is new on a page: lines that were not there, and the line that the cursor came to. */
export function spokenNews(before: readonly string[], after: readonly string[]): string[] {
  const known = new Map<string, { count: number; isMarked: boolean }>();
  for (const line of before) {
    const key = newsOf(line);
    const seen = known.get(key);
    known.set(key, {
      count: (seen?.count ?? 0) + 1,
      isMarked: line.startsWith(CURSOR) || seen?.isMarked === true,
    });
  }
  return after.flatMap((line) => {
    const seen = known.get(newsOf(line));
    const isMarked = line.startsWith(CURSOR);
    const text = line.replace(CURSOR, '');
    if (seen === undefined || seen.count === 0) return [isMarked ? `${text}, selected` : text];
    seen.count -= 1;
    return isMarked && !seen.isMarked ? [text] : [];
  });
}
