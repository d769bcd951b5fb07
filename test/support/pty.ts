// A program in a real pseudo terminal, with the screen that a terminal would show.
import { spawn, type IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { programEnvironment, repository } from './program.ts';
import { until } from './until.ts';

export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Record<string, string>;
  readonly cwd?: string;
}

export interface Pty extends AsyncDisposable {
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly pid: number;
  /** Bytes that the program wrote so far. */
  bytes(): number;
  /** Everything it wrote, escapes included. */
  raw(): string;
  /** The visible lines, without trailing blanks. */
  lines(): string[];
  screen(): string;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  kill(signal?: NodeJS.Signals): void;
  /** Reads no more of what it writes until `resume`, as a line that is stuck. */
  pause(): void;
  resume(): void;
  /** Closes the terminal, as the end of an ssh session does. */
  hangUp(): void;
  /** Waits until the screen matches; fails with what it showed. */
  shows(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  /** Waits until it no longer matches. */
  hides(pattern: RegExp, withinMs?: number): Promise<void>;
  /** Exit code and signal number once it has ended. */
  readonly ended: Promise<{ exitCode: number; signal: number }>;
}

export const keys = {
  enter: '\r',
  escape: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  tab: '\t',
  ctrlC: '\u0003',
  ctrlZ: '\u001a',
  paste: (text: string) => `\u001b[200~${text}\u001b[201~`,
} as const;

export function startPty(command: string, words: readonly string[], options: PtyOptions = {}): Pty {
  const { columns = 120, rows = 36, env = {}, cwd = repository } = options;
  const child: IPty = spawn(command, [...words], {
    name: env['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd,
    env: programEnvironment({ TERM: 'xterm-256color', COLORTERM: 'truecolor', ...env }),
  });
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 2000 });
  const written: string[] = [];
  let bytes = 0;
  child.onData((text) => {
    bytes += Buffer.byteLength(text);
    written.push(text);
    terminal.write(text);
  });
  // What the program asks the terminal, the terminal answers.
  terminal.onData((answer) => child.write(answer));
  let isEnded = false;
  const ended = new Promise<{ exitCode: number; signal: number }>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      isEnded = true;
      resolve({ exitCode, signal: signal ?? 0 });
    });
  });
  const lines = () => {
    const { active } = terminal.buffer;
    return Array.from({ length: terminal.rows }, (_, row) => {
      return active.getLine(active.viewportY + row)?.translateToString(true) ?? '';
    });
  };
  const screen = () => lines().join('\n');
  return {
    terminal,
    pid: child.pid,
    bytes: () => bytes,
    raw: () => written.join(''),
    lines,
    screen,
    type: (text) => child.write(text),
    resize: (newColumns, newRows) => {
      terminal.resize(newColumns, newRows);
      child.resize(newColumns, newRows);
    },
    kill: (signal = 'SIGTERM') => child.kill(signal),
    pause: () => child.pause(),
    resume: () => child.resume(),
    hangUp: () => (child as unknown as { destroy(): void }).destroy(),
    shows: async (pattern, withinMs = 10_000) => {
      try {
        return await until(`shows ${pattern}`, () => pattern.exec(screen()), withinMs);
      } catch {
        throw new Error(`the screen never showed ${pattern}:\n${screen()}`);
      }
    },
    hides: async (pattern, withinMs = 10_000) => {
      try {
        await until(`hides ${pattern}`, () => !pattern.test(screen()), withinMs);
      } catch {
        throw new Error(`the screen still shows ${pattern}:\n${screen()}`);
      }
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      if (!isEnded) child.kill('SIGKILL');
      await ended;
      terminal.dispose();
    },
  };
}
