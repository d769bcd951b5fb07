// The program `emisar-cloud` as a process of its own, for what only a process can show: exit codes, signals, kill -9.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compiledSources } from './compiled-sources.ts';
import { until } from './until.ts';

const turned = fileURLToPath(new URL('./entries/turned-cloud.ts', import.meta.url));
const program = fileURLToPath(new URL('../../src/cloud/main.ts', import.meta.url));

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CloudProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  ended(): Promise<Ended>;
  /** Of the line `listening on URL`. */
  url(): Promise<string>;
}

/** Starts it with these arguments; of this process's environment it gets PATH alone. */
export function startCloudProcess(
  args: readonly string[],
  environment: Record<string, string> = {},
): CloudProcess {
  return startProcess([program, ...args], environment);
}

/** The same control plane with a clock that starts at `now` and stands still. */
export function startTurnedCloud(
  given: { dataDir: string; now: number; noticesCa: string },
  environment: Record<string, string> = {},
): CloudProcess {
  return startProcess([turned, given.dataDir, '0', String(given.now), given.noticesCa], environment);
}

function startProcess(args: readonly string[], environment: Record<string, string>): CloudProcess {
  const child = spawn(process.execPath, [...args], {
    env: { PATH: process.env.PATH ?? '', ...compiledSources, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (part: Buffer) => (stdout += part.toString('utf8')));
  child.stderr.on('data', (part: Buffer) => (stderr += part.toString('utf8')));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  );
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: () => ended,
    url: () =>
      until(
        `listening: ${stderr}`,
        () => {
          const [first = ''] = stdout.split('\n');
          return stdout.includes('\n') && first.startsWith('listening on ')
            ? first.slice('listening on '.length)
            : null;
        },
        // So many programs may start at once that one of them takes its time.
        60_000,
      ),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs one command to its end. */
export async function runCloud(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Ended> {
  await using program = startCloudProcess(args, environment);
  program.child.stdin?.end();
  return await program.ended();
}
