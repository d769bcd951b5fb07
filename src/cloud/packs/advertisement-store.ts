// All SQL of what runners advertise: which packs and actions each one carries now. Only differences are
// written, because a fleet says the same again and again.
import type { Sql } from './store.ts';
import type { AdvertisedAction, Contract } from './contract.ts';

const ROWS_A_STATEMENT = 100;

export interface AdvertisedPack {
  packId: string;
  version: string;
  hash: string;
}

export interface RunnerRef {
  accountId: string;
  runnerId: string;
}

export async function selectRunnerPacks(sql: Sql, runnerId: string): Promise<AdvertisedPack[]> {
  const rows = await sql.selectFrom('runner_packs').selectAll().where('runner_id', '=', runnerId).execute();
  return rows.map((row) => ({ packId: row.pack_id, version: row.version, hash: row.hash }));
}

export async function upsertRunnerPacks(
  sql: Sql,
  { accountId, runnerId }: RunnerRef,
  packs: readonly AdvertisedPack[],
) {
  for (const { packId, version, hash } of packs) {
    await sql
      .insertInto('runner_packs')
      .values({ runner_id: runnerId, account_id: accountId, pack_id: packId, version, hash })
      .onConflict((conflict) => conflict.columns(['runner_id', 'pack_id']).doUpdateSet({ version, hash }))
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

/** Makes the stored actions of a runner those that it advertises; unchanged ones cost one read in all. */
export async function replaceRunnerActions(
  sql: Sql,
  runner: RunnerRef,
  actions: readonly AdvertisedAction[],
): Promise<void> {
  const stored = new Map(
    (
      await sql.selectFrom('runner_actions').selectAll().where('runner_id', '=', runner.runnerId).execute()
    ).map((row) => [row.action_id, row]),
  );
  const changed = actions.filter((action) => {
    const row = stored.get(action.id);
    stored.delete(action.id);
    return (
      row === undefined ||
      row.pack_id !== action.packId ||
      row.contract_digest !== action.contract.digest ||
      row.available !== (action.available ? 1 : 0) ||
      row.missing_executable !== action.missingExecutable
    );
  });
  await deleteRunnerActions(sql, runner.runnerId, [...stored.keys()]);
  await insertContracts(
    sql,
    changed.map((action) => action.contract),
  );
  for (let from = 0; from < changed.length; from += ROWS_A_STATEMENT) {
    await upsertRunnerActions(sql, runner, changed.slice(from, from + ROWS_A_STATEMENT));
  }
}

async function upsertRunnerActions(
  sql: Sql,
  { accountId, runnerId }: RunnerRef,
  actions: readonly AdvertisedAction[],
) {
  await sql
    .insertInto('runner_actions')
    .values(
      actions.map((action) => ({
        runner_id: runnerId,
        account_id: accountId,
        action_id: action.id,
        pack_id: action.packId,
        contract_digest: action.contract.digest,
        available: action.available ? (1 as const) : (0 as const),
        missing_executable: action.missingExecutable,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['runner_id', 'action_id']).doUpdateSet((eb) => ({
        pack_id: eb.ref('excluded.pack_id'),
        contract_digest: eb.ref('excluded.contract_digest'),
        available: eb.ref('excluded.available'),
        missing_executable: eb.ref('excluded.missing_executable'),
      })),
    )
    .execute();
}

async function deleteRunnerActions(sql: Sql, runnerId: string, actionIds: readonly string[]): Promise<void> {
  for (let from = 0; from < actionIds.length; from += 500) {
    await sql
      .deleteFrom('runner_actions')
      .where('runner_id', '=', runnerId)
      .where('action_id', 'in', actionIds.slice(from, from + 500))
      .execute();
  }
}

export async function deleteAllOfRunner(sql: Sql, runnerId: string): Promise<void> {
  await sql.deleteFrom('runner_actions').where('runner_id', '=', runnerId).execute();
  await sql.deleteFrom('runner_packs').where('runner_id', '=', runnerId).execute();
}

/** What stands between an action and its hand-over on one runner. */
export interface OfferRow {
  runner_id: string;
  action_id: string;
  pack_id: string;
  version: string;
  hash: string;
  contract_digest: string;
  available: 0 | 1;
  missing_executable: string | null;
  pack_version_id: string | null;
  trusted_hash: string | null;
  trusted_contracts: string | null;
}

/** Advertised actions with the trust in their pack: of some runners, of one action or of all. */
export async function selectOffers(
  sql: Sql,
  of: { accountId: string; runnerIds: readonly string[]; actionId: string | null },
): Promise<OfferRow[]> {
  const offers: OfferRow[] = [];
  for (let from = 0; from < of.runnerIds.length; from += 500) {
    let query = sql
      .selectFrom('runner_actions as ra')
      .innerJoin('runner_packs as rp', (join) =>
        join.onRef('rp.runner_id', '=', 'ra.runner_id').onRef('rp.pack_id', '=', 'ra.pack_id'),
      )
      .leftJoin('pack_versions as pv', (join) =>
        join
          .onRef('pv.account_id', '=', 'rp.account_id')
          .onRef('pv.pack_id', '=', 'rp.pack_id')
          .onRef('pv.version', '=', 'rp.version'),
      )
      .select([
        ...(['ra.runner_id', 'ra.action_id', 'ra.pack_id', 'ra.contract_digest', 'ra.available'] as const),
        ...([
          'ra.missing_executable',
          'rp.version',
          'rp.hash',
          'pv.trusted_hash',
          'pv.trusted_contracts',
        ] as const),
        'pv.id as pack_version_id',
      ])
      .where('ra.account_id', '=', of.accountId)
      .where('ra.runner_id', 'in', of.runnerIds.slice(from, from + 500))
      .orderBy('ra.action_id');
    if (of.actionId !== null) query = query.where('ra.action_id', '=', of.actionId);
    offers.push(...(await query.execute()));
  }
  return offers;
}

/** Each action with each of its contracts, whoever advertises it. */
export function selectAdvertised(sql: Sql, accountId: string) {
  return sql
    .selectFrom('runner_actions')
    .select(['action_id', 'pack_id', 'contract_digest'])
    .distinct()
    .where('account_id', '=', accountId)
    .execute();
}

/** The same, with who advertises it. */
export function selectAdvertisedByRunner(sql: Sql, accountId: string) {
  return sql
    .selectFrom('runner_actions as ra')
    .innerJoin('runners as r', 'r.id', 'ra.runner_id')
    .select(['ra.action_id', 'ra.pack_id', 'ra.contract_digest', 'r.id', 'r.group_name as group'])
    .where('ra.account_id', '=', accountId)
    .execute();
}
