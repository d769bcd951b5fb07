// What a quiet process holds in memory for nothing unless something is done about it: compiled code that runs once,
// and what lies about in a heap that without load nothing would collect.
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** What V8 does to be quick, which costs a quiet process memory for nothing. */
const QUICK = ['--opt', '--maglev', '--semi-space-growth-factor=2'];
const SMALL = ['--no-opt', '--no-maglev', '--semi-space-growth-factor=1'];

/**
 * Until `runQuick`: no code is optimized and the heap's nursery stays as it is. A start runs most of its code once,
 * too briefly to repay compiling (some 10 MB, and pages of Node's own that nothing else touches); waiting for work
 * needs neither.
 */
export function runSmall(): void {
  for (const flag of SMALL) v8.setFlagsFromString(flag);
}

/** Cheap, and may be called any number of times. */
export function runQuick(): void {
  for (const flag of QUICK) v8.setFlagsFromString(flag);
}

/** Takes some 30 ms; not for times of load. Does nothing where the engine offers no such call. */
export function releaseMemory(): void {
  try {
    v8.setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as Collect)({ type: 'major', flavor: 'last-resort' });
  } catch {
    // Only memory is at stake.
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}
