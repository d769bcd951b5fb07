// Whether node_modules is what the lock file asks for, and the `npm ci` that makes it so.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { digest, readStamp, writeWhole } from './freshness.mjs';

const stampFile = 'node_modules/.dependencies-stamp';

/** What node_modules depends on: the lock file, and of package.json what npm installs by. @param {string} root */
export function wantedStamp(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { dependencies, devDependencies, optionalDependencies, overrides, workspaces } = manifest;
  const parts = JSON.stringify({
    dependencies,
    devDependencies,
    optionalDependencies,
    overrides,
    workspaces,
  });
  return digest([readFileSync(join(root, 'package-lock.json'), 'utf8'), parts]);
}

/** Also true after an `npm ci` or `npm install` by hand, which is then remembered. @param {string} root */
export function areInstalled(root) {
  const wanted = wantedStamp(root);
  if (readStamp(join(root, stampFile)) === wanted) return existsSync(join(root, 'node_modules/esbuild'));
  if (!isEverythingThere(root)) return false;
  markInstalled(root);
  return true;
}

/** @param {string} root */
export function markInstalled(root) {
  writeWhole(join(root, stampFile), wantedStamp(root));
}

/** npm writes its own list of what it installed last of all; it must name every package that fits this machine. @param {string} root */
function isEverythingThere(root) {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const present = packagesIn(join(root, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link || !isNeededHere(entry)) return true;
    return present[path]?.version === entry.version && existsSync(join(root, path));
  });
}

/** @typedef {{ version?: string, link?: boolean, optional?: boolean, os?: string[] | string, cpu?: string[] | string, libc?: string[] | string }} LockedPackage */

/** @param {string} file @returns {Record<string, LockedPackage>} */
function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** @param {LockedPackage} entry */
function isNeededHere({ optional, os, cpu, libc }) {
  if (!optional) return true;
  // Optional for every platform means a fallback of a fallback: nothing here runs by it.
  if (!os || libc?.includes('musl')) return false;
  return os.includes(process.platform) && (!cpu || cpu.includes(process.arch));
}

/** Settings of the outer npm that say where to fetch from; all others would change what is installed. */
const fetchSettings =
  /^npm_config_(registry|cache|cafile|ca|cert|key|proxy|https_proxy|noproxy|strict_ssl|userconfig|globalconfig|offline|prefer_offline|fetch_.*|@.*:registry|\/\/.*)$/i;

/**
 * The environment for a nested npm: nothing of the npm that is running, and nothing that leaves parts out.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root
 */
export function npmEnvironment(env, root) {
  const unwanted = /^(npm_|NODE_ENV$|INIT_CWD$|FORCE_COLOR$)/i;
  const kept = Object.entries(env).filter(([name]) => fetchSettings.test(name) || !unwanted.test(name));
  // The Node that is about to be replaced must not run its own replacement.
  const folders = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, 'node_modules')));
  return { ...Object.fromEntries(kept), PATH: folders.join(delimiter) };
}

/** The npm that called us, under its own Node; else the first on PATH. @param {NodeJS.ProcessEnv} env */
function npmCommand(env) {
  const { npm_execpath: script = '', npm_node_execpath: node = '' } = env;
  const isNpm = basename(script) === 'npm-cli.js' && existsSync(script);
  if (isNpm && existsSync(node) && !node.includes('/node_modules/node-')) return [node, script];
  return isNpm ? ['node', script] : ['npm'];
}

/**
 * Runs `npm ci`. Its output is shown only when it fails. Ends npm first when this process is told to end.
 * @param {string} root
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ ok: boolean, output: string, endedBy?: NodeJS.Signals }>}
 */
export async function install(root, env = process.env) {
  const [command = 'npm', ...first] = npmCommand(env);
  const args = [
    ...first,
    'ci',
    '--include=dev',
    '--include=optional',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  const child = spawn(command, args, {
    cwd: root,
    env: npmEnvironment(env, root),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  /** @type {NodeJS.Signals | undefined} */
  let endedBy;
  const end = (/** @type {NodeJS.Signals} */ signal) => {
    endedBy = signal;
    child.kill('SIGTERM');
  };
  const signals = /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP']);
  for (const signal of signals) process.on(signal, end);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.on('close', resolve);
  });
  for (const signal of signals) process.off(signal, end);
  return { ok: code === 0 && !endedBy, output, ...(endedBy && { endedBy }) };
}
