// The Node that a newcomer's machine may have: one too old for the programs, where this machine has it.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { isNewEnough } from '../../bin/launch.js';

/** Path of a Node older than the programs need, or null. */
export function findOldNode(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const nodes = [...new Set(folders)]
    .map((folder) => join(folder, 'node'))
    .filter((path) => existsSync(path));
  return (
    nodes.find(
      (path) => !isNewEnough(execFileSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })),
    ) ?? null
  );
}
