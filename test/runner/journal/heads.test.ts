// What rotated files ended with is on record: a file that is removed, cut or replaced does not go unnoticed.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { verifyJournal } from '../../../src/runner/journal/verify-journal.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { smallEvent } from './events.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path = '';
beforeEach(() => {
  folder = temporaryFolder('journal-');
  path = join(folder.path, 'events.jsonl');
});
afterEach(() => folder[Symbol.dispose]());

async function write(from: number, to: number, maxBackups = 3): Promise<void> {
  const journal = await openJournal({ path, maxSizeBytes: 700, maxBackups });
  for (let number = from; number <= to; number += 1) await journal.append(smallEvent(number));
  await journal.close();
}

const faults = async () =>
  (await verifyJournal(path))
    .filter((verdict) => !verdict.intact)
    .map((verdict) => `${verdict.path.slice(path.length)} ${verdict.error}`);
const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1);
const writeLines = (file: string, lines: readonly string[]) =>
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));

test('JR10: a journal that only grew and rotated verifies, oldest file first', async () => {
  await write(1, 4);
  await write(5, 40);
  expect(await faults()).toEqual([]);
  expect((await verifyJournal(path)).map((verdict) => verdict.path)).toEqual(
    ['.3', '.2', '.1', ''].map((suffix) => path + suffix),
  );
});

test.each([['.1'], ['.2'], ['.3']])(
  'JR10: the rotated file %s removed is found, before and after the next rotation',
  async (suffix) => {
    await write(1, 40);
    rmSync(path + suffix);
    expect(await faults()).toEqual([`${suffix} is missing`]);
    if (suffix === '.3') return;
    await write(41, 44);
    expect((await faults()).join('\n')).toMatch(/was cut at its end or replaced|is missing/);
  },
);

test('JR10: whole lines cut off the end of a rotated file are found', async () => {
  await write(1, 40);
  writeLines(`${path}.2`, linesOf(`${path}.2`).slice(0, -1));
  expect((await faults()).join('\n')).toMatch(
    /^\.2 was cut at its end or replaced: .* the hash [0-9a-f]{64}$/,
  );
});

test('JR10: files that changed places, or one put in the place of another, are found', async () => {
  await write(1, 40);
  renameSync(`${path}.1`, `${path}.x`);
  renameSync(`${path}.2`, `${path}.1`);
  renameSync(`${path}.x`, `${path}.2`);
  expect((await faults()).map((fault) => fault.slice(0, 6))).toEqual(['.2 was', '.1 was']);
});

test('JR10: the active file removed, and all that was rotated removed, are found', async () => {
  await write(1, 40);
  for (const suffix of ['', '.1', '.2', '.3']) rmSync(path + suffix);
  expect(await faults()).toEqual(['.3 is missing', '.2 is missing', '.1 is missing', ' is missing']);
});

test('JR10: files from before there was a record count as kept, and verify alone', async () => {
  await write(1, 12);
  rmSync(`${path}.heads`);
  expect(await faults()).toEqual([]);
  await write(13, 16);
  expect(await faults()).toEqual([]);
  rmSync(`${path}.3`);
  expect(await faults()).toEqual(['.3 is missing']);
});

test('JR10: a record that cannot be read is reported, does not stop the host, and stays on view', async () => {
  await write(1, 20);
  writeFileSync(
    `${path}.heads`,
    readFileSync(`${path}.heads`, 'utf8').replace('"sequence":2', '"sequence":9'),
  );
  expect((await faults()).join()).toMatch(
    /^\.heads is no record of rotated files: line \d is not the record/,
  );
  await write(21, 30);
  expect((await faults()).join()).toMatch(/^\.heads\.spoiled is a record .* could not be read/);
});

test('JR10: fewer files are kept from some day on, and none is missed', async () => {
  await write(1, 40);
  await write(41, 60, 2);
  expect(await faults()).toEqual([]);
});
