// Starts a program of this package: under this Node when it is new enough, else under one that is. Knows
// nothing of what the programs do. Written for old Nodes; only `--version` and the common path must be quick.
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);

/** @param {string} program name of the bin and of its bundle */
export async function launch(program) {
  const args = process.argv.slice(2);
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    process.stdout.write(`${program} version ${version}\n`);
    return;
  }
  const bundle = new URL(`dist/${program}.js`, root);
  if (!existsSync(bundle)) {
    stop(`${program}: not built yet; run "npm start" once, or "npm run build"`);
    return;
  }
  if (isNewEnough(process.versions.node)) {
    // Compiled once instead of at every start; where it cannot be written, a start is only slower.
    module.enableCompileCache(fileURLToPath(new URL('dist/.compiled', root)));
    await import(bundle.href);
    return;
  }
  const { findNode, startUnder } = await import('./relaunch.js');
  const node = findNode(root);
  if (!node) stop(`${program}: needs Node.js 22.19 or newer, and this is ${process.versions.node}`);
  else startUnder(node, process.argv);
}

/** @param {string} version as in process.versions.node */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 19);
}

/** @param {string} sentence */
function stop(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
