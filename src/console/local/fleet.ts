// A whole fleet of one on loopback: control plane and runner as children of this process. The first start
// in a directory owns it; a further one attaches and stops nothing.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { mintEnrollmentKeys } from '../../protocol/api/enrollment-keys.ts';
import { getMe } from '../../protocol/api/session.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createApi } from '../client/api.ts';
import { configDirectory } from '../client/profiles.ts';
import { pause, systemClock } from '../store/clock.ts';
import { childEnvironment, lastLine, startChild, type ChildProgram } from './child-program.ts';
import { programRoot, type Environment, type Places } from './places.ts';
import { runnerConfig } from './runner-config.ts';

const ATTACH_WITHIN_MS = 20_000;
const KEY_LIFE_SECONDS = 15 * 60;

export interface LocalFleet {
  readonly url: string;
  readonly token: string;
  /** The name under which this host shows up. */
  readonly host: string;
  /** Resolves with a sentence when the runner ends by itself; never when it is stopped from here. */
  readonly runnerEnded: Promise<string>;
  /** Ends what this start started; nothing when it attached. */
  stop(): Promise<void>;
}

/** Starts the fleet in `places`, or attaches to the one that runs there. */
export async function openLocalFleet(places: Places, env: Environment): Promise<LocalFleet> {
  const giveUpAt = Date.now() + ATTACH_WITHIN_MS;
  for (;;) {
    const lock = takeLock(places.lock);
    if (lock !== null) return startFleet(places, env, lock);
    const running = await attach(places);
    if (running !== null) return running;
    if (Date.now() > giveUpAt) {
      throw new Refusal(
        'data_dir_locked',
        `Cannot start: another start holds ${places.root} and does not answer`,
      );
    }
    // The other start is on its way up or down.
    await pause(systemClock, 100);
  }
}

/** Node has no flock: the lock belongs to the open file, which the child inherits and this process keeps. */
function takeLock(path: string): number | null {
  const lock = openSync(path, 'a', 0o600);
  const taken = spawnSync('flock', ['-xn', '3'], { stdio: ['ignore', 'ignore', 'ignore', lock] });
  if (taken.error)
    throw new Refusal('data_dir_unusable', 'Cannot lock the data directory: flock (util-linux) is missing');
  if (taken.status === 0) return lock;
  closeSync(lock);
  return null;
}

const Endpoint = z.object({ url: z.string() });

async function attach(places: Places): Promise<LocalFleet | null> {
  if (!existsSync(places.endpoint) || !existsSync(places.operatorToken)) return null;
  const found = Endpoint.safeParse(JSON.parse(readFileSync(places.endpoint, 'utf8')));
  if (!found.success) return null;
  const token = readFileSync(places.operatorToken, 'utf8').trim();
  const { url } = found.data;
  if (!(await isAccepted(url, token))) return null;
  return {
    url,
    token,
    host: hostname(),
    runnerEnded: new Promise(() => undefined),
    stop: async () => undefined,
  };
}

async function isAccepted(url: string, token: string): Promise<boolean> {
  const api = createApi({ url, token });
  try {
    await api.call(getMe);
    return true;
  } catch {
    return false;
  } finally {
    await api.close();
  }
}

async function startFleet(places: Places, env: Environment, lock: number): Promise<LocalFleet> {
  const children: ChildProgram[] = [];
  const stop = async () => {
    // The runner first: it tells the control plane that it goes.
    for (const child of children.reverse()) await child.stop();
    rmSync(places.endpoint, { force: true });
    closeSync(lock);
  };
  try {
    const token = ownToken(places, env);
    const cloud = startCloud(places, env);
    children.push(cloud);
    const url = listeningUrl(await cloud.firstLine());
    const key = existsSync(places.runnerToken) ? null : await mintKey(url, token);
    const runner = startRunner(places, env, url, key);
    children.push(runner);
    writePrivate(places.endpoint, JSON.stringify({ url }));
    const runnerEnded = runner.ended.then(() => lastLine(places.runnerLog) ?? `see ${places.runnerLog}`);
    return { url, token, host: hostname(), runnerEnded, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const Initialised = z.object({ token: z.string() });

/** The stored token, or that of a new account; a set-up that was broken off in between is taken up again. */
function ownToken(places: Places, env: Environment): string {
  if (existsSync(places.operatorToken)) return readFileSync(places.operatorToken, 'utf8').trim();
  const isSetUp = existsSync(join(places.cloudDir, 'emisar.db'));
  const words = isSetUp ? ['tokens', 'create', '--name', 'local'] : ['init', '--account', 'local'];
  const asked = spawnSync(
    process.execPath,
    [join(programRoot(), 'bin/emisar-cloud.js'), ...words, '--data-dir', places.cloudDir, '--json'],
    { env: childEnvironment(env, {}), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (asked.status !== 0) throw new Refusal('data_dir_unusable', asked.stderr.trim().split('\n').at(-1));
  const { token } = Initialised.parse(JSON.parse(asked.stdout));
  writePrivate(places.operatorToken, `${token}\n`);
  return token;
}

function startCloud(places: Places, env: Environment): ChildProgram {
  return startChild(
    'emisar-cloud',
    ['serve', '--data-dir', places.cloudDir, '--listen', '127.0.0.1:0', '--attached'],
    { env: childEnvironment(env, {}), logFile: places.cloudLog },
  );
}

function listeningUrl(line: string): string {
  const url = /^listening on (http:\/\/\S+)$/.exec(line)?.[1];
  if (url === undefined)
    throw new Refusal('unavailable', 'Cannot start emisar-cloud: it did not say where it listens');
  return url;
}

async function mintKey(url: string, token: string): Promise<string> {
  const api = createApi({ url, token });
  try {
    const body = { count: 1, description: 'this host', expires_in_seconds: KEY_LIFE_SECONDS };
    const minted = await api.call(mintEnrollmentKeys, { body });
    const [first] = minted.items;
    if (!first) throw new Refusal('internal', 'Cannot enroll this host: no key was minted');
    return first.secret;
  } finally {
    await api.close();
  }
}

function startRunner(places: Places, env: Environment, url: string, key: string | null): ChildProgram {
  writePrivate(places.runnerConfig, runnerConfig(places, programRoot(), configDirectory(env)));
  const told: Record<string, string> = { EMISAR_URL: url };
  if (key !== null) told['EMISAR_AUTH_KEY'] = key;
  return startChild('emisar', ['--config', places.runnerConfig, 'connect', '--attached'], {
    env: childEnvironment(env, told),
    logFile: places.runnerLog,
  });
}

/** Written whole or not at all, readable by this user only. */
function writePrivate(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
