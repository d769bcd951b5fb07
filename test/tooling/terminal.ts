// A pseudo terminal with a program in it, for what only a terminal does: sending signals by keys.
import { spawn } from '@lydell/node-pty';

export interface Terminal extends AsyncDisposable {
  readonly pid: number;
  type(keys: string): void;
  /** Resolves with the match once the output holds it; rejects when the program ends without it. */
  shown(what: string | RegExp): Promise<readonly string[]>;
}

export function openTerminal(command: string, args: string[]): Terminal {
  const pty = spawn(command, args, { cols: 100, rows: 30 });
  let output = '';
  let isOver = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  pty.onData((text) => {
    output += text;
    wake();
  });
  const over = new Promise<void>((resolve) => {
    pty.onExit(() => {
      isOver = true;
      wake();
      resolve();
    });
  });
  return {
    pid: pty.pid,
    type: (keys) => pty.write(keys),
    shown: (what) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match =
            typeof what === 'string' ? (output.includes(what) ? [what] : null) : what.exec(output);
          if (!match && !isOver) return;
          waiting.delete(look);
          if (match) resolve(match);
          else reject(new Error(`ended without ${String(what)}: ${output}`));
        };
        waiting.add(look);
        look();
      }),
    async [Symbol.asyncDispose]() {
      if (!isOver) pty.kill('SIGKILL');
      await over;
    },
  };
}
