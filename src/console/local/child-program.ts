// One of our other programs as a child: with an environment built from nothing, its log in a file, and a
// standard input whose closing ends it, so that nothing is left behind even when this process is killed.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { programRoot, type Environment } from './places.ts';

const STOP_WITHIN_MS = 10_000;

export interface ChildProgram {
  /** Resolves with the exit code (-1 after a signal) once the child is gone. */
  readonly ended: Promise<number>;
  /** The first line of its standard output; refuses when it ends without one. */
  firstLine(): Promise<string>;
  /** Ends it in order, by force after ten seconds. */
  stop(): Promise<void>;
}

/** Names that a child may know; the rest of this environment, secrets above all, stays here. */
const PASSED_ON = ['HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export function childEnvironment(env: Environment, added: Record<string, string>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of PASSED_ON) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  // What npm puts in front of PATH is for this checkout, not for the actions of a host.
  const own = (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && !/node_modules|node-gyp-bin/.test(folder));
  return { ...kept, PATH: [...new Set([...own, ...SYSTEM_PATH])].join(delimiter), ...added };
}

export function startChild(
  program: 'emisar' | 'emisar-cloud',
  words: readonly string[],
  { env, logFile }: { env: Record<string, string>; logFile: string },
): ChildProgram {
  const log = openSync(logFile, 'w', 0o600);
  const launcher = join(programRoot(), 'bin', `${program}.js`);
  // Detached: ctrl-c and ctrl-z in this terminal are for the console, which ends its children in order.
  const child = spawn(process.execPath, [launcher, ...words], {
    env,
    stdio: ['pipe', 'pipe', log],
    detached: true,
  });
  closeSync(log);
  // A child that is gone has closed its end; that is what `ended` tells.
  child.stdin?.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => {
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });
  return {
    ended,
    firstLine: () => firstLine(child, ended, program, logFile),
    stop: () => stop(child, ended),
  };
}

async function firstLine(
  child: ChildProcess,
  ended: Promise<number>,
  program: string,
  logFile: string,
): Promise<string> {
  let text = '';
  const line = new Promise<string>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
  });
  const first = await Promise.race([line, ended.then(() => null)]);
  if (first !== null) return first;
  throw new Refusal('unavailable', `Cannot start ${program}: ${lastLine(logFile) ?? `see ${logFile}`}`);
}

/** What a child said last before it ended, in one safe line. */
export function lastLine(logFile: string): string | null {
  const line = readFileSync(logFile, 'utf8').trim().split('\n').at(-1);
  return line ? neutralise(line).slice(0, 400) : null;
}

async function stop(child: ChildProcess, ended: Promise<number>): Promise<void> {
  child.stdin?.end();
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(force);
}
