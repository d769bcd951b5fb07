// What the closing line counts: whatever went wrong in a run is a failure, whether or not a test carries it.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runProgram } from './started.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'emisar-counts-'));
  cpSync('test/support/reporter.ts', join(root, 'reporter.ts'));
  writeFileSync(
    join(root, 'vitest.config.mjs'),
    "export default { test: { reporters: ['./reporter.ts'] } };\n",
  );
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function count(body: string): Promise<unknown> {
  writeFileSync(
    join(root, 'some.test.mjs'),
    `import { beforeAll, afterAll, describe, expect, test } from 'vitest';\n${body}`,
  );
  const file = join(root, 'counts.json');
  const outer = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'));
  const env = { ...Object.fromEntries(outer), EMISAR_TEST_COUNTS: file };
  await runProgram(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run'], { cwd: root, env });
  return JSON.parse(readFileSync(file, 'utf8'));
}

const passing = "test('passes', () => { expect(1).toBe(1); });";

test.each([
  [
    'tests that pass and fail',
    `${passing} test('fails', () => { expect(1).toBe(2); });`,
    { passed: 1, failed: 1 },
  ],
  [
    'a skipped test',
    `${passing} test.skip('skipped', () => {});`,
    { passed: 1, failed: 1, remarks: ['skipped: skipped'] },
  ],
  ['a test that is not written yet', `${passing} test.todo('later');`, { passed: 1, failed: 1 }],
  ['a module that does not load', `${passing} throw new Error('at load');`, { passed: 0, failed: 1 }],
  [
    'a hook that fails',
    `describe('with hook', () => { beforeAll(() => { throw new Error('hook'); }); ${passing} });`,
    { passed: 0, failed: 2 },
  ],
  [
    'a hook that fails after a test that fails',
    `describe('with hook', () => { afterAll(() => { throw new Error('hook'); }); test('fails', () => { expect(1).toBe(2); }); });`,
    { passed: 0, failed: 2 },
  ],
  [
    'an error outside any test',
    `${passing} test('leaves a rejection', () => { Promise.reject(new Error('nobody waits')); });`,
    { passed: 2, failed: 1 },
  ],
])('%s', async (_what, body, expected) => {
  expect(await count(body)).toMatchObject(expected);
});
