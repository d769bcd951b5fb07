// An exclusive lock on an open file. Node cannot lock one; util-linux's flock locks the descriptor that it
// inherits, and the lock belongs to the open file, so it stays with us when flock has ended and goes with us.
import { spawn, spawnSync } from 'node:child_process';

export type LockAnswer = 'taken' | 'held' | 'no_flock';

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

/** Takes the lock, or says at once that another process holds it. */
export function tryLock(descriptor: number): LockAnswer {
  const locked = spawnSync('flock', ['-xn', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor], env });
  if (locked.error) return 'no_flock';
  return locked.status === 0 ? 'taken' : 'held';
}

/** Waits up to `seconds` for the lock, without holding up anything else. */
export function waitForLock(descriptor: number, seconds: number): Promise<LockAnswer> {
  return new Promise((resolve) => {
    const child = spawn('flock', ['-x', '-w', String(seconds), '3'], {
      stdio: ['ignore', 'ignore', 'ignore', descriptor],
      env,
    });
    child.on('error', () => resolve('no_flock'));
    child.on('close', (code) => resolve(code === 0 ? 'taken' : 'held'));
  });
}
