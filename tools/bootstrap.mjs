// Makes a checkout ready before `npm start` and `npm test`: dependencies as locked, bundles as the sources
// say. Runs under any Node from 20, before anything is installed; stdout stays the following program's.
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { areInstalled, install, markInstalled } from './dependencies.mjs';
import { takeLock } from './install-lock.mjs';
import { note, startStep } from './progress.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (!areInstalled(root)) await installOnce();
// Only now: the build needs what was just installed.
const { buildPrograms } = await import('./build.mjs');
try {
  await buildPrograms({ root });
} catch (error) {
  note(`cannot build: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

async function installOnce() {
  const release = await lockOrExit();
  try {
    // Whoever held the lock has probably done it.
    if (areInstalled(root)) return;
    const step = startStep('installing dependencies');
    const { ok, output, endedBy } = await install(root);
    if (ok) {
      markInstalled(root);
      step.done();
      return;
    }
    step.failed();
    release();
    if (endedBy) process.kill(process.pid, endedBy);
    else note(`${output.trimEnd()}\ncannot install dependencies: npm ci failed, see above`);
    process.exit(1);
  } finally {
    release();
  }
}

async function lockOrExit() {
  try {
    const onWait = () => note('waiting for another start to finish installing…');
    return await takeLock(join(root, '.bootstrap.lock'), { onWait });
  } catch (error) {
    note(`cannot install dependencies: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
