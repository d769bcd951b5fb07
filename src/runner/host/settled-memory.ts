// Gives back what the start needed and a quiet runner does not: reading packs and compiling leaves a heap
// twice the size of what lives in it, and without load nothing would ever collect it.
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

/** Takes some 30 ms; not for times of load. Does nothing where the engine offers no such call. */
export function releaseStartMemory(): void {
  try {
    v8.setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as Collect)({ type: 'major', flavor: 'last-resort' });
  } catch {
    // Only memory is at stake.
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}
