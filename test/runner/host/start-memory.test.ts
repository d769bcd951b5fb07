// What a start leaves behind is given back, and what comes later runs at full speed.
import { afterEach, expect, test } from 'vitest';
import v8 from 'node:v8';
import { compileFunction } from 'node:vm';
import { compileAgain, interpretOnly, releaseStartMemory } from '../../../src/runner/host/start-memory.ts';

afterEach(compileAgain);

test('what only the start needed is collected, and nobody else is given the means to collect', () => {
  const leave = (): number => Array.from({ length: 200_000 }, (_, at) => ({ at })).length;
  expect(leave()).toBe(200_000);
  const before = process.memoryUsage().heapUsed;
  releaseStartMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before);
  expect('gc' in globalThis).toBe(false);
});

test('a start compiles nothing; work that comes later is compiled', () => {
  interpretOnly();
  const duringStart = compiledBytesOf(freshLoop());
  compileAgain();
  expect(compiledBytesOf(freshLoop())).toBeGreaterThan(duringStart);
});

/** A function that no other test has run, hot enough to be compiled at once. */
function freshLoop(): () => number {
  return compileFunction(`
    let sum = 0;
    for (let turn = 0; turn < 200_000; turn += 1) sum = (sum * 31 + turn) | 0;
    return sum;
  `) as () => number;
}

function compiledBytesOf(work: () => number): number {
  const before = v8.getHeapCodeStatistics().code_and_metadata_size;
  for (let turn = 0; turn < 20; turn += 1) work();
  return v8.getHeapCodeStatistics().code_and_metadata_size - before;
}
