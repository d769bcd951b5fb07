// One of the built programs as a real process, with what it says kept, and nothing left behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

export const repository = fileURLToPath(new URL('../..', import.meta.url));

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  /** Waits until what it printed, on either stream, matches. */
  says(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Ends it, by force after five seconds; resolves with how it ended. */
  stop(name?: NodeJS.Signals): Promise<number | string>;
}

export interface ProgramOptions {
  /** The whole environment beside PATH, HOME and TZ. */
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
  readonly ipc?: boolean;
}

/** What a program started by a test finds in its environment, and no more. */
export function programEnvironment(more: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    ...more,
  };
}

export function startProgram(
  command: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Program {
  const child = spawn(command, words, {
    cwd: options.cwd ?? repository,
    env: programEnvironment(options.env),
    stdio: options.ipc ? ['pipe', 'pipe', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text));
  if (options.input !== undefined) child.stdin?.end(options.input);
  let isEnded = false;
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      isEnded = true;
      resolve(code ?? signal ?? 'unknown');
    });
  });
  const stop: Program['stop'] = async (name = 'SIGTERM') => {
    if (!isEnded) child.kill(name);
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    const how = await ended;
    clearTimeout(force);
    return how;
  };
  return {
    child,
    pid: child.pid ?? -1,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    ended,
    says: (pattern, withinMs = 15_000) =>
      until(
        `${words.join(' ')} says ${pattern}; it said ${printed.stdout}${printed.stderr}`,
        () => {
          return pattern.exec(printed.stdout) ?? pattern.exec(printed.stderr);
        },
        withinMs,
      ),
    signal: (name) => void child.kill(name),
    stop,
    [Symbol.asyncDispose]: async () => void (await stop('SIGKILL')),
  };
}

/** `bin/NAME.js` under the Node that runs the tests. */
export function startBin(
  name: 'emisar' | 'emisar-cloud' | 'emisar-console',
  words: readonly string[],
  options: ProgramOptions = {},
): Program {
  return startProgram(process.execPath, [join(repository, 'bin', `${name}.js`), ...words], options);
}

/** Runs it to its end. */
export async function runBin(
  name: 'emisar' | 'emisar-cloud' | 'emisar-console',
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const program = startBin(name, words, { input: '', ...options });
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}
