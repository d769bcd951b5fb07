// A reach as a condition of SQL: which runners it means, without reading any of them first.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { PackReach, RunnerReach } from '../../protocol/scope.ts';
import type { Schema } from './schema.ts';

type RunnerColumns = ExpressionBuilder<Schema, 'runners'>;

/** For a query over `runners`. Nothing is reached by an empty list. */
export function runnerInReach(eb: RunnerColumns, reach: RunnerReach): Expression<SqlBool> {
  if (reach === 'all') return eb.lit(true);
  if (reach === 'none') return eb.lit(false);
  if ('every' in reach) return eb.and(reach.every.map((one) => runnerInReach(eb, one)));
  return eb.or([
    ...(reach.runners.size > 0 ? [eb('runners.id', 'in', [...reach.runners])] : []),
    ...(reach.groups.size > 0 ? [eb('runners.group_name', 'in', [...reach.groups])] : []),
  ]);
}

/** Pack ids that are reached; null for every one. An id that no pack has keeps the list from being empty. */
export function packIdsOf(reach: PackReach): string[] | null {
  return reach === 'all' ? null : ['', ...reach];
}
