// `emisar events tail`: exact lines in a pipe, safe ones on a terminal, and every line while it follows.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal, type Journal } from '../../../src/runner/journal/journal.ts';
import { JournalFollower, lastLines } from '../../../src/runner/journal/tail.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { smallEvent } from '../journal/events.ts';
import { RunnerProcess } from '../runner-process.ts';
import { until } from '../until.ts';
import { emisar, writeConfig } from './toolbox-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder('tail-');
  path = join(folder.path, 'events.jsonl');
  writeConfig(folder.path);
});
afterEach(() => folder[Symbol.dispose]());

const tail = (...argv: string[]) => emisar(folder.path, ['events', 'tail', ...argv]);
const numbersIn = (text: string) =>
  [...text.matchAll(/"error":"event (\d+)"/g)].map(([, number]) => Number(number));
const openSmall = () => openJournal({ path, maxSizeBytes: 700, maxBackups: 50 });
const append = async (journal: Journal, from: number, to: number) => {
  for (let number = from; number <= to; number += 1) await journal.append(smallEvent(number));
};

test.each([
  [[], 50],
  [['-n', '3'], 3],
  [['--lines', '0'], 0],
  [['--lines', '1000'], 60],
])('%j prints the last lines as they stand', async (argv, count) => {
  const lines = Array.from({ length: 60 }, (_unused, index) => `{"n":${index},"pad":"${'é'.repeat(900)}"}\n`);
  writeFileSync(path, `${lines.join('')}{"torn`);
  expect(await tail(...argv)).toEqual({ code: 0, out: lines.slice(60 - count).join(''), err: '' });
});

test('a journal that is missing, and a count that is none, are refused', async () => {
  expect((await tail()).err).toMatch(/^error: Cannot read the journal .*: there is none yet/);
  expect((await tail('-n', '-1')).err).toMatch(/^error: Cannot use --lines -1: write a whole number/);
});

test('on a terminal, and in readable form, no text of an event moves the cursor', async () => {
  writeFileSync(path, `${JSON.stringify({ ...smallEvent(1), error: 'a\u202eb\u009b31m' })}\n`);
  const raw = await tail();
  expect(raw.out).toContain('\u202e');
  const shown = await emisar(folder.path, ['events', 'tail'], { isTerminal: true });
  const pretty = await tail('--pretty');
  for (const { out } of [shown, pretty]) expect(out).not.toMatch(/[\u202e\u009b]/);
  expect(pretty.out).toMatch(/^2030-01-02T03:04:05Z {2}dispatch_refused {2}- {2}local {2}a[^\n]*\n$/);
});

test('a follower misses nothing while the journal rotates many times between two looks', async () => {
  const journal = await openSmall();
  await append(journal, 1, 5);
  const follower = await JournalFollower.open(path, (await lastLines(path, 0)).endBytes);
  await append(journal, 6, 30);
  expect(numbersIn((await follower.readNew()).toString())).toEqual(
    Array.from({ length: 25 }, (_n, index) => index + 6),
  );
  expect((await follower.readNew()).toString()).toBe('');
  appendFileSync(path, '{"error":"event 31"');
  expect((await follower.readNew()).toString()).toBe('');
  appendFileSync(path, '}\n');
  expect(numbersIn((await follower.readNew()).toString())).toEqual([31]);
  await follower.close();
  await journal.close();
});

test('-f prints the tail and then what is added, through a rotation', async () => {
  const journal = await openSmall();
  await append(journal, 1, 2);
  const process = new RunnerProcess(
    ['--config', join(folder.path, 'config.yaml'), 'events', 'tail', '-n', '1', '-f'],
    {
      HOME: folder.path,
    },
  );
  try {
    await until(() => numbersIn(process.out).includes(2), `the tail\n${process.err}`, 10_000);
    await append(journal, 3, 9);
    await until(() => numbersIn(process.out).includes(9), 'what was added', 10_000);
    expect(numbersIn(process.out)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  } finally {
    await process.kill();
    await journal.close();
  }
});
