// What can be typed where, read off the verbs themselves: the same commands that run are the ones completed.
import type { Command } from 'commander';

export interface CompletionEntry {
  /** Verb words that lead here: ``, `runners`, `runners list`. */
  readonly path: string;
  /** Further verb words, or what stands for a positional argument. */
  readonly words: readonly string[];
  readonly flags: readonly string[];
  /** Flags that take a value, with the values where they are known; both spellings of a flag. */
  readonly values: readonly (readonly [flag: string, values: readonly string[]])[];
}

const positional = new WeakMap<Command, readonly string[]>();

/** Notes what can stand for the arguments of a verb. */
export function noteValues(command: Command, values: readonly string[]): void {
  positional.set(command, values);
}

export function completionTable(command: Command, path: string = ''): CompletionEntry[] {
  const { commands, options } = command;
  const own: CompletionEntry = {
    path,
    words: [...commands.map((each) => each.name()), ...(positional.get(command) ?? [])],
    flags: [...options.flatMap(({ long }) => (long === undefined ? [] : [long])), '--help'],
    values: options
      .filter((option) => option.required || option.optional)
      .flatMap(({ long, short, argChoices = [] }) =>
        [long, short].flatMap((flag) => (flag === undefined ? [] : [[flag, argChoices] as const])),
      ),
  };
  const below = commands.flatMap((each) => completionTable(each, `${path} ${each.name()}`.trim()));
  return [own, ...below];
}
