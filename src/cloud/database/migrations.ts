// Forward only. A migration, once released, is never edited; the next one gets the next number.
import { sql, type Kysely } from 'kysely';
import { Refusal } from '../../protocol/errors.ts';
import type { Schema } from './schema.ts';
import { first } from './migration-0001.ts';

type Migration = readonly string[];
const migrations: readonly Migration[] = [first];

/** Schema number of this build. */
export const SCHEMA_VERSION = migrations.length;

/**
 * Brings the store to this build's schema, one transaction a step.
 * Refuses `data_dir_newer` when a newer build wrote it.
 */
export async function migrate(db: Kysely<Schema>, where: string): Promise<void> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(db);
  const row = await db.selectFrom('schema_version').select('version').executeTakeFirst();
  const current = row?.version ?? 0;
  if (current > SCHEMA_VERSION) {
    throw new Refusal(
      'data_dir_newer',
      `Cannot use ${where}: its schema is version ${current}, this program knows up to ${SCHEMA_VERSION}`,
    );
  }
  for (let version = current; version < SCHEMA_VERSION; version += 1) await step(db, version);
}

async function step(db: Kysely<Schema>, version: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    for (const statement of migrations[version] ?? []) await sql.raw(statement).execute(tx);
    if (version === 0) await tx.insertInto('schema_version').values({ version: 1 }).execute();
    else
      await tx
        .updateTable('schema_version')
        .set({ version: version + 1 })
        .execute();
  });
}
