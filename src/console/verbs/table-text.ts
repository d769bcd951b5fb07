// Rows as aligned text: plain columns for pipes and long lists. Widths count cells of the terminal.
import stringWidth from 'string-width';
import { neutralise } from '../../protocol/neutralise.ts';

export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string | number | boolean | null | undefined;
  readonly alignRight?: boolean;
}

/** A cell as safe text; nothing is a dash. */
export function cellText<Row>(column: Column<Row>, row: Row): string {
  const value = column.value(row);
  if (value === null || value === undefined || value === '') return '-';
  return neutralise(String(value));
}

/** Header and rows, each a line. With `maxWidth` the widest columns are cut so that no line is longer. */
export function plainTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  maxWidth?: number,
): string {
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map((column) => cellText(column, row))),
  ];
  const widths = columns.map((_column, index) =>
    Math.max(...cells.map((line) => stringWidth(line[index] ?? ''))),
  );
  if (maxWidth !== undefined) shrink(widths, maxWidth - 2 * (columns.length - 1));
  return cells.map((line) => `${alignedLine(columns, line, widths)}\n`).join('');
}

function alignedLine<Row>(
  columns: readonly Column<Row>[],
  line: readonly string[],
  widths: readonly number[],
): string {
  return line
    .map((cell, index) => fit(cell, widths[index] ?? 0, columns[index]?.alignRight ?? false))
    .join('  ')
    .trimEnd();
}

function shrink(widths: number[], room: number): void {
  const narrowest = 6;
  let over = widths.reduce((sum, width) => sum + width, 0) - room;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) return;
    widths[widths.indexOf(widest)] = widest - 1;
    over -= 1;
  }
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Exactly `width` cells: padded, or cut with an ellipsis and never inside a character. */
export function fit(text: string, width: number, alignRight = false): string {
  let shown = text;
  if (stringWidth(text) > width) {
    shown = '';
    for (const { segment } of graphemes.segment(text)) {
      if (stringWidth(shown + segment) > width - 1) break;
      shown += segment;
    }
    shown += '…';
  }
  const padding = ' '.repeat(Math.max(0, width - stringWidth(shown)));
  return alignRight ? padding + shown : shown + padding;
}
