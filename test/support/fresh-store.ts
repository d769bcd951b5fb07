// The store that a test's control plane keeps everything in: a file, or, where the project of the tests says so,
// a database of its own on the PostgreSQL that they started.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface FreshStore extends AsyncDisposable {
  /** Null for the embedded store. */
  readonly databaseUrl: string | null;
}

/** Set by postgres-setup.ts in the project of tests that started one. */
const folder = inject('postgresFolder') as string | undefined;

/** True when this test runs on PostgreSQL. */
export const onPostgres = folder !== undefined;

export async function freshStore(): Promise<FreshStore> {
  if (folder === undefined) return { databaseUrl: null, [Symbol.asyncDispose]: async () => {} };
  const name = `t_${randomBytes(8).toString('hex')}`;
  await administer(folder, `create database ${name}`);
  return {
    databaseUrl: `postgresql://emisar@localhost/${name}?host=${encodeURIComponent(folder)}`,
    [Symbol.asyncDispose]: () => administer(folder, `drop database if exists ${name} with (force)`),
  };
}

async function administer(folder: string, statement: string): Promise<void> {
  const client = new Client({ host: folder, user: 'emisar', database: 'postgres' });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
