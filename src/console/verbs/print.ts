// How a verb's answer leaves: table, json, ndjson or csv. What goes to a terminal is neutralised;
// machine forms into a pipe carry the exact values.
import stringWidth from 'string-width';
import { neutralise, neutraliseDeep } from '../../protocol/neutralise.ts';
import { csvLine } from '../../protocol/quoting.ts';
import { cellText, plainTable, type Column } from './table-text.ts';
import { writeText, type VerbIo } from './verb-io.ts';

export const outputForms = ['table', 'json', 'ndjson', 'csv'] as const;
export type OutputForm = (typeof outputForms)[number];

/** Frames cost lines: longer lists are plain columns on a terminal too. */
const FRAMED_MAX_ROWS = 30;

export interface Printer {
  /** A list: `whole` is what json prints, rows are what the other forms print. */
  list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], whole?: unknown): Promise<void>;
  /** One thing: a field a line, or the value itself in machine forms. */
  record(value: unknown, fields: readonly (readonly [string, unknown])[]): Promise<void>;
  /** The outcome of a change: the value in machine forms, otherwise one sentence. */
  outcome(value: unknown, sentence: string): Promise<void>;
  /** Text for people only, after or before a record; nothing in machine forms. */
  text(text: string): Promise<void>;
  readonly form: OutputForm;
}

export function createPrinter(io: VerbIo, form: OutputForm, quiet: boolean): Printer {
  const terminal = io.stdout.isTTY === true;
  const out = (text: string) => writeText(io.stdout, text);
  const json = (value: unknown, indent?: number) =>
    `${JSON.stringify(terminal ? neutraliseDeep(value) : value, null, indent)}\n`;

  async function list<Row>(rows: readonly Row[], columns: readonly Column<Row>[], whole: unknown = rows) {
    if (form === 'json') return out(json(whole, 2));
    if (form === 'ndjson') return out(rows.map((row) => json(row)).join(''));
    if (form === 'csv') return out(csvText(rows, columns, terminal));
    if (quiet) return out(rows.map((row) => `${columns[0] ? cellText(columns[0], row) : ''}\n`).join(''));
    if (!terminal) return out(plainTable(columns, rows));
    return out(await terminalTable(rows, columns, io.stdout.columns ?? 80));
  }

  return {
    form,
    list,
    async record(value, fields) {
      if (form === 'json') return out(json(value, 2));
      if (form === 'ndjson') return out(json(value));
      if (form === 'csv')
        return out(
          `${csvLine(fields.map(([name]) => name))}\n${csvLine(fields.map(([, inner]) => fieldText(inner)))}\n`,
        );
      if (quiet) return;
      const width = Math.max(...fields.map(([name]) => stringWidth(name)));
      return out(
        fields.map(([name, inner]) => `${name.padEnd(width)}  ${neutralise(fieldText(inner))}\n`).join(''),
      );
    },
    async outcome(value, sentence) {
      if (form === 'json') return out(json(value, 2));
      if (form === 'ndjson' || form === 'csv') return out(json(value));
      if (!quiet) return out(`${neutralise(sentence)}\n`);
    },
    async text(text) {
      if (form === 'table' && !quiet) await out(text);
    },
  };
}

async function terminalTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): Promise<string> {
  const cells = rows.map((row) => columns.map((column) => cellText(column, row)));
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, index) =>
    Math.max(...[title, ...cells.map((line) => line[index] ?? '')].map((cell) => stringWidth(cell))),
  );
  // A frame and a space on both sides of every cell.
  const framedWidth = widths.reduce((sum, cell) => sum + cell + 3, 1);
  if (rows.length === 0 || rows.length > FRAMED_MAX_ROWS || framedWidth > width)
    return plainTable(columns, rows, width);
  const { framedTable } = await import('./framed-table.ts');
  return framedTable({ titles, rows: cells }, width);
}

function csvText<Row>(rows: readonly Row[], columns: readonly Column<Row>[], terminal: boolean): string {
  const head = csvLine(columns.map(({ title }) => title.toLowerCase().replaceAll(' ', '_')));
  const lines = rows.map((row) =>
    csvLine(
      columns.map((column) => {
        const value = column.value(row);
        // Line breaks inside a cell forge rows for readers that split by line.
        return typeof value === 'string' && (terminal || /[\n\r\u0000-\u001f]/.test(value))
          ? neutralise(value)
          : value;
      }),
    ),
  );
  return [head, ...lines].map((line) => `${line}\n`).join('');
}

function fieldText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An instant for people: UTC to the second. */
export function shownInstant(at: string | null): string | null {
  return at === null ? null : at.replace('T', ' ').replace(/(\.\d+)?(Z|\+00:00)$/, 'Z');
}
