// The door to approvals: runs that wait for people. What a vote means is protocol/approval.ts; what becomes of
// the run is the runs' business, reached through `runs`, which lies to the right and is connected in domains.ts.
import type { Approval, ApprovalDetail } from '../../protocol/api/approvals.ts';
import type { Grant } from '../../protocol/api/grants.ts';
import { APPROVAL_EXPIRES_AFTER_MS, type ApprovalStatus } from '../../protocol/approval.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createId, type RandomBytes } from '../../protocol/ids.ts';
import type { ApprovalTerms } from '../../protocol/policy.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Grants } from '../grants/grants.ts';
import type { GrantWish } from '../grants/mint.ts';
import type { Caller } from '../http/bound-route.ts';
import { newestFirst, pageStart } from '../http/page-cursor.ts';
import { repeat } from '../repeat.ts';
import { cancelOfRun, decide, expireOverdue } from './decide.ts';
import { approvalFacts, type ApprovalFacts } from './facts.ts';
import { showApproval, showApprovalDetail } from './shown.ts';
import * as store from './store.ts';

const FIRST_SWEEP_AFTER_MS = 10_000;
const SHOWN_DECIDED = 200;
const SWEEP_EVERY_MS = 5 * 60_000;

/** What an approval is bound to (C32): a run is released only while it still is exactly this. */
export type BoundRun = Pick<
  store.ApprovalRow,
  'account_id' | 'run_id' | 'action_id' | 'pack_hash' | 'args_sha256' | 'runner_id' | 'requested_by'
>;

/** The runs, as approvals move them: each in the transaction of the decision. */
export interface WaitingRuns {
  /** Refuses what stands in the way of the run now. */
  checkRelease(tx: Tx, bound: BoundRun): Promise<void>;
  release(tx: Tx, bound: BoundRun): Promise<void>;
  withdraw(tx: Tx, bound: BoundRun, end: { cause: string; explanation: string; actor: Actor }): Promise<void>;
}

export interface ApprovalParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  grants: Pick<Grants, 'mint' | 'rows'>;
  runs: WaitingRuns;
  report(error: unknown, where: string): void;
}

/** A run that policy holds back, with what policy said at that moment. */
export type WaitingRun = Omit<
  store.ApprovalRow,
  | 'id'
  | 'run_id'
  | 'status'
  | 'requested_at'
  | 'min_approvals'
  | 'allow_self_approval'
  | 'approvals_count'
  | 'expires_at'
  | 'decided_at'
  | 'decided_by'
  | 'decision_note'
> & { id: string; terms: ApprovalTerms };

export interface Approvals {
  /** Makes a request a run, in the transaction that makes the runs. */
  request(tx: Tx, runs: readonly WaitingRun[]): Promise<void>;
  /** To be told when a run ends; its request is over with it. */
  /** For viewers: these, as far as they are in reach. */
  rows(asked: Scoped, ids: readonly string[]): Promise<Approval[]>;
  /** For viewers: all that wait and the newest of those that do not. */
  current(asked: Scoped): Promise<{ items: Approval[]; more: boolean }>;
  /** Requests in reach that wait. */
  countPending(asked: Scoped): Promise<number>;
  runEnded(tx: Tx, runId: string, actor: Actor): Promise<void>;
  list(
    caller: Scoped,
    query: { status?: ApprovalStatus | undefined; cursor?: string | undefined; limit: number },
  ): Promise<{ items: Approval[]; next_cursor: string | null; total: number }>;
  /** Of these ids, or of these runs, as far as they are in reach. */
  facts(
    asked: Scoped,
    which: { ids: readonly string[]; runIds: readonly string[] },
  ): Promise<ApprovalFacts[]>;
  /** Refuses `not_found`. */
  detail(asked: Scoped, id: string): Promise<ApprovalDetail>;
  /** Refuses `not_found`, `already_decided`, `expired`, `run_cancelled`, `self_approval_forbidden` and more. */
  approve(
    caller: Caller,
    id: string,
    note: string | undefined,
    grant?: GrantWish,
  ): Promise<ApprovalDetail & { grant: Grant | null }>;
  deny(caller: Caller, id: string, note: string | undefined): Promise<ApprovalDetail>;
  /** Every waiting request of one dispatch that is in reach, each by itself. Refuses `not_found`. */
  approveOperation(
    caller: Caller,
    operationId: string,
    note: string | undefined,
  ): Promise<OperationApproval[]>;
  start(): void;
  stop(): Promise<void>;
}

export interface OperationApproval {
  approval_id: string;
  runner_name: string;
  approval: ApprovalDetail | null;
  refusal: { code: string; detail: string; fix: string } | null;
}

export function createApprovals(parts: ApprovalParts): Approvals {
  const { database, clock } = parts;
  const sweep = repeat(clock, {
    firstAfterMs: FIRST_SWEEP_AFTER_MS,
    everyMs: SWEEP_EVERY_MS,
    work: () => expireOverdue(parts),
    failed: (error) => parts.report(error, 'expiring approvals'),
  });
  const detail = async (asked: Scoped, id: string) => {
    const row = await store.selectApproval(database.read, asked, id);
    if (!row) throw new Refusal('not_found', 'Cannot find this request for approval');
    return showApprovalDetail(row, await store.selectVotes(database.read, id), clock.now());
  };
  const decided = async (caller: Caller, decision: Parameters<typeof decide>[2]) => {
    await decide(parts, caller, decision);
    return detail(caller, decision.id);
  };
  return {
    request: async (tx, runs) => {
      const requests = runs.map((run) => requestOf(parts, run));
      await store.insertApprovals(tx.sql, requests);
      for (const { id, account_id: accountId } of requests)
        parts.outbox.add(tx, { topic: 'approvals', type: 'approval.requested', accountId, approvalId: id });
    },
    runEnded: (tx, runId, actor) => cancelOfRun(parts, tx, runId, actor),
    list: (asked, query) => list(parts, asked, query),
    rows: async (asked, ids) => {
      const rows = await store.selectApprovals(database.read, asked, ids);
      return rows.map((row) => showApproval(row, clock.now()));
    },
    current: async (asked) => {
      const now = clock.now();
      const { waiting, decided } = await store.selectCurrent(database.read, asked, SHOWN_DECIDED + 1, now);
      const rows = [...waiting, ...decided.slice(0, SHOWN_DECIDED)];
      return { items: rows.map((row) => showApproval(row, now)), more: decided.length > SHOWN_DECIDED };
    },
    countPending: (asked) => store.countPending(database.read, asked, clock.now()),
    facts: (asked, which) => approvalFacts(database.read, asked, which, clock.now()),
    detail,
    approve: async (caller, id, note, wish) => {
      const grantId = await decide(parts, caller, { id, vote: 'approve', note, grant: wish });
      const [grant = null] = grantId === null ? [] : await parts.grants.rows(caller, [grantId]);
      return { ...(await detail(caller, id)), grant };
    },
    deny: (caller, id, note) => decided(caller, { id, vote: 'deny', note }),
    approveOperation: async (caller, operationId, note) => {
      const rows = await store.selectPendingOfOperation(database.read, caller, operationId);
      if (rows.length === 0)
        throw new Refusal('not_found', 'Cannot find a request of this dispatch that waits');
      const results: OperationApproval[] = [];
      for (const { id, runner_name } of rows) {
        const answer = await decided(caller, { id, vote: 'approve', note }).catch(refusalOf);
        results.push(
          answer instanceof Refusal
            ? { approval_id: id, runner_name, approval: null, refusal: wordsOf(answer) }
            : { approval_id: id, runner_name, approval: answer, refusal: null },
        );
      }
      return results;
    },
    start: sweep.start,
    stop: sweep.stop,
  };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  throw error;
}

function wordsOf({ code, message, fix }: Refusal) {
  return { code, detail: message, fix };
}

function requestOf({ clock, random }: ApprovalParts, { id, terms, ...facts }: WaitingRun) {
  const now = clock.now();
  return {
    ...facts,
    id: createId('approval', random),
    run_id: id,
    status: 'pending' as const,
    requested_at: now,
    min_approvals: terms.min_approvals,
    allow_self_approval: terms.allow_self_approval ? (1 as const) : (0 as const),
    approvals_count: 0,
    expires_at: now + APPROVAL_EXPIRES_AFTER_MS,
  };
}

async function list(
  { database, clock }: ApprovalParts,
  asked: Scoped,
  query: { status?: ApprovalStatus | undefined; cursor?: string | undefined; limit: number },
) {
  const now = clock.now();
  const { rows, total } = await store.selectPage(database.read, asked, {
    status: query.status,
    after: pageStart(query.cursor),
    limit: query.limit + 1,
    now,
  });
  const page = newestFirst(rows, query.limit, (row) => row.requested_at);
  return {
    items: page.rows.map((row) => showApproval(row, now)),
    next_cursor: page.next_cursor,
    total,
  };
}
