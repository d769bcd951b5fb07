// A program that does something only when the test says so: it waits at a named pipe for one word after the
// other. So an order of events can be proven without a clock.
import { execFileSync } from 'node:child_process';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

export interface Prompt extends AsyncDisposable {
  /** Path of the pipe, for the program. */
  readonly path: string;
  /** Gives the next word; the first one waits until the program listens. */
  say(word: string): Promise<void>;
  /** The program meets the end of its input. */
  end(): Promise<void>;
}

/** Does `body` for each word, which stands in `$word`; the pipe's path is the script's first argument. */
export function promptedScript(body: string): string {
  return `#!/bin/sh\nwhile read -r word; do\n${body}\ndone < "$1"\n`;
}

/** The action that belongs to such a script. */
export const promptedAction = (name: string, body: string) => ({
  name,
  script: promptedScript(body),
  argv: ['{{ args.prompt }}'],
  args: [{ name: 'prompt', type: 'path', required: true }],
  timeout: '10m',
});

export function createPrompt(folder: string, name: string): Prompt {
  const path = join(folder, name);
  execFileSync('mkfifo', [path]);
  let file: FileHandle | null = null;
  const end = async () => {
    await file?.close();
    file = null;
  };
  return {
    path,
    say: async (word) => {
      file ??= await open(path, 'w');
      await file.write(`${word}\n`);
    },
    end,
    [Symbol.asyncDispose]: end,
  };
}
