// Forward only. A migration, once released, is never edited; the next one is appended to the list below.
// Statements are written once, in SQL that both engines take, and follow these rules:
// - Columns are `text`, `integer` (flags, small counts) or `bigint` (instants in ms, epochs, bytes) and no other
//   type. PostgreSQL gets every integer as bigint and every text ordered by its bytes, as SQLite has them.
// - `integer primary key` on a column that the store itself counts up, as audit_events.position is.
// - No autoincrement, without rowid, now(), json operators, triggers or engine pragmas. Partial and unique
//   indexes, references, `on conflict do nothing/update` and `returning` work on both.
// - `alter table … add column` one column a statement, with a default when it is not null.
// - In queries: every selected column is aggregated or grouped by; compare numbers with numbers; a statement that
//   fails ends its whole transaction on PostgreSQL, so use `on conflict` instead of catching inside a write.
import { sql, type Kysely, type Transaction } from 'kysely';
import { Refusal } from '../../protocol/errors.ts';
import type { Schema } from './schema.ts';
import { first } from './migration-0001.ts';
import { heldRunners } from './migration-0101.ts';
import { forgottenPacks } from './migration-0102.ts';
import { chainedAudit } from './migration-0131.ts';
import { eventsOfRunners } from './migration-0150.ts';
import { turnsOfOperations } from './migration-0151.ts';
import { scopesOfMembers } from './migration-0110.ts';
import { waitingDevices } from './migration-0111.ts';
import { policies } from './migration-0120.ts';
import { approvals } from './migration-0121.ts';
import { memberNames } from './migration-0190.ts';
import { runnerRetention } from './migration-0191.ts';
import { standingGrants } from './migration-0160.ts';
import { sharedOffers } from './migration-0180.ts';
import { notices } from './migration-0170.ts';
import { idempotencyKeys } from './migration-0200.ts';
import { severalNodes } from './migration-0210.ts';
import { waitingApprovals } from './migration-0161.ts';

type Migration = readonly string[];
const migrations: readonly Migration[] = [
  first,
  heldRunners,
  forgottenPacks,
  turnsOfOperations,
  eventsOfRunners,
  policies,
  chainedAudit,
  scopesOfMembers,
  approvals,
  waitingDevices,
  memberNames,
  standingGrants,
  sharedOffers,
  notices,
  idempotencyKeys,
  severalNodes,
  runnerRetention,
  waitingApprovals,
  // One line each, in the order in which they came; a file of its own for each.
];

export type Engine = 'sqlite' | 'postgres';

/** Schema number of this build. */
export const SCHEMA_VERSION = migrations.length;

/**
 * Brings the store to this build's schema, one transaction a step.
 * Refuses `data_dir_newer` when a newer build wrote it.
 */
export async function migrate(db: Kysely<Schema>, engine: Engine, where: string): Promise<void> {
  for (;;) {
    // Looked at anew each time: another program may be bringing the same store up to date at this moment.
    const version = await db.transaction().execute((tx) => step(tx, engine, where));
    if (version === SCHEMA_VERSION) return;
  }
}

async function step(tx: Transaction<Schema>, engine: Engine, where: string): Promise<number> {
  await sql`create table if not exists schema_version (version integer not null)`.execute(tx);
  const row = await tx.selectFrom('schema_version').select('version').executeTakeFirst();
  const current = row?.version ?? 0;
  if (current > SCHEMA_VERSION) {
    throw new Refusal(
      'data_dir_newer',
      `Cannot use ${where}: its schema is version ${current}, this program knows up to ${SCHEMA_VERSION}`,
    );
  }
  if (current === SCHEMA_VERSION) return current;
  for (const statement of migrations[current] ?? []) {
    await sql.raw(spokenBy(engine, statement)).execute(tx);
  }
  const version = current + 1;
  if (row === undefined) await tx.insertInto('schema_version').values({ version }).execute();
  else await tx.updateTable('schema_version').set({ version }).execute();
  return version;
}

/** The same statement in the words of `engine`. */
function spokenBy(engine: Engine, statement: string): string {
  if (engine === 'sqlite') return statement;
  return statement
    .replace(/\binteger primary key\b/g, 'bigint generated always as identity primary key')
    .replace(/\binteger\b/g, 'bigint')
    .replace(/\btext\b/g, 'text collate "C"');
}
