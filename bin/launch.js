// Starts one of the three bundles on a Node that is new enough, under whatever Node the shell found.
// Plain old JavaScript on purpose: it must be readable by the Node that is too old.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const OLDEST = [22, 19];

/** True when `version` ("v22.19.0") is one that the bundles run on. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** Runs `program` with this process's arguments; answers `--version` without loading anything. */
export async function launch(program) {
  const words = process.argv.slice(2);
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    process.stdout.write(`${program} version ${packageVersion()}\n`);
    return;
  }
  const bundle = join(root, 'dist', `${program}.js`);
  if (!existsSync(bundle)) fail(program, `Cannot start: ${bundle} is not built; run npm start once in ${root}`);
  if (isNewEnough(process.version)) {
    await import(pathToFileURL(bundle).href);
    return;
  }
  const node = newerNode();
  if (node === null) {
    fail(program, `Cannot start on Node ${process.version}: install Node 22.19 or newer, or run npm start once in ${root}`);
  }
  runOn(node, [join(root, 'bin', `${program}.js`), ...words]);
}

function packageVersion() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;
}

function fail(program, sentence) {
  process.stderr.write(`${program}: ${sentence}\n`);
  process.exit(1);
}

function newerNode() {
  const named = `node-${process.platform}-${process.arch}`;
  const places = [join(root, 'node_modules', named, 'bin', 'node'), join(root, 'node_modules', '.bin', 'node')];
  return places.find((place) => existsSync(place)) ?? null;
}

/** Becomes the other Node where the system can do that; otherwise stands in front of it, unnoticed. */
function runOn(node, words) {
  if (process.execve) process.execve(node, [node, ...words], process.env);
  const child = spawn(node, words, { stdio: 'inherit' });
  // What the terminal sends (INT, QUIT, TSTP) reaches the whole group, the child included; here it must only
  // not end this process first. What is sent to this process alone goes on to the child.
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    process.on(signal, () => {
      if (!process.stdin.isTTY) child.kill(signal);
    });
  }
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGWINCH']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail('emisar', `Cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
