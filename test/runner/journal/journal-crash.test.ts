// The journal's writer is killed at any moment, again and again, also while it rotates.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { journalFiles, verifyFile } from '../../../src/runner/journal/verify.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';

/** Runs a writer from `first` until `count` events were acknowledged, kills it; gives the highest of them. */
function writeAndKill(path: string, first: number, count: number): Promise<number> {
  const writer = spawn(
    process.execPath,
    [join(import.meta.dirname, 'journal-writer.ts'), path, '2000', String(first)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let printed = '';
  writer.stdout.on('data', (bytes: Buffer) => {
    printed += bytes.toString();
    if (printed.split('\n').length > count) writer.kill('SIGKILL');
  });
  return new Promise((resolve) => {
    writer.on('close', () => resolve(Math.max(...printed.split('\n').slice(0, -1).map(Number))));
  });
}

test('JR3: kill -9 at any moment loses no acknowledged event and breaks no chain', async () => {
  using folder = temporaryFolder('journal-');
  const path = join(folder.path, 'log', 'events.jsonl');
  const acknowledged: [number, number][] = [];
  for (const count of [1, 7, 20, 33]) {
    const first = acknowledged.length * 100_000;
    acknowledged.push([first, await writeAndKill(path, first, count)]);
    await (await openJournal({ path, maxBackups: 500 })).close();
  }
  const files = await journalFiles(path);
  const found = new Set<number>();
  for (const file of files) {
    expect(await verifyFile(file)).toMatchObject({ intact: true });
    for (const [, number] of readFileSync(file, 'utf8').matchAll(/"error":"event (\d+)"/g))
      found.add(Number(number));
  }
  expect(files.length).toBeGreaterThan(3);
  for (const [first, last] of acknowledged) {
    for (let number = first; number <= last; number += 1) expect(found).toContain(number);
  }
});
