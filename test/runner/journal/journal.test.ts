// The journal on a real disk: the published vectors, the chain, what a crash leaves, rotation, failed writes.
import {
  chmodSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  appendFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../../src/packs/hash.ts';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { JournalFile } from '../../../src/runner/journal/journal-file.ts';
import { createEventId, eventTime } from '../../../src/runner/journal/event-text.ts';
import { journalFiles, verifyFile } from '../../../src/runner/journal/verify.ts';
import { smallEvent, vectorEvents } from './events.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'log', 'events.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const firstHash = '3ed5abd17bf4ec6a8b2b94a352238286ab26552d0078b282a3f5073430694d76';
const secondHash = 'c6c9667ee8ebc20b97590ddc7b6de39e7726ad5eeddc839cd9eaf0471dbaa40c';

async function write(count: number, events = (index: number) => smallEvent(index)): Promise<void> {
  const journal = await openJournal({ path });
  for (let index = 0; index < count; index += 1) await journal.append(events(index));
  await journal.close();
}

function lines(file = path): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

async function writeVectors(): Promise<void> {
  const journal = await openJournal({ path });
  await Promise.all(vectorEvents.map((event) => journal.append(event)));
  await journal.close();
}

test('JR1: the three published events become the published bytes', async () => {
  await writeVectors();
  expect(lines().map((line) => [Buffer.byteLength(line), sha256Hex(Buffer.from(line))])).toEqual([
    [309, firstHash],
    [692, secondHash],
    [908, '180b9b478b99a2cf1e465168ce9dcea04c8dc40381ba096b8237d3e43473ad2b'],
  ]);
  expect(sha256Hex(readFileSync(path))).toBe(
    '034de9d7ed6ec353caace6d203e690e00a8d114d6ab195adf9e15b8fe61f50d8',
  );
  expect(await verifyFile(path)).toMatchObject({ intact: true, lines: 3 });
});

test.each([
  ['the second line', [0, 2], { intact: false, line: 2, expected: firstHash, found: secondHash }],
  ['the first line', [1, 2], { intact: false, line: 1, expected: '', found: firstHash }],
  ['the last line, which a file alone cannot show', [0, 1], { intact: true, lines: 2 }],
])('JR2: verification without %s', async (_what, kept, expected) => {
  await writeVectors();
  const all = lines();
  writeFileSync(path, kept.map((index) => `${all[index]}\n`).join(''));
  expect(await verifyFile(path)).toMatchObject(expected);
});

test('JR2: changed, swapped and torn lines are found at the place where the chain breaks', async () => {
  await write(4);
  const [a = '', b = '', c = '', d = ''] = lines();
  const verdict = async (...kept: string[]) => {
    writeFileSync(path, kept.map((line) => `${line}\n`).join(''));
    return verifyFile(path);
  };
  expect(await verdict(a, b.replace('event 1', 'event 9'), c, d)).toMatchObject({ intact: false, line: 3 });
  expect(await verdict(a, c, b, d)).toMatchObject({ intact: false, line: 2 });
  expect(await verdict(a, '', b, c, d)).toMatchObject({ intact: true });
  expect(await verdict(a, '{"prev_hash":', b)).toMatchObject({ intact: false, line: 2, found: null });
  writeFileSync(path, `${a}\n${b}`);
  expect(await verifyFile(path)).toMatchObject({ intact: false, line: 2 });
});

test('JR3: a line torn by a crash is cut off at the next open, at every byte of it', async () => {
  await write(2);
  const whole = readFileSync(path);
  const firstEnd = whole.indexOf(10) + 1;
  for (let length = 0; length <= whole.length; length += length < firstEnd ? 37 : 1) {
    writeFileSync(path, whole.subarray(0, length));
    const journal = await openJournal({ path });
    await journal.append(smallEvent(7));
    await journal.close();
    const kept = length === whole.length ? 2 : length >= firstEnd ? 1 : 0;
    expect([length, await verifyFile(path)]).toMatchObject([length, { intact: true, lines: kept + 1 }]);
  }
});

test('JR3: the head is found again behind a line longer than one block and behind empty lines', async () => {
  const journal = await openJournal({ path });
  await journal.append({ ...smallEvent(1), error: 'x'.repeat(200_000) });
  await journal.close();
  appendFileSync(path, '\n\n');
  await write(1);
  expect(await verifyFile(path)).toMatchObject({ intact: true, lines: 4 });
});

test('JR4: many appends at once keep their order and one chain', async () => {
  const journal = await openJournal({ path });
  await Promise.all(Array.from({ length: 300 }, (_unused, index) => journal.append(smallEvent(index))));
  await journal.close();
  expect(lines().map((line) => (JSON.parse(line) as { error: string }).error)).toEqual(
    Array.from({ length: 300 }, (_unused, index) => `event ${index}`),
  );
  expect(await verifyFile(path)).toMatchObject({ intact: true, lines: 300 });
});

test('JR5: a file is rotated before it grows too large, keeps its mode, and each verifies alone', async () => {
  const journal = await openJournal({ path, maxSizeBytes: 700, maxBackups: 2 });
  await Promise.all(Array.from({ length: 20 }, (_unused, index) => journal.append(smallEvent(index))));
  await journal.close();
  for (const file of [path, `${path}.1`, `${path}.2`]) {
    expect(statSync(file).size).toBeLessThan(700);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await verifyFile(file)).toMatchObject({ intact: true });
  }
  expect(await journalFiles(path)).toEqual([`${path}.2`, `${path}.1`, path]);
  expect(lines().at(-1)).toContain('event 19');
  expect(lines(`${path}.1`).at(-1)).not.toContain('event 19');
});

test('JR6: after a failed write every later append fails too, and the file stays a valid chain', async () => {
  const file = await JournalFile.open(path, 5);
  await file.close();
  const journal = await openJournal({ path });
  await journal.append(smallEvent(1));
  // A directory in the way of the rotation makes the write after it impossible.
  const rotating = await openJournal({
    path: join(folder, 'full', 'events.jsonl'),
    maxSizeBytes: 300,
    maxBackups: 1,
  });
  await rotating.append(smallEvent(1));
  rmSync(join(folder, 'full'), { recursive: true });
  await expect(rotating.append(smallEvent(2))).rejects.toThrow();
  await expect(rotating.append(smallEvent(3))).rejects.toThrow();
  expect(rotating.fault).toMatch(/ENOENT/);
  await rotating.repair();
  expect(rotating.fault).toBeNull();
  await rotating.append(smallEvent(4));
  await rotating.close();
  expect(await verifyFile(join(folder, 'full', 'events.jsonl'))).toMatchObject({ intact: true, lines: 1 });
  await journal.append(smallEvent(2));
  await journal.close();
  expect(await verifyFile(path)).toMatchObject({ intact: true, lines: 2 });
});

test('JR7: a journal that others could read is closed to them when it is opened', async () => {
  await write(1);
  chmodSync(path, 0o644);
  chmodSync(join(folder, 'log'), 0o755);
  await write(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'log')).mode & 0o777).toBe(0o750);
});

test('JR8: an event too large for a line loses its long parts, never its place', async () => {
  const journal = await openJournal({ path });
  const huge = '<'.repeat(300_000);
  await journal.append({
    ...vectorEvents[2],
    request: { reason: huge },
    error: huge,
  } as (typeof vectorEvents)[0]);
  await journal.append(smallEvent(1));
  await journal.close();
  expect(Math.max(...lines().map((line) => line.length))).toBeLessThan(1_048_576);
  expect(lines()[0]).toContain('execution_completed');
  expect(await verifyFile(path)).toMatchObject({ intact: true, lines: 2 });
});

test.each([
  [Date.UTC(2030, 0, 2, 3, 4, 10), '2030-01-02T03:04:10Z'],
  [Date.UTC(2030, 0, 2, 3, 4, 6, 500), '2030-01-02T03:04:06.5Z'],
  [Date.UTC(2030, 0, 2, 3, 4, 6, 7), '2030-01-02T03:04:06.007Z'],
])('JR1: the instant %i is written %s', (ms, text) => {
  expect(eventTime(ms)).toBe(text);
});

test('JR1: event ids sort by time', () => {
  const id = createEventId(1_700_000_000_000, () => new Uint8Array(10).fill(255));
  expect(id).toMatch(/^evt_01[0-9A-HJKMNP-TV-Z]{24}$/);
  expect(createEventId(1_700_000_000_001, () => new Uint8Array(10)) > id).toBe(true);
});
