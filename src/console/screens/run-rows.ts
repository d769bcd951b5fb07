// Output as rows of the screen: which rows begin at a spot, where the end is, how far a move leads. Only rows
// that are asked for are made, so the length of the output does not matter.
import { widthOf } from '../format/width.ts';
import { lineAt, lineTotal } from '../store/run-output.ts';
import type { OutputLine, OutputLog } from '../store/output-log.ts';

export type Stream = 'stdout' | 'stderr';
/** A remark of ours after the last line, such as a truncation. */
export type ShownLine = OutputLine | { readonly kind: 'mark'; readonly text: string };

export interface RowOptions {
  readonly log: OutputLog;
  readonly marks: readonly string[];
  readonly stream: Stream | undefined;
  readonly wrap: boolean;
  /** Cells that the text of a line has. */
  readonly width: number;
}

/** A place in the output: a line of the held window and, when wrapped, a row of it. */
export interface Spot {
  readonly line: number;
  readonly part: number;
}

export interface OutputRow extends Spot {
  readonly shown: ShownLine;
  readonly text: string;
}

export function shownLine({ log, marks }: RowOptions, index: number): ShownLine | undefined {
  const total = lineTotal(log);
  if (index < total) return lineAt(log, index);
  const text = marks[index - total];
  return text === undefined ? undefined : { kind: 'mark', text };
}

/** The first shown line at `from` or beyond it in that direction; null when there is none. */
export function nearestLine(options: RowOptions, from: number, direction: 1 | -1): number | null {
  for (let index = from; ; index += direction) {
    const line = index < 0 ? undefined : shownLine(options, index);
    if (line === undefined) return null;
    if (line.kind !== 'text' || options.stream === undefined || line.stream === options.stream) return index;
  }
}

/** At most `count` rows from the spot on. */
export function rowsFrom(options: RowOptions, spot: Spot, count: number): OutputRow[] {
  const rows: OutputRow[] = [];
  let line = nearestLine(options, spot.line, 1);
  let part = line === spot.line ? spot.part : 0;
  while (line !== null && rows.length < count) {
    const shown = shownLine(options, line);
    if (shown === undefined) break;
    const parts = partsOf(options, shown);
    for (; part < parts.length && rows.length < count; part += 1)
      rows.push({ line, part, shown, text: parts[part] ?? '' });
    part = 0;
    line = nearestLine(options, line + 1, 1);
  }
  return rows;
}

/** Where to begin so that the last row is the last of `count`. */
export function endSpot(options: RowOptions, count: number): Spot {
  const last = nearestLine(options, lineTotal(options.log) + options.marks.length - 1, -1);
  if (last === null) return { line: 0, part: 0 };
  return back(options, { line: last, part: partCount(options, last) - 1 }, count - 1);
}

/** The spot `rows` further down (up when negative), within the output; `count` rows are seen at once. */
export function movedSpot(options: RowOptions, spot: Spot, rows: number, count: number): Spot {
  if (rows <= 0) return back(options, spot, -rows);
  const end = endSpot(options, count);
  let { line, part } = spot;
  for (let left = rows; left > 0; left -= 1) {
    if (part + 1 < partCount(options, line)) part += 1;
    else {
      const next = nearestLine(options, line + 1, 1);
      if (next === null) break;
      line = next;
      part = 0;
    }
    if (!isBefore({ line, part }, end)) return end;
  }
  return { line, part };
}

export function isBefore(a: Spot, b: Spot): boolean {
  return a.line < b.line || (a.line === b.line && a.part < b.part);
}

function back(options: RowOptions, spot: Spot, rows: number): Spot {
  let { line, part } = spot;
  for (let left = rows; left > 0;) {
    if (part >= left) return { line, part: part - left };
    left -= part + 1;
    const previous = nearestLine(options, line - 1, -1);
    if (previous === null) return { line, part: 0 };
    line = previous;
    part = partCount(options, line) - 1;
  }
  return { line, part };
}

function partCount(options: RowOptions, line: number): number {
  const shown = shownLine(options, line);
  return shown === undefined ? 1 : partsOf(options, shown).length;
}

const plain = /^[\x20-\x7e]*$/;
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function partsOf({ wrap, width }: RowOptions, shown: ShownLine): string[] {
  if (shown.kind !== 'text') return [''];
  const { text } = shown;
  if (!wrap || text.length <= 1) return [text];
  if (!plain.test(text)) return partsByCells(text, width);
  const parts: string[] = [];
  for (let from = 0; from < text.length || from === 0; from += width)
    parts.push(text.slice(from, from + width));
  return parts;
}

function partsByCells(text: string, width: number): string[] {
  const parts: string[] = [];
  let part = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const cells = widthOf(segment);
    if (used + cells > width && part !== '') {
      parts.push(part);
      part = '';
      used = 0;
    }
    part += segment;
    used += cells;
  }
  return [...parts, part];
}
