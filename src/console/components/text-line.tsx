// An editable line as spans: the part around the caret that fits, the caret in reverse.
import { widthOf } from '../format/width.ts';
import type { Span } from '../theme/span.ts';
import type { TextEdit } from './text-edit.ts';

/** At most `width` cells. A hidden text shows a dot for each character. */
export function editSpans(edit: TextEdit, width: number, hidden: boolean = false): Span[] {
  const parts = hidden ? edit.parts.map(() => '•') : edit.parts;
  let from = edit.caret;
  let used = 1;
  while (from > 0 && used + widthOf(parts[from - 1] ?? '') <= width) {
    from -= 1;
    used += widthOf(parts[from] ?? '');
  }
  const under = parts[edit.caret] ?? ' ';
  let to = edit.caret + 1;
  while (to < parts.length && used + widthOf(parts[to] ?? '') <= width) {
    used += widthOf(parts[to] ?? '');
    to += 1;
  }
  return [
    { text: parts.slice(from, edit.caret).join('') },
    { text: under, inverse: true },
    { text: parts.slice(edit.caret + 1, to).join('') },
  ];
}
