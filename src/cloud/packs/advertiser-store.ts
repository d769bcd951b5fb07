// All SQL of who advertises a pack version, and with which contents: the counts and names that a decision needs.
import type { ExpressionBuilder } from 'kysely';
import { fullReach, type Reach, type Scoped } from '../../protocol/scope.ts';
import { runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';
import type { Sql } from './store.ts';

type Advertisers = Schema & { rp: Schema['runner_packs']; r: Schema['runners'] };

export interface VersionRef {
  accountId: string;
  packId: string;
  version: string;
}

/** Every hash that anybody carries of this version, the most carried first. */
export async function selectAdvertisedHashes(
  sql: Sql,
  { accountId, packId, version }: VersionRef,
): Promise<string[]> {
  return (await countAdvertisers(sql, { accountId, reach: fullReach }, [packId]))
    .filter((count) => count.version === version)
    .toSorted((a, b) => Number(b.runners) - Number(a.runners) || (a.hash < b.hash ? -1 : 1))
    .map(({ hash }) => hash);
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

/**
 * Each action of one exact hash with each contract that runners advertise for it; more than one is a disagreement.
 * Bytes are trusted for everybody, so everybody counts: only names are limited to a reach.
 */
export async function selectContractsOfHash(
  sql: Sql,
  { reach = fullReach, ...of }: VersionRef & { hash: string; reach?: Reach },
): Promise<AdvertisedContract[]> {
  const offers = carriersOf(sql, { ...of, reach })
    .select(['rp.actions_digest', (eb) => eb.fn.min<string>('r.name').as('runner_name')])
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

/** Those that contradict another one about the same action. */
export function disputesOf(advertised: readonly AdvertisedContract[]): AdvertisedContract[] {
  return advertised.filter((one) =>
    advertised.some(
      (other) => one.action_id === other.action_id && one.contract_digest !== other.contract_digest,
    ),
  );
}

/** A page of runners in reach that carry any hash of this version, those with `firstHash` first. */
export async function selectAdvertisers(
  sql: Sql,
  of: Scoped & VersionRef & { firstHash: string | null; after: AdvertiserPosition | null; limit: number },
) {
  const { after } = of;
  const isOther = (eb: ExpressionBuilder<Advertisers, 'rp' | 'r'>) =>
    eb
      .case()
      .when('rp.hash', '=', of.firstHash ?? '')
      .then(0)
      .else(1)
      .end();
  let query = carriersOf(sql, of)
    .select(['r.id', 'r.name', 'r.group_name as group', 'rp.hash'])
    .select((eb) => isOther(eb).as('is_other'))
    .orderBy((eb) => isOther(eb))
    .orderBy('r.name')
    .limit(of.limit);
  if (after !== null) {
    query = query.where((eb) =>
      eb.or([
        eb(isOther(eb), '>', after.isOther),
        eb.and([eb(isOther(eb), '=', after.isOther), eb('r.name', '>', after.name)]),
      ]),
    );
  }
  return query.execute();
}

export interface AdvertiserPosition {
  isOther: number;
  name: string;
}

export async function countAdvertisersOf(sql: Sql, of: Scoped & VersionRef): Promise<number> {
  const row = await carriersOf(sql, of)
    .select((eb) => eb.fn.countAll<number>().as('runners'))
    .executeTakeFirstOrThrow();
  return Number(row.runners);
}

function carriersOf(sql: Sql, of: Scoped & VersionRef) {
  const runners = runnersInReach(sql, of);
  const carriers = sql
    .selectFrom('runner_packs as rp')
    .innerJoin('runners as r', 'r.id', 'rp.runner_id')
    .where('rp.account_id', '=', of.accountId)
    .where('rp.pack_id', '=', of.packId)
    .where('rp.version', '=', of.version);
  return runners === null ? carriers : carriers.where('r.id', 'in', runners);
}

export async function selectAdvertiserIds(
  sql: Sql,
  { accountId, packId, version }: VersionRef,
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
