// The journal's writer is killed with -9 before each of its file operations and in the middle of each write.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { journalFiles } from '../../../src/runner/journal/verify.ts';
import { verifyJournal } from '../../../src/runner/journal/verify-journal.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { faultsOf, forEachFault, runWithFault } from '../../support/fault-runs.ts';
import { smallEvent } from './events.ts';

const writer = join(import.meta.dirname, 'journal-fault-writer.ts');

/** A journal with two rotated files and an active one that has room for one more event. */
async function prepare(path: string): Promise<void> {
  const journal = await openJournal({ path, maxSizeBytes: 700, maxBackups: 2 });
  for (let number = 1; number <= 9; number += 1) await journal.append(smallEvent(number));
  await journal.close();
}

/** Kills a writer at one point, opens the journal again, and looks at what is there. */
async function surviveFault(fault: string): Promise<void> {
  using folder = temporaryFolder('journal-');
  const path = join(folder.path, 'events.jsonl');
  await prepare(path);
  const acknowledged = await runWithFault(writer, [path], fault);
  const journal = await openJournal({ path, maxSizeBytes: 700, maxBackups: 2 });
  await journal.append(smallEvent(200));
  await journal.close();
  const verdicts = await verifyJournal(path);
  expect([fault, verdicts.filter((verdict) => !verdict.intact)]).toEqual([fault, []]);
  const text = (await journalFiles(path)).map((file) => readFileSync(file, 'utf8')).join('');
  for (const event of [...acknowledged, 'event 200'])
    expect([fault, text]).toEqual([fault, expect.stringContaining(`"${event}"`)]);
}

test('JR3, JR10: killed at every file operation, the journal opens again with all that was acknowledged', async () => {
  using folder = temporaryFolder('journal-');
  await prepare(join(folder.path, 'events.jsonl'));
  const faults = faultsOf(await runWithFault(writer, [join(folder.path, 'events.jsonl')], ''));
  expect(faults.length).toBeGreaterThan(20);
  await forEachFault(faults, surviveFault);
}, 60_000);
