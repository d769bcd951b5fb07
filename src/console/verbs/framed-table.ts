// Small static tables on a terminal, drawn once with ink-table. Loaded only when one is drawn.
import { renderToString } from 'ink';
import Table from 'ink-table';
import { createElement, type ComponentType } from 'react';

export interface FramedTable {
  readonly titles: readonly string[];
  /** Safe text, one string a column. */
  readonly rows: readonly (readonly string[])[];
}

type TableComponent = ComponentType<{ data: Record<string, string>[]; columns: string[] }>;

// CommonJS: bundlers and Node differ in what its default is.
const component = ('default' in (Table as object)
  ? (Table as unknown as { default: TableComponent }).default
  : Table) as unknown as TableComponent;

export function framedTable({ titles, rows }: FramedTable, columns: number): string {
  const named = rows.map((row) =>
    Object.fromEntries(titles.map((title, index) => [title, row[index] ?? ''])),
  );
  const drawn = renderToString(createElement(component, { data: named, columns: [...titles] }), { columns });
  return `${drawn}\n`;
}
