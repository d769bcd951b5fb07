// Several processes write one journal: through the daemon that holds it, or one after the other under its lock.
import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveAppends } from '../../../src/runner/journal/append-socket.ts';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { shareJournal } from '../../../src/runner/journal/shared-journal.ts';
import { journalFiles } from '../../../src/runner/journal/verify.ts';
import { verifyJournal } from '../../../src/runner/journal/verify-journal.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { smallEvent } from './events.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path = '';
beforeEach(() => {
  folder = temporaryFolder('journal-');
  path = join(folder.path, 'log', 'events.jsonl');
});
afterEach(() => folder[Symbol.dispose]());

const writer = join(import.meta.dirname, 'shared-writer.ts');
const startWriter = (first: number, count: number) =>
  promisify(execFile)(process.execPath, [writer, path, String(first), String(count)]);

async function expectEvents(numbers: readonly number[]): Promise<void> {
  expect((await verifyJournal(path)).filter((verdict) => !verdict.intact)).toEqual([]);
  const text = (await journalFiles(path)).map((file) => readFileSync(file, 'utf8')).join('');
  const found = [...text.matchAll(/"error":"event (\d+)"/g)].map(([, number]) => Number(number));
  expect(found.toSorted((a, b) => a - b)).toEqual(numbers);
}

const range = (first: number, count: number) =>
  Array.from({ length: count }, (_unused, index) => first + index);

test('JR11: three processes without a daemon append and rotate one chain', async () => {
  await Promise.all([startWriter(100, 8), startWriter(200, 8), startWriter(300, 8)]);
  await expectEvents([...range(100, 8), ...range(200, 8), ...range(300, 8)]);
});

test('JR11: beside a daemon two processes append through it, while it appends and rotates itself', async () => {
  const journal = await openJournal({ path, maxSizeBytes: 2_000, maxBackups: 50 });
  const stop = await serveAppends(path, journal);
  expect(statSync(`${path}.sock`).mode & 0o777).toBe(0o600);
  const others = Promise.all([startWriter(100, 20), startWriter(200, 20)]);
  for (const number of range(300, 40)) await journal.append(smallEvent(number));
  await others;
  await stop();
  await journal.close();
  await expectEvents([...range(100, 20), ...range(200, 20), ...range(300, 40)]);
});

test('JR11: what a daemon that was killed left behind is in nobody’s way', async () => {
  mkdirSync(join(folder.path, 'log'));
  writeFileSync(`${path}.sock`, '');
  writeFileSync(`${path}.lock`, '');
  await shareJournal({ path }).append(smallEvent(1));
  const journal = await openJournal({ path });
  const stop = await serveAppends(path, journal);
  await shareJournal({ path }).append(smallEvent(2));
  await stop();
  await journal.close();
  await expectEvents([1, 2]);
});

test('JR11: a journal that somebody holds without listening is said to be held', async () => {
  const journal = await openJournal({ path });
  await expect(openJournal({ path, waitSeconds: 0 })).rejects.toThrow(/another emisar process holds it/);
  await journal.close();
  await (await openJournal({ path, waitSeconds: 0 })).close();
});

test.each([
  ['nonsense', 'nonsense'],
  ['an event that names its predecessor', JSON.stringify({ ...smallEvent(1), prev_hash: 'a'.repeat(64) })],
  [
    'an event of a dispatch',
    JSON.stringify({ ...smallEvent(1), caller: { control_plane_request_id: 'req_1' } }),
  ],
  ['an unknown kind of event', JSON.stringify({ ...smallEvent(1), event_type: 'forged' })],
])('JR11: the daemon takes no %s', async (_what, line) => {
  const journal = await openJournal({ path });
  const stop = await serveAppends(path, journal);
  const answer = await new Promise<string>((resolve) => {
    const socket = createConnection(`${path}.sock`, () => socket.write(`${line}\n`));
    socket.on('data', (bytes) => resolve(bytes.toString()));
  });
  expect(JSON.parse(answer)).toMatchObject({ appended: false });
  await stop();
  await journal.close();
  expect(readFileSync(path, 'utf8')).toBe('');
});

test('JR11: what the daemon cannot write is not acknowledged to the others', async () => {
  const journal = await openJournal({ path });
  const stop = await serveAppends(path, journal);
  await journal.close();
  await expect(shareJournal({ path }).append(smallEvent(1))).rejects.toThrow(/did not take the event/);
  await stop();
});

test('JR11: a journal deeper than a socket path can say is shared all the same', async () => {
  path = join(folder.path, 'deep'.repeat(40), 'events.jsonl');
  const journal = await openJournal({ path });
  const stop = await serveAppends(path, journal);
  await shareJournal({ path }).append(smallEvent(1));
  await stop();
  await journal.close();
  await expectEvents([1]);
});

test.runIf(process.geteuid?.() === 0)('JR11: what root writes first belongs to the service', async () => {
  mkdirSync(join(folder.path, 'log'));
  chmodSync(folder.path, 0o755);
  chownSync(join(folder.path, 'log'), 65_534, 65_534);
  const journal = shareJournal({ path, maxSizeBytes: 300 });
  for (const number of [1, 2, 3]) await journal.append(smallEvent(number));
  for (const suffix of ['', '.1', '.lock', '.heads']) {
    expect([suffix, statSync(path + suffix)]).toMatchObject([suffix, { uid: 65_534, gid: 65_534 }]);
    expect(statSync(path + suffix).mode & 0o777).toBe(0o600);
  }
});
