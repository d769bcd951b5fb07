// PostgreSQL alone: one control plane at a time, connections that break, what is said about its URL.
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../../src/cloud/database/database.ts';
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

test('one control plane at a time: a second is refused, and let in when the first is gone', async () => {
  await expect(open()).rejects.toMatchObject({ code: 'database_locked' });
  await database.close();
  database = await open();
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
