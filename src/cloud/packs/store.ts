// All SQL of pack versions: the records of trust. Who advertises them is advertiser-store.ts, what each runner
// says is written by advertisement-store.ts.
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import type { PackVersionState, TrustRecord } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { packVersionsInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

export type Sql = Kysely<Schema>;
export type PackVersionRow = Selectable<Schema['pack_versions']>;

export interface PackVersionFilter {
  ids?: readonly string[];
  state?: PackVersionState;
  packId?: string;
}

// Word for word what protocol/pack-trust.ts calls blocked by retirement, of what is trusted.
function isRetired(is: ExpressionBuilder<Schema, 'pack_versions'>) {
  return is.and([
    is('state', '=', 'trusted'),
    is('retired_at', 'is not', null),
    is('retirement_overridden_at', 'is', null),
  ]);
}

/** Rows of an account, what waits for a decision first, then by pack and version. */
export async function selectPackVersions(
  sql: Sql,
  asked: Scoped,
  filter: PackVersionFilter,
): Promise<PackVersionRow[]> {
  let query = packVersionsInReach(sql, asked).selectAll('pack_versions');
  if (filter.ids) query = query.where('id', 'in', [...filter.ids]);
  if (filter.state === 'retired') query = query.where(isRetired);
  else if (filter.state === 'trusted')
    query = query.where('state', '=', 'trusted').where((is) => is.not(isRetired(is)));
  else if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.packId !== undefined) query = query.where('pack_id', '=', filter.packId);
  return query
    .orderBy((is) =>
      is.case().when('state', '=', 'pending').then(0).when(isRetired(is)).then(1).else(2).end(),
    )
    .orderBy('pack_id')
    .orderBy('version')
    .execute();
}

export async function selectPackVersionsOf(
  sql: Sql,
  accountId: string,
  packIds: readonly string[],
): Promise<PackVersionRow[]> {
  if (packIds.length === 0) return [];
  return sql
    .selectFrom('pack_versions')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('pack_id', 'in', [...packIds])
    .execute();
}

/** By id, or by `pack@version`. */
export async function selectPackVersion(
  sql: Sql,
  asked: Scoped,
  reference: string,
): Promise<PackVersionRow | undefined> {
  const query = packVersionsInReach(sql, asked).selectAll('pack_versions');
  const at = reference.lastIndexOf('@');
  if (at <= 0) return query.where('id', '=', reference).executeTakeFirst();
  return query
    .where('pack_id', '=', reference.slice(0, at))
    .where('version', '=', reference.slice(at + 1))
    .executeTakeFirst();
}

export interface NewPackVersion {
  id: string;
  accountId: string;
  packId: string;
  version: string;
  record: TrustRecord;
  trustedContracts: readonly string[] | null;
  isRetired: boolean;
  now: number;
}

export async function insertPackVersion(sql: Sql, fresh: NewPackVersion): Promise<void> {
  await sql
    .insertInto('pack_versions')
    .values({
      id: fresh.id,
      account_id: fresh.accountId,
      pack_id: fresh.packId,
      version: fresh.version,
      state: fresh.record.state,
      trusted_hash: fresh.record.trustedHash,
      pending_hash: fresh.record.pendingHash,
      trusted_contracts: fresh.trustedContracts && JSON.stringify(fresh.trustedContracts),
      first_seen_at: fresh.now,
      last_seen_at: fresh.now,
      decided_at: null,
      decided_by: null,
      refused_hashes: JSON.stringify(fresh.record.refusedHashes),
      retired_at: fresh.isRetired ? fresh.now : null,
    })
    .execute();
}

export async function touchPackVersions(sql: Sql, ids: readonly string[], now: number): Promise<void> {
  if (ids.length === 0) return;
  await sql
    .updateTable('pack_versions')
    .set({ last_seen_at: now })
    .where('id', 'in', [...ids])
    .execute();
}

/** Remembers another hash that was seen. */
export async function markPending(sql: Sql, id: string, record: TrustRecord): Promise<void> {
  await sql
    .updateTable('pack_versions')
    .set({ state: record.state, pending_hash: record.pendingHash })
    .where('id', '=', id)
    .execute();
}

export interface DecidedRecord {
  record: TrustRecord;
  /** Left as they are when undefined. */
  trustedContracts?: readonly string[] | null;
  /** What was overridden before is not any more. */
  endsOverride: boolean;
  decidedAt: number;
  decidedBy: string;
}

/** Writes a decision only while the record still is what it was decided on; true when it took effect. */
export async function decidePackVersion(
  sql: Sql,
  before: PackVersionRow,
  decided: DecidedRecord,
): Promise<boolean> {
  const result = await sql
    .updateTable('pack_versions')
    .set({
      state: decided.record.state,
      trusted_hash: decided.record.trustedHash,
      pending_hash: decided.record.pendingHash,
      decided_at: decided.decidedAt,
      decided_by: decided.decidedBy,
      refused_hashes: JSON.stringify(decided.record.refusedHashes),
      ...(decided.endsOverride && { retirement_overridden_at: null, retirement_overridden_by: null }),
      ...(decided.trustedContracts !== undefined && {
        trusted_contracts: decided.trustedContracts && JSON.stringify(decided.trustedContracts),
      }),
    })
    .where('id', '=', before.id)
    .where((is) => isStill(is, 'pending_hash', before.pending_hash))
    .where((is) => isStill(is, 'trusted_hash', before.trusted_hash))
    .where('state', '=', before.state)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Lets it run though it is retired, while it still is what was decided on; true when it took effect. */
export async function overrideVersion(
  sql: Sql,
  before: PackVersionRow,
  by: { at: number; label: string },
): Promise<boolean> {
  const result = await sql
    .updateTable('pack_versions')
    .set({ retirement_overridden_at: by.at, retirement_overridden_by: by.label })
    .where('id', '=', before.id)
    .where(isRetired)
    .where('trusted_hash', '=', before.trusted_hash)
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

function isStill(
  is: ExpressionBuilder<Schema, 'pack_versions'>,
  column: 'pending_hash' | 'trusted_hash',
  hash: string | null,
) {
  return hash === null ? is(column, 'is', null) : is(column, '=', hash);
}

/** Versions of these packs, of every account. */
export async function selectCatalogued(sql: Sql, packIds: readonly string[]): Promise<PackVersionRow[]> {
  return sql
    .selectFrom('pack_versions')
    .selectAll()
    .where('pack_id', 'in', ['', ...packIds])
    .execute();
}

/** What was overridden before was another retirement. */
export async function markRetired(sql: Sql, id: string, at: number | null): Promise<void> {
  await sql
    .updateTable('pack_versions')
    .set({ retired_at: at, retirement_overridden_at: null, retirement_overridden_by: null })
    .where('id', '=', id)
    .execute();
}

/** Trusts what waits, without a person. */
export async function trustPublished(
  sql: Sql,
  id: string,
  { hash, digests }: { hash: string; digests: readonly string[] },
): Promise<void> {
  await sql
    .updateTable('pack_versions')
    .set({
      state: 'trusted',
      trusted_hash: hash,
      pending_hash: null,
      trusted_contracts: JSON.stringify(digests),
    })
    .where('id', '=', id)
    .execute();
}
