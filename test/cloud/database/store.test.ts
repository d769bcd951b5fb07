// What every store must do alike. These tests run on the embedded store and on PostgreSQL.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../src/cloud/database/database.ts';
import { readText, writeText } from '../../../src/cloud/database/postgres-text.ts';
import { SCHEMA_VERSION } from '../../../src/cloud/database/migrations.ts';
import { freshStore, onPostgres, type FreshStore } from '../../support/fresh-store.ts';

let folder: string;
let store: FreshStore;
let database: Database;
const open = () => openDatabase(join(folder, 'emisar.db'), store.databaseUrl);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-store-'));
  store = await freshStore();
  database = await open();
});

afterEach(async () => {
  await database.close();
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const account = (id: string, name: string, at = 1) => ({
  id,
  name,
  pack_auto_trust: 'first' as const,
  created_at: at,
});
const insert = (...accounts: ReturnType<typeof account>[]) =>
  database.write((tx) => tx.sql.insertInto('accounts').values(accounts).execute());
const names = async () =>
  (await database.read.selectFrom('accounts').select('name').orderBy('name').execute()).map(
    (row) => row.name,
  );

test('the tests run on the store that they say they run on', async () => {
  const speaks = await sql<{ version: string }>`select version() as version`.execute(database.read).then(
    ({ rows }) => rows[0]?.version ?? '',
    () => 'SQLite',
  );
  expect(speaks).toMatch(onPostgres ? /^PostgreSQL 18/ : /^SQLite$/);
});

test('instants come back as numbers, and so do counts and sums', async () => {
  await insert(
    account('a', 'A', 1_764_000_000_123),
    account('b', 'B', Number.MAX_SAFE_INTEGER - 1_764_000_000_123),
  );
  const row = await database.read
    .selectFrom('accounts')
    .select((is) => [
      is.fn.countAll<number>().as('count'),
      is.fn.sum<number>('created_at').as('sum'),
      is.fn.max('created_at').as('newest'),
    ])
    .executeTakeFirstOrThrow();
  expect(row.sum).toBe(Number.MAX_SAFE_INTEGER);
  expect(row.count).toBe(2);
  expect(row.newest).toBe(Number.MAX_SAFE_INTEGER - 1_764_000_000_123);
});

test('any text comes back as it was, a NUL and private signs too', async () => {
  const texts = [
    '\u0000',
    'a\u0000b',
    '\uE000',
    '\uE0000\uE000s\u0000',
    '',
    "'; drop table accounts; --",
    '😀',
  ];
  await insert(...texts.map((text, index) => account(`a${index}`, text)));
  const rows = await database.read.selectFrom('accounts').select('name').orderBy('id').execute();
  expect(rows.map((row) => row.name)).toEqual(texts);
  fc.assert(
    fc.property(fc.array(fc.constantFrom('\u0000', '\uE000', '0', 's', 'é')), (signs) => {
      const text = signs.join('');
      expect(writeText(text)).not.toContain('\u0000');
      expect(readText(writeText(text))).toBe(text);
    }),
  );
});

test('text is ordered by its bytes, whatever the language of the store', async () => {
  await insert(...['b', 'B', 'a-b', 'ab', 'ä', 'Z'].map((name, index) => account(`a${index}`, name)));
  expect(await names()).toEqual(['B', 'Z', 'a-b', 'ab', 'b', 'ä']);
});

test('a write that fails leaves nothing and tells nobody; one that succeeds is seen before it is told', async () => {
  const told: string[] = [];
  const failing = database.write(async (tx) => {
    tx.afterCommit(() => told.push('failed'));
    await tx.sql.insertInto('accounts').values(account('a', 'A')).execute();
    await tx.sql.insertInto('accounts').values(account('a', 'again')).execute();
  });
  await expect(failing).rejects.toThrow();
  expect(await names()).toEqual([]);
  await database.write(async (tx) => {
    tx.afterCommit(() => told.push('done'));
    await tx.sql.insertInto('accounts').values(account('a', 'A')).execute();
    expect(await names()).toEqual([]);
  });
  expect(told).toEqual(['done']);
  expect(await names()).toEqual(['A']);
});

test('C14: of a hundred guarded updates at once one takes effect', async () => {
  await insert(account('a', 'A'));
  const claims = await Promise.all(
    Array.from({ length: 100 }, () =>
      database.write(async (tx) => {
        const done = await tx.sql
          .updateTable('accounts')
          .set({ disabled_at: 5 })
          .where('id', '=', 'a')
          .where('disabled_at', 'is', null)
          .executeTakeFirst();
        return done.numUpdatedRows;
      }),
    ),
  );
  expect(claims.filter((rows) => rows === 1n)).toHaveLength(1);
  expect(claims.filter((rows) => rows === 0n)).toHaveLength(99);
});

test('it opens again with everything in it, and a schema of a newer build is refused untouched', async () => {
  await insert(account('a', 'A'));
  await database.close();
  database = await open();
  expect(await names()).toEqual(['A']);
  const newer = SCHEMA_VERSION + 1;
  await database.write((tx) => tx.sql.updateTable('schema_version').set({ version: newer }).execute());
  await database.close();
  await expect(open()).rejects.toMatchObject({ code: 'data_dir_newer' });
  await expect(open()).rejects.toThrow(`version ${newer}`);
  await store[Symbol.asyncDispose]();
  store = await freshStore();
  rmSync(folder, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'emisar-store-'));
  database = await open();
});
