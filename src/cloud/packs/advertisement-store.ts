// All SQL of what runners advertise: which packs each one carries now, and what it offers of them. Only
// differences are written, because a fleet says the same again and again.
import type { Scoped } from '../../protocol/scope.ts';
import { packsInReach, runnersInReach } from '../database/reach-sql.ts';
import type { ActionSet, Contract } from './contract.ts';
import type { Sql } from './store.ts';

const ROWS_A_STATEMENT = 100;

export interface AdvertisedPack {
  packId: string;
  version: string;
  hash: string;
}

/** The same, with the name of what the runner offers of it. */
export interface CarriedPack extends AdvertisedPack {
  actionsDigest: string;
}

export interface RunnerRef {
  accountId: string;
  runnerId: string;
}

export async function selectRunnerPacks(sql: Sql, runnerId: string): Promise<CarriedPack[]> {
  const rows = await sql.selectFrom('runner_packs').selectAll().where('runner_id', '=', runnerId).execute();
  return rows.map((row) => ({
    packId: row.pack_id,
    version: row.version,
    hash: row.hash,
    actionsDigest: row.actions_digest,
  }));
}

export async function upsertRunnerPacks(
  sql: Sql,
  { accountId, runnerId }: RunnerRef,
  packs: readonly CarriedPack[],
) {
  for (const { packId, version, hash, actionsDigest: actions_digest } of packs) {
    await sql
      .insertInto('runner_packs')
      .values({ runner_id: runnerId, account_id: accountId, pack_id: packId, version, hash, actions_digest })
      .onConflict((conflict) =>
        conflict.columns(['runner_id', 'pack_id']).doUpdateSet({ version, hash, actions_digest }),
      )
      .execute();
  }
}

export async function deleteRunnerPacks(
  sql: Sql,
  runnerId: string,
  packIds: readonly string[],
): Promise<void> {
  if (packIds.length === 0) return;
  await sql
    .deleteFrom('runner_packs')
    .where('runner_id', '=', runnerId)
    .where('pack_id', 'in', [...packIds])
    .execute();
}

export async function insertContracts(sql: Sql, contracts: readonly Contract[]): Promise<void> {
  const unique = [...new Map(contracts.map((contract) => [contract.digest, contract])).values()];
  for (let from = 0; from < unique.length; from += ROWS_A_STATEMENT) {
    const rows = unique.slice(from, from + ROWS_A_STATEMENT);
    await sql
      .insertInto('contracts')
      .values(rows.map(({ digest, text }) => ({ digest, descriptor: text })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
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

/** Stores those sets that no host offered before. */
export async function insertActionSets(sql: Sql, sets: readonly ActionSet[]): Promise<void> {
  const unknown = new Map(sets.map((set) => [set.digest, set]));
  if (unknown.size === 0) return;
  const known = await sql
    .selectFrom('action_sets')
    .select('digest')
    .distinct()
    .where('digest', 'in', [...unknown.keys()])
    .execute();
  for (const { digest } of known) unknown.delete(digest);
  const fresh = [...unknown.values()];
  await insertContracts(
    sql,
    fresh.flatMap(({ actions }) => actions.map(({ contract }) => contract)),
  );
  const rows = fresh.flatMap(({ digest, actions }) =>
    actions.map(({ id, contract, available, missingExecutable }) => ({
      digest,
      action_id: id,
      contract_digest: contract.digest,
      available: available ? (1 as const) : (0 as const),
      missing_executable: missingExecutable,
    })),
  );
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    const some = rows.slice(from, from + ROWS_A_STATEMENT);
    await sql
      .insertInto('action_sets')
      .values(some)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

export async function deleteAllOfRunner(sql: Sql, runnerId: string): Promise<void> {
  await sql.deleteFrom('runner_packs').where('runner_id', '=', runnerId).execute();
}

/** What stands between an action and its hand-over on one runner. */
export type OfferRow = Awaited<ReturnType<typeof selectSomeOffers>>[number];

const MAX_LISTED_IDS = 500;

const carriedColumns = [
  'runner_packs.runner_id',
  'runner_packs.pack_id',
  'runner_packs.version',
  'runner_packs.hash',
  'runner_packs.actions_digest',
] as const;

/** What these runners carry, with the name of the words that said so: at most five hundred of them. */
export function selectCarried(sql: Sql, runnerIds: readonly string[]) {
  return sql
    .selectFrom('runner_packs')
    .innerJoin('runners', 'runners.id', 'runner_packs.runner_id')
    .select([...carriedColumns, 'runners.catalogue_digest'])
    .where('runner_packs.runner_id', 'in', ['', ...runnerIds])
    .execute();
}

export type TrustRow = Awaited<ReturnType<typeof selectTrust>>[number];

/** What trust says of every version of an account. */
export function selectTrust(sql: Sql, accountId: string) {
  return sql
    .selectFrom('pack_versions')
    .select(['id', 'pack_id', 'version', 'trusted_hash', 'trusted_contracts'])
    .select(['retired_at', 'retirement_overridden_at'])
    .where('account_id', '=', accountId)
    .execute();
}

function selectSomeOffers(
  sql: Sql,
  of: { accountId: string; runnerIds: readonly string[]; actionId: string | null },
) {
  const some = sql
    .selectFrom('runner_packs as rp')
    .leftJoin('pack_versions as pv', (join) =>
      join
        .onRef('pv.account_id', '=', 'rp.account_id')
        .onRef('pv.pack_id', '=', 'rp.pack_id')
        .onRef('pv.version', '=', 'rp.version'),
    )
    .innerJoin('action_sets as offered', 'offered.digest', 'rp.actions_digest')
    .select([
      ...(['rp.runner_id', 'rp.pack_id', 'rp.version', 'rp.hash'] as const),
      ...(['pv.trusted_hash', 'pv.trusted_contracts'] as const),
      ...(['pv.retired_at', 'pv.retirement_overridden_at'] as const),
      ...(['offered.action_id', 'offered.contract_digest'] as const),
      ...(['offered.available', 'offered.missing_executable'] as const),
      'pv.id as pack_version_id',
    ])
    .where('rp.account_id', '=', of.accountId)
    .where('rp.runner_id', 'in', [...of.runnerIds])
    .orderBy('offered.action_id');
  return of.actionId === null ? some.execute() : some.where('offered.action_id', '=', of.actionId).execute();
}

/** Advertised actions with the trust in their pack: of some runners, of one action or of all. */
export async function selectOffers(
  sql: Sql,
  of: { accountId: string; runnerIds: readonly string[]; actionId: string | null },
): Promise<OfferRow[]> {
  const offers: OfferRow[] = [];
  for (let from = 0; from < of.runnerIds.length; from += MAX_LISTED_IDS) {
    const runnerIds = of.runnerIds.slice(from, from + MAX_LISTED_IDS);
    offers.push(...(await selectSomeOffers(sql, { ...of, runnerIds })));
  }
  return offers;
}

/** Every set in which this action is offered, whoever offers it. */
export function selectSetsWith(sql: Sql, actionId: string) {
  return sql.selectFrom('action_sets').selectAll().where('action_id', '=', actionId).execute();
}

/** Who in reach carries a pack with this action. */
export function selectCarriersOf(sql: Sql, asked: Scoped, actionId: string) {
  // By the sets and not joined with them: the other way round every pack of every runner would be looked at.
  const sets = sql.selectFrom('action_sets').select('digest').where('action_id', '=', actionId);
  let carried = sql
    .selectFrom('runner_packs')
    .select(carriedColumns)
    .where('account_id', '=', asked.accountId)
    .where('actions_digest', 'in', sets);
  const runners = runnersInReach(sql, asked);
  const packs = packsInReach(asked.reach.packs);
  if (runners !== null) carried = carried.where('runner_id', 'in', runners);
  if (packs !== null) carried = carried.where('pack_id', 'in', packs);
  return carried.execute();
}

/** Sets by their names, action by action. */
export function selectActionSets(sql: Sql, digests: readonly string[]) {
  return sql
    .selectFrom('action_sets')
    .selectAll()
    .where('digest', 'in', ['', ...digests])
    .execute();
}

/** Each action in reach with each of its contracts, whoever advertises it. */
export function selectAdvertised(sql: Sql, asked: Scoped) {
  const runners = runnersInReach(sql, asked);
  const packs = packsInReach(asked.reach.packs);
  let carried = sql
    .selectFrom('runner_packs')
    .select('actions_digest')
    .where('account_id', '=', asked.accountId);
  if (runners !== null) carried = carried.where('runner_id', 'in', runners);
  if (packs !== null) carried = carried.where('pack_id', 'in', packs);
  return sql
    .selectFrom('action_sets')
    .select(['action_id', 'contract_digest'])
    .distinct()
    .where('digest', 'in', carried)
    .execute();
}
