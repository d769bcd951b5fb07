// All SQL of pack versions: the records of trust, and the counts and contents that a decision needs.
// What each runner advertises is written by advertisement-store.ts.
import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import type { TrustRecord, TrustState } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { packVersionsInReach, runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

export type Sql = Kysely<Schema>;
export type PackVersionRow = Selectable<Schema['pack_versions']>;

export interface PackVersionFilter {
  ids?: readonly string[];
  state?: TrustState;
  packId?: string;
}

/** Rows of an account, what waits for a decision first, then by pack and version. */
export async function selectPackVersions(
  sql: Sql,
  asked: Scoped,
  filter: PackVersionFilter,
): Promise<PackVersionRow[]> {
  let query = packVersionsInReach(sql, asked).selectAll('pack_versions');
  if (filter.ids) query = query.where('id', 'in', [...filter.ids]);
  if (filter.state) query = query.where('state', '=', filter.state);
  if (filter.packId !== undefined) query = query.where('pack_id', '=', filter.packId);
  return query
    .orderBy((eb) => eb.case().when('state', '=', 'pending').then(0).else(1).end())
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

export async function selectAutoTrust(sql: Sql, accountId: string) {
  const account = await sql
    .selectFrom('accounts')
    .select('pack_auto_trust')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return account.pack_auto_trust;
}

export interface NewPackVersion {
  id: string;
  accountId: string;
  packId: string;
  version: string;
  record: TrustRecord;
  trustedContracts: readonly string[] | null;
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

function isStill(
  is: ExpressionBuilder<Schema, 'pack_versions'>,
  column: 'pending_hash' | 'trusted_hash',
  hash: string | null,
) {
  return hash === null ? is(column, 'is', null) : is(column, '=', hash);
}

/** How many runners in reach carry which hash of which version. */
export async function countAdvertisers(sql: Sql, asked: Scoped, packIds: readonly string[]) {
  if (packIds.length === 0) return [];
  const runners = runnersInReach(sql, asked);
  const counted = sql
    .selectFrom('runner_packs')
    .select(['pack_id', 'version', 'hash', (eb) => eb.fn.countAll<number>().as('runners')])
    .where('account_id', '=', asked.accountId)
    .where('pack_id', 'in', [...packIds])
    .groupBy(['pack_id', 'version', 'hash']);
  return (runners === null ? counted : counted.where('runner_id', 'in', runners)).execute();
}

/** How many actions each advertised hash holds; asked only for packs that nobody trusts yet. */
export async function countAdvertisedActions(sql: Sql, accountId: string, packIds: readonly string[]) {
  if (packIds.length === 0) return [];
  // A fleet mostly offers the same: what differs is counted, not who says it.
  const offers = sql
    .selectFrom('runner_packs')
    .select(['pack_id', 'version', 'hash', 'actions_digest'])
    .distinct()
    .where('account_id', '=', accountId)
    .where('pack_id', 'in', [...packIds]);
  return sql
    .selectFrom(offers.as('offer'))
    .innerJoin('action_sets as offered', 'offered.digest', 'offer.actions_digest')
    .select([
      'offer.pack_id',
      'offer.version',
      'offer.hash',
      (eb) => eb.fn.count<number>('offered.action_id').distinct().as('actions'),
    ])
    .groupBy(['offer.pack_id', 'offer.version', 'offer.hash'])
    .execute();
}

export interface AdvertisedContract {
  action_id: string;
  contract_digest: string;
  /** One of the runners that say so. */
  runner_name: string;
}

/** Each action of one exact hash with each contract that runners advertise for it; more than one is a disagreement. */
export async function selectContractsOfHash(
  sql: Sql,
  of: { accountId: string; packId: string; version: string; hash: string },
): Promise<AdvertisedContract[]> {
  const offers = sql
    .selectFrom('runner_packs as rp')
    .innerJoin('runners as r', 'r.id', 'rp.runner_id')
    .select(['rp.actions_digest', (eb) => eb.fn.min<string>('r.name').as('runner_name')])
    .where('rp.account_id', '=', of.accountId)
    .where('rp.pack_id', '=', of.packId)
    .where('rp.version', '=', of.version)
    .where('rp.hash', '=', of.hash)
    .groupBy('rp.actions_digest');
  return sql
    .selectFrom(offers.as('offer'))
    .innerJoin('action_sets as offered', 'offered.digest', 'offer.actions_digest')
    .select([
      'offered.action_id',
      'offered.contract_digest',
      (eb) => eb.fn.min<string>('offer.runner_name').as('runner_name'),
    ])
    .groupBy(['offered.action_id', 'offered.contract_digest'])
    .orderBy('offered.action_id')
    .orderBy('offered.contract_digest')
    .execute();
}

export async function selectContracts(sql: Sql, digests: readonly string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (let from = 0; from < digests.length; from += 500) {
    const rows = await sql
      .selectFrom('contracts')
      .selectAll()
      .where('digest', 'in', digests.slice(from, from + 500))
      .execute();
    for (const row of rows) texts.set(row.digest, row.descriptor);
  }
  return texts;
}

/** Runners in reach that carry any hash of this version, those with `firstHash` first. */
export async function selectAdvertisers(
  sql: Sql,
  of: Scoped & { packId: string; version: string; firstHash: string | null; limit: number },
) {
  const runners = runnersInReach(sql, of);
  const carriers = sql
    .selectFrom('runner_packs as rp')
    .innerJoin('runners as r', 'r.id', 'rp.runner_id')
    .select(['r.id', 'r.name', 'r.group_name as group', 'rp.hash'])
    .where('rp.account_id', '=', of.accountId)
    .where('rp.pack_id', '=', of.packId)
    .where('rp.version', '=', of.version)
    .orderBy((eb) =>
      eb
        .case()
        .when('rp.hash', '=', of.firstHash ?? '')
        .then(0)
        .else(1)
        .end(),
    )
    .orderBy('r.name')
    .limit(of.limit);
  return (runners === null ? carriers : carriers.where('r.id', 'in', runners)).execute();
}

export async function selectAdvertiserIds(
  sql: Sql,
  accountId: string,
  packId: string,
  version: string,
): Promise<string[]> {
  const rows = await sql
    .selectFrom('runner_packs')
    .select('runner_id')
    .where('account_id', '=', accountId)
    .where('pack_id', '=', packId)
    .where('version', '=', version)
    .execute();
  return rows.map((row) => row.runner_id);
}
