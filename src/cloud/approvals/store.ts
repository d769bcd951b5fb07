// SQL of approvals. A decision is one conditional statement: of two that race one takes effect.
import {
  sql as raw,
  type Insertable,
  type Kysely,
  type Selectable,
  type SqlBool,
  type Updateable,
} from 'kysely';
import type { ApprovalStatus, Vote } from '../../protocol/approval.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { olderThan, type PageStart } from '../database/newest-first.ts';
import { packsInReach, runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

export type Sql = Kysely<Schema>;
export type ApprovalRow = Selectable<Schema['approvals']>;
/** With the name of the token that asked. */
export type ShownRow = Awaited<ReturnType<typeof selectApprovals>>[number];
export type VoteRow = Selectable<Schema['approval_votes']>;

function inReach(sql: Sql, asked: Scoped) {
  let query = sql.selectFrom('approvals').where('approvals.account_id', '=', asked.accountId);
  const runners = runnersInReach(sql, asked);
  if (runners !== null) query = query.where('approvals.runner_id', 'in', runners);
  const packs = packsInReach(asked.reach.packs);
  return packs === null ? query : query.where('approvals.pack_id', 'in', packs);
}

export async function insertApprovals(
  sql: Sql,
  rows: readonly Insertable<Schema['approvals']>[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += 50) {
    await sql
      .insertInto('approvals')
      .values(rows.slice(from, from + 50))
      .execute();
  }
}

function shownColumns(query: ReturnType<typeof inReach>) {
  return query
    .selectAll('approvals')
    .select((eb) =>
      eb
        .selectFrom('operator_tokens')
        .select('operator_tokens.name')
        .whereRef('operator_tokens.id', '=', 'approvals.token_id')
        .as('token_name'),
    );
}

export function selectApproval(sql: Sql, asked: Scoped, id: string) {
  return shownColumns(inReach(sql, asked)).where('id', '=', id).executeTakeFirst();
}

export function selectApprovals(sql: Sql, asked: Scoped, ids: readonly string[]) {
  return shownColumns(inReach(sql, asked))
    .where('id', 'in', ['', ...ids])
    .orderBy('requested_at')
    .orderBy('id')
    .execute();
}

/** All that wait, and the newest `limit` of those that do not. */
export async function selectCurrent(sql: Sql, asked: Scoped, limit: number, now: number) {
  const newest = shownColumns(inReach(sql, asked)).orderBy('requested_at', 'desc').orderBy('id', 'desc');
  return {
    waiting: await waiting(newest, now).execute(),
    decided: await newest
      .where((eb) => eb.or([eb('status', '!=', 'pending'), eb('expires_at', '<=', now)]))
      .limit(limit)
      .execute(),
  };
}

// A literal, not a parameter: the embedded store has to see that its index of what waits holds all of it.
const isPending = raw<SqlBool>`approvals.status = 'pending'`;

function waiting<Query extends ReturnType<typeof inReach>>(query: Query, now: number) {
  return query.where(isPending).where('expires_at', '>', now) as Query;
}

export async function countPending(sql: Sql, asked: Scoped, now: number): Promise<number> {
  const { total } = await waiting(inReach(sql, asked), now)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return Number(total);
}

export function selectApprovalsOf(
  sql: Sql,
  asked: Scoped,
  { ids, runIds }: { ids: readonly string[]; runIds: readonly string[] },
): Promise<ShownRow[]> {
  return shownColumns(inReach(sql, asked))
    .where((eb) => eb.or([eb('id', 'in', ['', ...ids]), eb('run_id', 'in', ['', ...runIds])]))
    .orderBy('requested_at')
    .orderBy('runner_name')
    .execute();
}

export function selectPendingOfRun(sql: Sql, runId: string): Promise<ApprovalRow | undefined> {
  return sql
    .selectFrom('approvals')
    .selectAll()
    .where('run_id', '=', runId)
    .where('status', '=', 'pending')
    .executeTakeFirst();
}

export function selectPendingOfOperation(
  sql: Sql,
  asked: Scoped,
  operationId: string,
): Promise<ApprovalRow[]> {
  return inReach(sql, asked)
    .selectAll()
    .where('operation_id', '=', operationId)
    .where('status', '=', 'pending')
    .orderBy('runner_name')
    .execute();
}

/** Ids of requests that nobody decided in time. */
export async function selectOverdue(sql: Sql, now: number): Promise<ApprovalRow[]> {
  return sql
    .selectFrom('approvals')
    .selectAll()
    .where(isPending)
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(1_000)
    .execute();
}

export interface ApprovalQuery {
  status?: ApprovalStatus | undefined;
  after: PageStart | null;
  limit: number;
  now: number;
}

/** Newest first, and how many the filter matches. An overdue request is found as expired, not as pending. */
export async function selectPage(sql: Sql, asked: Scoped, { status, after, limit, now }: ApprovalQuery) {
  let filtered = inReach(sql, asked);
  if (status === 'pending') filtered = waiting(filtered, now);
  else if (status === 'expired') {
    filtered = filtered.where((eb) =>
      eb.or([
        eb('status', '=', 'expired'),
        eb.and([eb('status', '=', 'pending'), eb('expires_at', '<=', now)]),
      ]),
    );
  } else if (status !== undefined) filtered = filtered.where('status', '=', status);
  const { total } = await filtered
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  let page = shownColumns(filtered).orderBy('requested_at', 'desc').orderBy('id', 'desc');
  if (after) page = page.where(olderThan(after, 'requested_at', 'id'));
  return { rows: await page.limit(limit).execute(), total: Number(total) };
}

/** Changes it only while it is pending; true when this call did it. */
export async function movePending(
  sql: Sql,
  id: string,
  change: Updateable<Schema['approvals']>,
): Promise<boolean> {
  const moved = await sql
    .updateTable('approvals')
    .set(change)
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

export function selectVotes(sql: Sql, approvalId: string): Promise<VoteRow[]> {
  return sql
    .selectFrom('approval_votes')
    .selectAll()
    .where('approval_id', '=', approvalId)
    .orderBy('at')
    .orderBy('member_id')
    .execute();
}

/** One vote a person: a later one takes the place of the earlier. */
export async function writeVote(
  sql: Sql,
  row: {
    approval_id: string;
    member_id: string;
    member_name: string;
    vote: Vote;
    note: string | null;
    at: number;
  },
): Promise<void> {
  const { vote, note, at } = row;
  await sql
    .insertInto('approval_votes')
    .values(row)
    .onConflict((conflict) => conflict.columns(['approval_id', 'member_id']).doUpdateSet({ vote, note, at }))
    .execute();
}
