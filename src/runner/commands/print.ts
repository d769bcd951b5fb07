// How the toolbox writes: tables and JSON on standard output, nothing else.
import { neutralise } from '../../protocol/neutralise.ts';

/** Writes to standard output; handed in so that a test can read it. */
export type Write = (text: string) => void;

const escaped: Record<string, string> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** Indented JSON with a line feed; safe to paste into a page. */
export function printJson(write: Write, value: unknown): void {
  write(
    `${JSON.stringify(value, null, 2).replace(/[<>&]/g, (character) => escaped[character] ?? character)}\n`,
  );
}

/** Plain columns, two spaces apart; the last column is not padded. */
export function printTable(
  write: Write,
  header: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [header, ...rows.map((row) => row.map(neutralise))];
  const widths = header.map((_title, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  for (const line of lines) {
    write(
      `${line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}
