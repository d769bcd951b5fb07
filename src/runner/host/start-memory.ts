// What a start costs in memory stays with a process for its life unless something is done about it: compiled
// code that runs once, and a heap twice the size of what lives in it, which without load nothing would collect.
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { type: 'major'; flavor: 'last-resort' }) => void;

const COMPILERS = ['opt', 'maglev'];

/**
 * Leaves all code to the interpreter until `compileAgain`: a start runs most of its code once, too briefly to
 * repay compiling (some 10 MB, and pages of Node's own that nothing else touches).
 */
export function interpretOnly(): void {
  for (const compiler of COMPILERS) v8.setFlagsFromString(`--no-${compiler}`);
}

/** Cheap, and may be called any number of times. */
export function compileAgain(): void {
  for (const compiler of COMPILERS) v8.setFlagsFromString(`--${compiler}`);
}

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
