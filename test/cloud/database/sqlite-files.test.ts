// The embedded store alone: its files are nobody else's to read.
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/cloud/database/database.ts';

test('its files are for their owner alone, also when an older version left them open', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-files-'));
  const file = join(folder, 'emisar.db');
  const before = process.umask(0o022);
  const modes = () =>
    readdirSync(folder)
      .toSorted()
      .map((name) => `${name} ${(statSync(join(folder, name)).mode & 0o777).toString(8)}`);
  try {
    const first = await openDatabase(file);
    const expected = ['emisar.db 600', 'emisar.db-shm 600', 'emisar.db-wal 600'];
    expect(modes()).toEqual(expected);
    await first.close();
    chmodSync(file, 0o644);
    const second = await openDatabase(file);
    expect(modes()).toEqual(expected);
    await second.close();
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true });
  }
});
