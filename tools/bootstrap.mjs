// Makes a checkout ready: installs what the lock file names and builds what is older than its sources.
// Runs before `npm start` and `npm test`, under whatever Node npm was started with (20 at least), without
// dependencies. Everything it says goes to stderr: standard output belongs to the program that follows.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isBuilt } from './fingerprint.mjs';

const LOCK_WAIT_MS = 10 * 60_000;
/** No installation takes longer; an older lock was left behind, whatever its process id says now. */
const LOCK_MAX_AGE_MS = 15 * 60_000;

/** Installs and builds in `root` when needed; resolves to what was done. */
export async function bootstrap(root, run = runProgram) {
  const done = [];
  if (isInstalled(root) && isBuilt(root)) return done;
  const release = await takeLock(join(root, '.bootstrap.lock'));
  try {
    if (!isInstalled(root)) {
      await step('installing dependencies', () => run('npm', installWords, root, installEnvironment(process.env)));
      writeFileSync(installStamp(root), lockDigest(root));
      done.push('installed');
    }
    if (!isBuilt(root)) {
      await step('building', () => run(process.execPath, ['tools/build.mjs'], root, process.env));
      done.push('built');
    }
  } finally {
    release();
  }
  return done;
}

const installWords = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];

function installStamp(root) {
  return join(root, 'node_modules/.installed');
}

function lockDigest(root) {
  const sum = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json', 'tools/node/package.json']) {
    sum.update(readFileSync(join(root, file)));
  }
  return sum.digest('hex');
}

/** The stamp is written last, so an installation that was broken off does not count. */
export function isInstalled(root) {
  return existsSync(installStamp(root)) && readFileSync(installStamp(root), 'utf8') === lockDigest(root);
}

/** What an inner npm may inherit: where to fetch from and how to reach it, none of the outer call's options. */
export function installEnvironment(env) {
  const kept = /^npm_config_(.*registry|.*proxy|cafile|ca|strict_ssl|cache|userconfig|globalconfig|_auth.*|\/\/.*)$/i;
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => {
      if (/^npm_/i.test(name)) return kept.test(name);
      return name !== 'NODE_ENV' && name !== 'NODE_OPTIONS' && name !== 'INIT_CWD';
    }),
  );
}

async function step(name, work) {
  const started = Date.now();
  const say = (text) => process.stderr.write(`emisar: ${text}\n`);
  say(`${name} …`);
  const pulse = setInterval(() => say(`${name} … ${seconds(started)}`), 15_000);
  try {
    await work();
    say(`${name} done in ${seconds(started)}`);
  } finally {
    clearInterval(pulse);
  }
}

function seconds(since) {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}

function runProgram(command, words, cwd, env) {
  return new Promise((resolve, reject) => {
    // 2: what a child prints must not reach our standard output.
    const child = spawn(command, words, { cwd, env, stdio: ['ignore', 2, 2] });
    const passOn = (signal) => child.kill(signal);
    process.once('SIGTERM', passOn);
    process.once('SIGINT', passOn);
    child.on('error', (error) => reject(new Error(`cannot start ${command}: ${error.message}`)));
    child.on('exit', (code, signal) => {
      process.off('SIGTERM', passOn);
      process.off('SIGINT', passOn);
      if (code === 0) resolve();
      else reject(new Error(`${command} ${words[0]} ended with ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Two first commands at once must not install into one folder; returns what gives the lock back. */
export async function takeLock(path, now = Date.now) {
  const giveUpAt = now() + LOCK_WAIT_MS;
  let said = false;
  for (;;) {
    if (makeLock(path)) return () => rmSync(path, { recursive: true, force: true });
    if (isAbandoned(path, now())) {
      rmSync(path, { recursive: true, force: true });
      continue;
    }
    if (now() > giveUpAt) throw new Error(`another start is still installing; remove ${path} if that is not so`);
    if (!said) process.stderr.write('emisar: waiting for another start that is installing …\n');
    said = true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function makeLock(path) {
  try {
    mkdirSync(path);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(path, 'pid'), String(process.pid));
  return true;
}

function isAbandoned(path, now) {
  try {
    if (now - statSync(path).mtimeMs > LOCK_MAX_AGE_MS) return true;
    const pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
    return !Number.isInteger(pid) || pid <= 0 || !isAlive(pid);
  } catch {
    // The holder has just made the folder and not yet written its number, or has just left.
    return false;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  try {
    const [, state] = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state !== 'Z';
  } catch {
    return true;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  try {
    await bootstrap(root);
  } catch (error) {
    process.stderr.write(`emisar: ${error.message}\n`);
    process.exitCode = 1;
  }
}
