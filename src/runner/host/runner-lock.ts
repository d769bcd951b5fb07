// One daemon for each data directory: an advisory lock on runner.lock, held for the daemon's life.
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { errorCode } from './durable-file.ts';
import { tryLock } from './file-lock.ts';

export interface RunnerLock {
  release(): void;
}

/** Takes the lock and writes our process id into the file; a Refusal when another process holds it. */
export function takeRunnerLock(dataDir: string): RunnerLock {
  const path = join(dataDir, 'runner.lock');
  const descriptor = openLockFile(path);
  try {
    lockDescriptor(descriptor, path);
    ftruncateSync(descriptor);
    writeSync(descriptor, `${process.pid}\n`, 0);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { release: () => closeSync(descriptor) };
}

function openLockFile(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new Refusal(
      'data_dir_unusable',
      `Cannot open ${path} (${errorCode(error) ?? 'error'}): make the data directory writable for this user`,
    );
  }
}

function lockDescriptor(descriptor: number, path: string): void {
  const answer = tryLock(descriptor);
  if (answer === 'taken') return;
  if (answer === 'no_flock') {
    throw new Refusal(
      'data_dir_unusable',
      `Cannot lock ${path}: the program flock is missing; install util-linux`,
    );
  }
  throw new Refusal(
    'data_dir_locked',
    `Cannot start: another emisar process holds ${path}; stop it, or use another paths.data_dir`,
  );
}
