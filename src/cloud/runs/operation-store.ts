// All SQL of operations: what one dispatch asked for, and whose turn it is.
import { sql as raw, type Insertable } from 'kysely';
import type { Scoped } from '../../protocol/scope.ts';
import { runnersInReach, runsInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';
import type { RunRow } from './run-parts.ts';
import type { Sql } from './store.ts';

export async function insertOperation(sql: Sql, operation: Insertable<Schema['operations']>): Promise<void> {
  await sql.insertInto('operations').values(operation).execute();
}

export async function selectOperation(sql: Sql, accountId: string, id: string) {
  return sql
    .selectFrom('operations')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .executeTakeFirst();
}

export async function selectRunsOfOperation(sql: Sql, asked: Scoped, operationId: string): Promise<RunRow[]> {
  return runsInReach(sql, asked)
    .selectAll('runs')
    .where('operation_id', '=', operationId)
    .orderBy('runner_name')
    .execute();
}

/** So much of each stream is compared. */
export const COMPARED_CHARACTERS = 32_768;
/** Chunks beyond these are not looked at: smaller ones may be told apart by how they were cut, never taken for equal. */
const COMPARED_CHUNKS = 512;

/** How each stream of these runs begins, chunk by chunk, in one statement: text beyond what is compared stays there. */
export async function selectBeginnings(sql: Sql, runIds: readonly string[]) {
  if (runIds.length === 0) return [];
  const before = raw<number>`sum(length(chunk)) over (partition by run_id, stream order by seq) - length(chunk)`;
  return sql
    .with('pieces', (db) =>
      db
        .selectFrom('run_output')
        .select(['run_id', 'stream', 'seq', 'chunk', before.as('before')])
        .where('run_id', 'in', [...runIds])
        .where('seq', '<=', COMPARED_CHUNKS),
    )
    .selectFrom('pieces')
    .select(['run_id', 'stream'])
    .select((eb) =>
      eb.fn<string>('substr', ['chunk', eb.val(1), eb.val(COMPARED_CHARACTERS)]).as('beginning'),
    )
    .where('before', '<', COMPARED_CHARACTERS)
    .orderBy('run_id')
    .orderBy('seq')
    .execute();
}

/** Which of these runners are in reach; null when every one is. */
export async function selectReached(
  sql: Sql,
  asked: Scoped,
  runnerIds: readonly string[],
): Promise<Set<string> | null> {
  const runners = runnersInReach(sql, asked);
  if (runners === null) return null;
  const rows = await runners.where('runners.id', 'in', ['', ...runnerIds]).execute();
  return new Set(rows.map(({ id }) => id));
}

/** Its pace, held until the transaction ends; undefined when it has none. */
export async function lockOperation(sql: Sql, id: string) {
  return sql
    .updateTable('operations')
    .set((eb) => ({ action_id: eb.ref('action_id') }))
    .where('id', '=', id)
    .where((eb) => eb.or([eb('max_parallel', 'is not', null), eb('stop_after_failures', 'is not', null)]))
    .returning(['account_id', 'max_parallel', 'stop_after_failures'])
    .executeTakeFirst();
}
