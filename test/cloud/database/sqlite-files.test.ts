// The embedded store alone: its files are nobody else's to read, do not grow, and have one writer.
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

test('C36: any number of writes at once go one after the other, nested in none; what they leave is bounded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'emisar-files-'));
  const database = await openDatabase(join(folder, 'emisar.db'));
  try {
    const name = 'x'.repeat(20_000);
    const insert = (id: string) =>
      database.write(async (tx) => {
        await tx.sql
          .insertInto('accounts')
          .values({ id, name, pack_auto_trust: 'first', created_at: 1 })
          .execute();
        // Another write begins while this one waits.
        await new Promise((turn) => setImmediate(turn));
        await tx.sql.updateTable('accounts').set({ created_at: 2 }).where('id', '=', id).execute();
      });
    const ids = Array.from({ length: 1_000 }, (_, index) => `acc_${index}`);
    expect(await Promise.allSettled(ids.map(insert))).toEqual(
      ids.map(() => ({ status: 'fulfilled', value: undefined })),
    );
    const written = await database.read.selectFrom('accounts').select('created_at').execute();
    expect(written.filter((row) => row.created_at === 2)).toHaveLength(ids.length);
    // 40 MB went through it.
    expect(statSync(join(folder, 'emisar.db-wal')).size).toBeLessThan(10_000_000);
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
});
