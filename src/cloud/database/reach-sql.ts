// A reach as a condition of SQL: which runners and packs it means, without reading any of them first.
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { PackReach, RunnerReach, Scoped } from '../../protocol/scope.ts';
import type { Schema } from './schema.ts';

type RunnerColumns = ExpressionBuilder<Schema, 'runners'>;

/** Ids of runners in reach, deleted ones among them, as a subquery; null when every one is. */
export function runnersInReach(sql: Kysely<Schema>, { accountId, reach: { runners } }: Scoped) {
  if (runners === 'all') return null;
  return sql
    .selectFrom('runners')
    .select('runners.id')
    .where('runners.account_id', '=', accountId)
    .where((eb) => inReach(eb, runners));
}

function inReach(eb: RunnerColumns, reach: RunnerReach): Expression<SqlBool> {
  if (reach === 'all') return eb.lit(true);
  if (reach === 'none') return eb.lit(false);
  if ('every' in reach) return eb.and(reach.every.map((one) => inReach(eb, one)));
  return eb.or([
    ...(reach.runners.size > 0 ? [eb('runners.id', 'in', [...reach.runners])] : []),
    ...(reach.groups.size > 0 ? [eb('runners.group_name', 'in', [...reach.groups])] : []),
  ]);
}

/** Pack ids in reach; null when every one is. An id that no pack has keeps the list from being empty. */
export function packsInReach(reach: PackReach): string[] | null {
  return reach === 'all' ? null : ['', ...reach];
}

/** Pack versions in reach: of a pack that is, and carried by a runner that is. */
export function packVersionsInReach(sql: Kysely<Schema>, asked: Scoped) {
  const { accountId, reach } = asked;
  let query = sql.selectFrom('pack_versions').where('pack_versions.account_id', '=', accountId);
  const packs = packsInReach(reach.packs);
  if (packs !== null) query = query.where('pack_versions.pack_id', 'in', packs);
  const runners = runnersInReach(sql, asked);
  if (runners === null) return query;
  return query.where((eb) =>
    eb.exists(
      eb
        .selectFrom('runner_packs')
        .select('runner_packs.runner_id')
        .whereRef('runner_packs.account_id', '=', 'pack_versions.account_id')
        .whereRef('runner_packs.pack_id', '=', 'pack_versions.pack_id')
        .whereRef('runner_packs.version', '=', 'pack_versions.version')
        .where('runner_packs.runner_id', 'in', runners),
    ),
  );
}

/** Runs on runners in reach, of packs in reach. */
export function runsInReach(sql: Kysely<Schema>, asked: Scoped) {
  let query = sql.selectFrom('runs').where('runs.account_id', '=', asked.accountId);
  const runners = runnersInReach(sql, asked);
  if (runners !== null) query = query.where('runs.runner_id', 'in', runners);
  const packs = packsInReach(asked.reach.packs);
  return packs === null ? query : query.where('runs.pack_id', 'in', packs);
}
