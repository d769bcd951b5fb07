// Tests that start the programs start what these sources build.
import { spawnSync } from 'node:child_process';
import { isBuilt } from '../../tools/fingerprint.mjs';

export function setup(): void {
  const root = new URL('../..', import.meta.url).pathname;
  if (isBuilt(root)) return;
  const { status } = spawnSync(process.execPath, ['tools/build.mjs'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('Cannot build what the tests start');
}
