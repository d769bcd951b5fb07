// Used attestations are remembered on the disk: across restarts, for as long as they could be fresh, no longer.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openNonceStore } from '../../../src/runner/gates/nonce-store.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';

const HOUR_MS = 3_600_000;
const now = Date.parse('2030-01-02T03:04:05Z');
const nonceOf = (number: number) => number.toString(16).padStart(32, '0');

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder('nonces-');
  path = join(folder.path, 'signing', 'nonce-cache.json');
});
afterEach(() => folder[Symbol.dispose]());

test('a nonce is used once, also after a restart, and the file is the published one', async () => {
  const store = await openNonceStore(path, HOUR_MS, now);
  expect(await Promise.all([1, 1, 2].map((number) => store.use(nonceOf(number), now, now)))).toEqual([
    true,
    false,
    true,
  ]);
  await store.close();
  expect(readFileSync(path, 'utf8')).toBe(
    '{"version":1,"retention_ns":3600000000000}\n' +
      `{"nonce":"${nonceOf(1)}","issued_at":"2030-01-02T03:04:05Z"}\n{"nonce":"${nonceOf(2)}","issued_at":"2030-01-02T03:04:05Z"}\n`,
  );
  expect([path, `${path}.lock`].map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
  const again = await openNonceStore(path, HOUR_MS, now + 1_000);
  expect(await again.use(nonceOf(2), now, now + 1_000)).toBe(false);
  expect(await again.use(nonceOf(3), now, now + 1_000)).toBe(true);
  await again.close();
});

test('one process at a time', async () => {
  const store = await openNonceStore(path, HOUR_MS, now);
  await expect(openNonceStore(path, HOUR_MS, now)).rejects.toThrow(/another emisar process holds it/);
  await store.close();
  await (await openNonceStore(path, HOUR_MS, now)).close();
});

test('what can no longer be fresh is forgotten, and the file is written anew once that is most of it', async () => {
  const store = await openNonceStore(path, HOUR_MS, now);
  for (let number = 1; number <= 1_100; number += 1) await store.use(nonceOf(number), now, now);
  expect(await store.use(nonceOf(1), now, now + HOUR_MS)).toBe(false);
  expect(await store.use(nonceOf(1), now + HOUR_MS + 1, now + HOUR_MS + 1)).toBe(true);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  await store.close();
});

test('a nonce that came again after it was forgotten is no corruption', async () => {
  const store = await openNonceStore(path, HOUR_MS, now);
  await store.use(nonceOf(1), now, now);
  await store.use(nonceOf(1), now + HOUR_MS + 1, now + HOUR_MS + 1);
  await store.close();
  const again = await openNonceStore(path, HOUR_MS, now + HOUR_MS + 2);
  expect(await again.use(nonceOf(1), now, now + HOUR_MS + 2)).toBe(false);
  await again.close();
});

test('a longer age than the store remembers is refused, a shorter one is not', async () => {
  await (await openNonceStore(path, HOUR_MS, now)).close();
  await expect(openNonceStore(path, HOUR_MS + 1, now)).rejects.toThrow(
    /remembers used attestations for 3600 s only/,
  );
  await (await openNonceStore(path, HOUR_MS / 2, now)).close();
});

const head = '{"version":1,"retention_ns":3600000000000}\n';
const record = (number: number) => `{"nonce":"${nonceOf(number)}","issued_at":"2030-01-02T03:04:05Z"}\n`;
test.each([
  ['an empty file', ''],
  ['another version', head.replace('1', '2')],
  ['a torn last line', `${head}${record(1).slice(0, -9)}`],
  ['a fresh nonce twice', head + record(1) + record(1)],
  ['a key too many', head + record(1).replace('{', '{"x":1,')],
  ['a key twice', head + record(1).replace('{', `{"nonce":"${nonceOf(2)}",`)],
  ['a record too long', head + record(1).replace('2030', `${' '.repeat(300)}2030`)],
  ['no JSON', `${head}nonsense\n`],
])('with %s it is not trusted, and stays as it is', async (_what, content) => {
  await (await openNonceStore(path, HOUR_MS, now)).close();
  writeFileSync(path, content);
  await expect(openNonceStore(path, HOUR_MS, now)).rejects.toThrow(/Cannot trust the nonce store .* mv /);
  expect(readFileSync(path, 'utf8')).toBe(content);
});

test('after a failed write nothing is admitted any more', async () => {
  const store = await openNonceStore(path, HOUR_MS, now);
  for (let number = 1; number <= 1_100; number += 1) await store.use(nonceOf(number), now, now);
  // The next one rewrites the file, which the missing folder does not allow.
  rmSync(join(folder.path, 'signing'), { recursive: true });
  const later = now + HOUR_MS + 1;
  await expect(store.use(nonceOf(2_000), later, later)).rejects.toThrow();
  await expect(store.use(nonceOf(2_001), later, later)).rejects.toThrow(/cannot be written/);
  await store.close();
});
