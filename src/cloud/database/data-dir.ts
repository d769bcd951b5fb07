// The data directory: made private, held by one process at a time.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';

/** The embedded store's file in it. */
export const STORE_NAME = 'emisar.db';
/** Held by whoever works on the directory. */
export const LOCK_NAME = 'lock';

export interface HeldDirectory {
  readonly path: string;
  readonly databaseFile: string;
  release(): void;
}

/** Makes `path` (0700) and takes its lock. Refuses `data_dir_unusable`, `data_dir_locked`. */
export function holdDataDir(path: string): HeldDirectory {
  let lock: number;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    lock = openSync(join(path, LOCK_NAME), 'a', 0o600);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new Refusal('data_dir_unusable', `Cannot use the data directory ${path}: ${because}`);
  }
  // Node has no flock. The lock belongs to the open file, which the child inherits and we keep.
  const taken = spawnSync('flock', ['-xn', '3'], { stdio: ['ignore', 'ignore', 'ignore', lock] });
  if (taken.status !== 0) {
    closeSync(lock);
    if (taken.error)
      throw new Refusal('data_dir_unusable', 'Cannot lock the data directory: flock (util-linux) is missing');
    throw new Refusal('data_dir_locked', `Cannot use ${path}: another emisar-cloud holds it`);
  }
  return { path, databaseFile: join(path, STORE_NAME), release: () => closeSync(lock) };
}
