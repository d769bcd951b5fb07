// All SQL that moves runs. Each move names the states it may start from, so that of two that race one wins
// and a terminal state is never overwritten (SPEC RN1). Lists and output pages are run-reads.ts.
import { sql as raw, type Insertable, type Kysely, type SqlBool, type Updateable } from 'kysely';
import { deliveredStatuses, unfinishedStatuses, type RunStatus } from '../../protocol/run.ts';
import { reachesRunner, type Scoped } from '../../protocol/scope.ts';
import { runsInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';
import type { RunRow } from './run-parts.ts';

export type Sql = Kysely<Schema>;
const ROWS_A_STATEMENT = 50;
// Word for word the condition of the partial index `runs_unfinished`: SQLite uses the index only then, and
// without it every one of these questions would read the whole history.
const isUnfinished = raw<SqlBool>`status in ('pending', 'pending_approval', 'sent', 'running', 'cancelling')`;

export async function insertRuns(sql: Sql, rows: readonly Insertable<Schema['runs']>[]): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_A_STATEMENT) {
    await sql
      .insertInto('runs')
      .values(rows.slice(from, from + ROWS_A_STATEMENT))
      .execute();
  }
}

/** True when the run was in one of the states of `from` and took the change. */
export async function moveRun(
  sql: Sql,
  runId: string,
  from: readonly RunStatus[],
  change: Updateable<Schema['runs']>,
): Promise<boolean> {
  const result = await sql
    .updateTable('runs')
    .set(change)
    .where('id', '=', runId)
    .where('status', 'in', [...from])
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** Undefined for one that does not exist or is out of reach. */
export async function selectRun(sql: Sql, asked: Scoped, id: string): Promise<RunRow | undefined> {
  return runsInReach(sql, asked).selectAll('runs').where('runs.id', '=', id).executeTakeFirst();
}

/** For the control plane itself, which reaches everything. */
export function selectRunById(sql: Sql, id: string): Promise<RunRow | undefined> {
  return sql.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** The run that a runner speaks of; null when it is not that runner's. */
export async function selectRunOfRequest(
  sql: Sql,
  runnerId: string,
  requestId: string,
): Promise<RunRow | null> {
  const row = await sql
    .selectFrom('runs')
    .selectAll()
    .where('request_id', '=', requestId)
    .where('runner_id', '=', runnerId)
    .executeTakeFirst();
  return row ?? null;
}

export async function countDelivered(sql: Sql, runnerId: string): Promise<number> {
  const row = await sql
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('runner_id', '=', runnerId)
    .where(isUnfinished)
    .where('status', 'in', [...deliveredStatuses])
    .executeTakeFirstOrThrow();
  return Number(row.count);
}

function oldest(sql: Sql, runnerId: string, statuses: readonly RunStatus[], limit: number) {
  return sql
    .selectFrom('runs')
    .selectAll()
    .where('runner_id', '=', runnerId)
    .where(isUnfinished)
    .where('status', 'in', [...statuses])
    .orderBy('queued_at')
    .orderBy('id')
    .limit(limit);
}

/** Handed over and not settled, oldest first. */
export function selectDelivered(sql: Sql, runnerId: string): Promise<RunRow[]> {
  return oldest(sql, runnerId, deliveredStatuses, 10_000).execute();
}

/** Those that may be handed over, oldest first: one that waits for its turn is not among them. */
export function selectQueued(sql: Sql, runnerId: string, limit: number): Promise<RunRow[]> {
  return oldest(sql, runnerId, ['pending'], limit)
    .where((eb) => eb.or([eb('turn', 'is', null), eb('turn', '=', 0)]))
    .execute();
}

export function selectUnfinished(sql: Sql, runnerId: string): Promise<RunRow[]> {
  return oldest(sql, runnerId, unfinishedStatuses, 100_000).execute();
}

/** Runners that have an unfinished run queued at or before `queuedBefore`. */
export async function selectRunnersWithUnfinished(sql: Sql, queuedBefore: number): Promise<string[]> {
  const rows = await sql
    .selectFrom('runs')
    .select('runner_id')
    .distinct()
    .where(isUnfinished)
    .where('queued_at', '<=', queuedBefore)
    .execute();
  return rows.map((row) => row.runner_id);
}

/** What the sweep must know of a runner. */
export async function selectRunnerFacts(sql: Sql, runnerId: string) {
  return sql
    .selectFrom('runners')
    .select([
      'id',
      'name',
      'group_name',
      'signed_only',
      'connected',
      'epoch',
      'disabled_at',
      'revoked_at',
      'held_at',
      'deleted_at',
      'last_disconnected_at',
    ])
    .where('id', '=', runnerId)
    .executeTakeFirst();
}

/** Which runners a dispatch means beside those that it names. */
export interface Selector {
  group: string | null;
  labels: Readonly<Record<string, string>> | null;
}

export interface Target {
  id: string;
  name: string;
  group_name: string;
  disabled_at: number | null;
  revoked_at: number | null;
  held_at: number | null;
  signed_only: 0 | 1;
}

/** Live runners by id or exact name, those of a group, and those that carry the labels (of the group, if one is given). */
export async function selectTargets(
  sql: Sql,
  { accountId, reach }: Scoped,
  refs: readonly string[],
  { group, labels }: Selector,
): Promise<Target[]> {
  if (refs.length === 0 && group === null && labels === null) return [];
  const found = await sql
    .selectFrom('runners')
    .select(['id', 'name', 'group_name', 'labels', 'disabled_at', 'revoked_at', 'held_at', 'signed_only'])
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    // Labels are read from the rows: neither engine indexes into them in a way that the other knows.
    .where((eb) =>
      eb.or([
        ...(refs.length > 0 ? [eb('id', 'in', [...refs]), eb('name', 'in', [...refs])] : []),
        ...(group === null ? [] : [eb('group_name', '=', group)]),
        ...(group === null && labels !== null ? [eb('labels', '!=', '{}')] : []),
      ]),
    )
    .orderBy('name')
    .execute();
  const reached = found.filter(({ id, group_name: name }) => reachesRunner(reach, { id, group: name }));
  if (labels === null) return reached;
  const named = new Set(refs);
  return reached.filter((row) => named.has(row.id) || named.has(row.name) || carries(row.labels, labels));
}

function carries(text: string, wanted: Readonly<Record<string, string>>): boolean {
  const labels = JSON.parse(text) as Record<string, string>;
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}
