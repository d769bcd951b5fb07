// What a start leaves behind is given back.
import { expect, test } from 'vitest';
import { releaseStartMemory } from '../../../src/runner/host/settled-memory.ts';

test('what only the start needed is collected, and nobody else is given the means to collect', () => {
  const leave = (): number => Array.from({ length: 200_000 }, (_, at) => ({ at })).length;
  expect(leave()).toBe(200_000);
  const before = process.memoryUsage().heapUsed;
  releaseStartMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before);
  expect('gc' in globalThis).toBe(false);
});
