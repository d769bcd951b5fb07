import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database, type Tx } from '../../../src/cloud/database/database.ts';
import { createGroupedWrites } from '../../../src/cloud/database/grouped-writes.ts';

let folder: string;
let database: Database;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-store-'));
  database = await openDatabase(join(folder, 'emisar.db'));
});
afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = (id: string) => async (tx: Tx) => {
  await tx.sql.insertInto('contracts').values({ digest: id, descriptor: '{}' }).execute();
  return id;
};
const stored = async () =>
  (await database.read.selectFrom('contracts').select('digest').orderBy('digest').execute()).map(
    ({ digest }) => digest,
  );

test('writes of one moment are one transaction, and each gets its own answer', async () => {
  let transactions = 0;
  const counted: Database = {
    ...database,
    write: (work) => {
      transactions += 1;
      return database.write(work);
    },
  };
  const grouped = createGroupedWrites(counted);
  const ids = Array.from({ length: 500 }, (_, index) => `d${String(index).padStart(3, '0')}`);
  expect(await Promise.all(ids.map((id) => grouped.write(insert(id))))).toEqual(ids);
  expect(transactions).toBe(3);
  expect(await stored()).toEqual(ids);
});

test('one that fails takes nobody with it, and tells nothing', async () => {
  const grouped = createGroupedWrites(database);
  const told: string[] = [];
  const telling = (id: string) => (tx: Tx) => {
    tx.afterCommit(() => told.push(id));
    return insert(id)(tx);
  };
  const results = await Promise.allSettled([
    grouped.write(telling('a')),
    grouped.write(async (tx) => {
      tx.afterCommit(() => told.push('never'));
      throw new Error('broken');
    }),
    grouped.write(telling('b')),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(await stored()).toEqual(['a', 'b']);
  expect(told).toEqual(['a', 'b']);
});

test('C29: a write that fails keeps nothing and tells nothing', async () => {
  const told: string[] = [];
  const failing = database.write(async (tx) => {
    tx.afterCommit(() => told.push('x'));
    await insert('x')(tx);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await stored()).toEqual([]);
  expect(told).toEqual([]);
});

test('closing waits for the writes that are under way', async () => {
  const written = database.write(insert('late'));
  await database.close();
  expect(await written).toBe('late');
  database = await openDatabase(join(folder, 'emisar.db'));
  expect(await stored()).toEqual(['late']);
});
