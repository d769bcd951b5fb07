// What every command needs of the outside: where it prints, and where the store is.
import { Option, type Command } from 'commander';

export interface Terminal {
  /** What was asked for, on standard output. */
  print(line: string): void;
  /** What went on meanwhile, on standard error. */
  remark(line: string): void;
  /** What was found is bad, and has been said: exit 1. */
  fail(): void;
  /** Where everything is kept when it is not the data directory. */
  databaseUrl(): string | null;
}

export const dataDirOption = () =>
  new Option('--data-dir <dir>', 'directory that holds everything it knows').makeOptionMandatory();

export const jsonOption = () => new Option('--json', 'print one JSON object');

/** `words` follow the program's name. */
export function withExamples(command: Command, ...words: string[]): Command {
  const lines = words.map((line) => `  emisar-cloud ${line}`).join('\n');
  return command.addHelpText('after', `\nExamples:\n${lines}`);
}

/** Columns by two spaces, the last one not padded. */
export function tableLines(table: readonly (readonly string[])[]): string[] {
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  return table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
