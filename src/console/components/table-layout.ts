// Which columns fit, and how wide each is. A table row never wraps: the least important column goes first.
import type { Cut } from '../format/width.ts';
import type { Spans } from '../theme/span.ts';

/** A cell that shows an age or anything else that changes with the clock alone. */
export interface LiveCell {
  readonly live: (now: number) => Spans;
}
export type Cell = Spans | LiveCell;

export interface Column<Row> {
  readonly key: string;
  readonly title: string;
  /** Cells it always has when it is shown. */
  readonly width: number;
  /** Share of the room that is left over, and the width at which it has enough. */
  readonly grow?: number;
  readonly max?: number;
  readonly align?: 'left' | 'right';
  readonly cut?: Cut;
  /** Smaller stays longer. */
  readonly priority: number;
  /** Only with wide columns (`w`). */
  readonly wideOnly?: boolean;
  readonly cell: (row: Row) => Cell;
}

export interface PlacedColumn<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

export const GAP = 2;

/** Columns in their own order with their widths; together at most `width` cells, gaps included. */
export function placeColumns<Row>(
  columns: readonly Column<Row>[],
  width: number,
  wide: boolean = false,
): PlacedColumn<Row>[] {
  let shown = columns.filter((column) => wide || column.wideOnly !== true);
  while (shown.length > 1 && needed(shown) > width) {
    const least = shown.reduce((worst, column) => (column.priority >= worst.priority ? column : worst));
    shown = shown.filter((column) => column !== least);
  }
  const widths = shareRoom(shown, Math.max(0, width - needed(shown)));
  return shown.map((column, index) => ({ column, width: Math.min(widths[index] ?? column.width, width) }));
}

function needed<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((sum, column) => sum + column.width, 0) + GAP * Math.max(0, columns.length - 1);
}

function shareRoom<Row>(columns: readonly Column<Row>[], room: number): number[] {
  const widths = columns.map((column) => column.width);
  const growing = columns
    .map((column, index) => ({ index, share: column.grow ?? 0, max: column.max ?? Number.MAX_SAFE_INTEGER }))
    .filter(({ share }) => share > 0);
  let left = room;
  // The narrowest wish first, so that what it does not take goes to the others.
  growing.sort((a, b) => a.max - b.max);
  let shares = growing.reduce((sum, { share }) => sum + share, 0);
  for (const { index, share, max } of growing) {
    const now = widths[index] ?? 0;
    const given = Math.min(Math.floor((left * share) / shares), Math.max(0, max - now));
    widths[index] = now + given;
    left -= given;
    shares -= share;
  }
  return widths;
}
