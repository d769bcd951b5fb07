// SQL of a runner's record: registration, sessions, verbs. Every change is one conditional statement.
import { reachesRunner, type Scoped } from '../../protocol/scope.ts';
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { HostFacts } from './host-text.ts';

export type Reader = Kysely<Schema> | Transaction<Schema>;
type Writer = Transaction<Schema>;

export function findByExternalId(db: Reader, accountId: string, externalId: string) {
  return db
    .selectFrom('runners')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('external_id', '=', externalId)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
}

export function findById(db: Reader, id: string) {
  return db.selectFrom('runners').selectAll().where('id', '=', id).executeTakeFirst();
}

/** By id or exact name; undefined for what does not exist or is out of reach. */
export async function findByReference(db: Reader, { accountId, reach }: Scoped, reference: string) {
  const live = db
    .selectFrom('runners')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null);
  const byId = await live.where('id', '=', reference).executeTakeFirst();
  const found = byId ?? (await live.where('name', '=', reference).executeTakeFirst());
  return found && reachesRunner(reach, { id: found.id, group: found.group_name }) ? found : undefined;
}

export type LiveRunner = Awaited<ReturnType<typeof selectLive>>[number];

/** All that are not deleted, by group and name. */
export function selectLive(db: Reader, accountId: string) {
  return db
    .selectFrom('runners')
    .select(['id', 'name', 'group_name', 'labels', 'connected'])
    .select(['held_at', 'disabled_at', 'revoked_at'])
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .orderBy('group_name')
    .orderBy('name')
    .execute();
}

export interface NewRunner {
  id: string;
  accountId: string;
  externalId: string;
  name: string;
  group: string;
  hostname: string;
  labels: Record<string, string>;
  version: string;
  at: number;
  keyId: string;
  recoverableUntil: number | null;
  address: string;
}

/** False when another live runner has the name or the identity. */
export async function insert(db: Writer, runner: NewRunner): Promise<boolean> {
  const done = await db
    .insertInto('runners')
    .values({
      id: runner.id,
      account_id: runner.accountId,
      external_id: runner.externalId,
      name: runner.name,
      group_name: runner.group,
      hostname: runner.hostname,
      labels: JSON.stringify(runner.labels),
      version: runner.version,
      registered_at: runner.at,
      bootstrap_key_id: runner.keyId,
      recoverable_until: runner.recoverableUntil,
      reenrolled_at: null,
      disabled_at: null,
      revoked_at: null,
      deleted_at: null,
      last_connected_at: null,
      last_disconnected_at: null,
      last_disconnect_reason: null,
      last_heartbeat_at: null,
      last_address: runner.address,
      epoch: 0,
      connected: 0,
      exits_on_disable: 0,
      signed_only: 0,
      degraded_packs: '[]',
      catalogue_digest: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

/** Takes an identity over with a fresh key; false when the runner is connected or gone. */
export async function reenroll(
  db: Writer,
  id: string,
  change: { keyId: string; at: number; marked: boolean; recoverableUntil: number | null },
): Promise<boolean> {
  const done = await db
    .updateTable('runners')
    .set({
      bootstrap_key_id: change.keyId,
      recoverable_until: change.recoverableUntil,
      revoked_at: null,
      ...(change.marked ? { reenrolled_at: change.at } : {}),
    })
    .where('id', '=', id)
    .where('connected', '=', 0)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Raises the epoch for a new session; null when the runner was ended meanwhile. */
export async function claim(
  db: Writer,
  id: string,
  session: { address: string; exitsOnDisable: boolean; nodeId: string | null },
): Promise<number | null> {
  const row = await db
    .updateTable('runners')
    .set((is) => ({
      epoch: is('epoch', '+', 1),
      connected: 1 as const,
      node_id: session.nodeId,
      exits_on_disable: session.exitsOnDisable ? (1 as const) : (0 as const),
      last_address: session.address,
      recoverable_until: null,
    }))
    .where('id', '=', id)
    .where('disabled_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('deleted_at', 'is', null)
    .returning('epoch')
    .executeTakeFirst();
  return row?.epoch ?? null;
}

/** Writes what the host says of itself; null when a newer session holds the runner. */
export async function writeFacts(
  db: Writer,
  session: { runnerId: string; epoch: number },
  facts: HostFacts,
  at: { now: number; connectedAt: number | null },
) {
  return db
    .updateTable('runners')
    .set({
      version: facts.version,
      labels: JSON.stringify(facts.labels),
      signed_only: facts.signedOnly ? 1 : 0,
      degraded_packs: JSON.stringify(facts.degraded),
      last_heartbeat_at: at.now,
      ...(facts.hostname === null ? {} : { hostname: facts.hostname }),
      ...(facts.group === null ? {} : { group_name: facts.group }),
      ...(at.connectedAt === null ? {} : { last_connected_at: at.connectedAt }),
    })
    .where('id', '=', session.runnerId)
    .where('epoch', '=', session.epoch)
    .where('connected', '=', 1)
    .returning(['name', 'group_name', 'version', 'catalogue_digest'])
    .executeTakeFirst();
}

/** Notes which advertisement was taken in; false when a newer session holds the runner. */
export async function writeCatalogueDigest(
  db: Writer,
  session: { runnerId: string; epoch: number },
  digest: string,
): Promise<boolean> {
  const done = await db
    .updateTable('runners')
    .set({ catalogue_digest: digest })
    .where('id', '=', session.runnerId)
    .where('epoch', '=', session.epoch)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Ends a session in the record; undefined when a newer one holds the runner or it ended before. */
export async function release(
  db: Writer,
  session: { runnerId: string; epoch: number; reason: string; at: number; heardAt: number | null },
) {
  return db
    .updateTable('runners')
    .set({
      connected: 0,
      last_disconnected_at: session.at,
      last_disconnect_reason: session.reason,
      ...(session.heardAt === null ? {} : { last_heartbeat_at: session.heardAt }),
    })
    .where('id', '=', session.runnerId)
    .where('epoch', '=', session.epoch)
    .where('connected', '=', 1)
    .returning(['name', 'account_id'])
    .executeTakeFirst();
}

/** Sessions that no living node holds: none of them is open any more. */
export async function voidSessions(db: Writer, at: number, living: readonly string[]) {
  return db
    .updateTable('runners')
    .set({ connected: 0, last_disconnected_at: at, last_disconnect_reason: 'server_stopped' })
    .where('connected', '=', 1)
    .$if(living.length > 0, (query) =>
      query.where((is) => is.or([is('node_id', 'is', null), is('node_id', 'not in', [...living])])),
    )
    .returning(['id', 'name', 'account_id'])
    .execute();
}

/** Holds it, or releases it when `at` is null; false when it was so before. Its session goes on. */
export async function markHeld(db: Writer, id: string, at: number | null): Promise<boolean> {
  const done = await db
    .updateTable('runners')
    .set({ held_at: at })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .where('held_at', at === null ? 'is not' : 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

type Mark = 'disabled_at' | 'revoked_at';

/** Sets or clears the mark and ends the session in the record; false when it was so before. */
export async function mark(
  db: Writer,
  id: string,
  column: Mark,
  value: number | null,
  now: number,
): Promise<boolean> {
  const done = await db
    .updateTable('runners')
    .set({ [column]: value, ...(value === null ? {} : { recoverable_until: null }) })
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .where(column, value === null ? 'is not' : 'is', null)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n) return false;
  if (value !== null) {
    await db
      .updateTable('runners')
      .set({
        connected: 0,
        last_disconnected_at: now,
        last_disconnect_reason: column === 'disabled_at' ? 'runner_disabled' : 'runner_revoked',
      })
      .where('id', '=', id)
      .where('connected', '=', 1)
      .execute();
  }
  return true;
}

/** False when it is connected, was so since `offlineSince`, or was deleted before. */
export async function markDeleted(
  db: Writer,
  id: string,
  at: number,
  offlineSince?: number,
): Promise<boolean> {
  let update = db
    .updateTable('runners')
    .set({ deleted_at: at, recoverable_until: null })
    .where('id', '=', id)
    .where('connected', '=', 0)
    .where('deleted_at', 'is', null);
  if (offlineSince !== undefined) update = update.where('last_disconnected_at', '<=', offlineSince);
  return (await update.executeTakeFirst()).numUpdatedRows === 1n;
}

export async function writeHeartbeat(db: Writer, runnerId: string, heardAt: number) {
  await db.updateTable('runners').set({ last_heartbeat_at: heardAt }).where('id', '=', runnerId).execute();
}
