// PostgreSQL alone: one transaction that writes at a time, connections that break, what is said about its URL.
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database, type Tx } from '../../../src/cloud/database/database.ts';
import { SCHEMA_VERSION } from '../../../src/cloud/database/migrations.ts';
import { describeUrl } from '../../../src/cloud/database/postgres.ts';
import { freshStore, type FreshStore } from '../../support/fresh-store.ts';

let store: FreshStore;
let database: Database;
const open = () => openDatabase('/nowhere', store.databaseUrl);

beforeEach(async () => {
  store = await freshStore();
  database = await open();
});

afterEach(async () => {
  await database.close();
  await store[Symbol.asyncDispose]();
});

const insert = (database: Database, id: string) =>
  database.write((tx) =>
    tx.sql.insertInto('accounts').values({ id, name: id, pack_auto_trust: 'first', created_at: 1 }).execute(),
  );

test('of two control planes one writes at a time: what the other reads in its transaction is what was committed', async () => {
  const other = await open();
  await insert(database, 'a');
  const count = async (tx: Tx) => {
    const { n } = await tx.sql
      .selectFrom('accounts')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return n;
  };
  const add = (to: Database) =>
    to.write(async (tx) => {
      const id = `n${await count(tx)}`;
      await tx.sql
        .insertInto('accounts')
        .values({ id, name: id, pack_auto_trust: 'first', created_at: 1 })
        .execute();
    });
  await Promise.all(Array.from({ length: 40 }, (_, turn) => add(turn % 2 === 0 ? database : other)));
  const rows = await database.read.selectFrom('accounts').select('id').execute();
  expect(rows).toHaveLength(41);
  await other.close();
});

test('two control planes that start at once on an empty store bring it up to date together', async () => {
  await using empty = await freshStore();
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase('/nowhere', empty.databaseUrl)));
  for (const one of opened) {
    expect(await one.read.selectFrom('schema_version').select('version').execute()).toEqual([
      { version: SCHEMA_VERSION },
    ]);
    await one.close();
  }
});

test('a connection that the server cuts is replaced: reading and writing go on', async () => {
  await insert(database, 'a');
  const others = sql`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`;
  await others.execute(database.read);
  await expect
    .poll(() =>
      insert(database, 'b').then(
        () => 'written',
        () => 'cut',
      ),
    )
    .toBe('written');
  const rows = await database.read.selectFrom('accounts').select('id').orderBy('id').execute();
  expect(rows.map((row) => row.id)).toEqual(['a', 'b']);
});

test('a place is named without user and password; what is no PostgreSQL URL is refused without repeating it', () => {
  expect(describeUrl('postgresql://ada:secret@db.example:5433/emisar')).toBe(
    'PostgreSQL db.example:5433/emisar',
  );
  expect(() => describeUrl('mysql://ada:secret@db.example/emisar')).toThrow(
    /^(?!.*secret).*EMISAR_DATABASE_URL/,
  );
});
