// What a start leaves behind is given back, and what comes later runs at full speed.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { releaseMemory } from '../../../src/runner/host/memory.ts';

test('what only the start needed is collected, and nobody else is given the means to collect', () => {
  const leave = (): number => Array.from({ length: 200_000 }, (_, at) => ({ at })).length;
  expect(leave()).toBe(200_000);
  const before = process.memoryUsage().heapUsed;
  releaseMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before);
  expect('gc' in globalThis).toBe(false);
});

test('a start compiles nothing; work that comes later is compiled', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--trace-opt',
    fileURLToPath(new URL('hot-loop.ts', import.meta.url)),
  ]);
  const [start = '', later = ''] = stdout.split('-- later --');
  expect(start).toContain('started');
  expect(start).not.toContain('JSFunction hot ');
  expect(later).toContain('JSFunction hot ');
});
