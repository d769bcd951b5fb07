// Votes on a request and its ends, each in one transaction with what it means for the run.
import { approvalStatusAt, judgeVote, MAX_NOTE, type Vote } from '../../protocol/approval.ts';
import { Refusal } from '../../protocol/errors.ts';
import { neutraliseLines } from '../../protocol/neutralise.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import type { ApprovalParts } from './approvals.ts';
import type { GrantWish } from '../grants/mint.ts';
import * as store from './store.ts';

export interface Decision {
  id: string;
  vote: Vote;
  note: string | undefined;
  /** Only with an approval, and only with the one that decides. */
  grant?: GrantWish | undefined;
}

/**
 * The standing grant that was made with it, or null. Refuses what protocol/approval.ts refuses, `not_found`,
 * `decision_reason_too_long`, `grant_needs_deciding_vote`, and what a release and a grant refuse.
 */
export async function decide(parts: ApprovalParts, caller: Caller, asked: Decision): Promise<string | null> {
  const note = readNote(asked.note);
  return parts.database.write(async (tx) => {
    const row = await store.selectApproval(tx.sql, caller, asked.id);
    if (!row) throw new Refusal('not_found', 'Cannot find this request for approval');
    const votes = await store.selectVotes(tx.sql, row.id);
    const verdict = judge(row, votes, caller, { vote: asked.vote, now: parts.clock.now() });
    // Nobody shall lend their name to what could not run anyway.
    if (asked.vote === 'approve') await parts.runs.checkRelease(tx, row);
    if (asked.grant && verdict.status !== 'approved') throw new Refusal('grant_needs_deciding_vote');
    if (!verdict.isNew) return null;
    await record(parts, tx, row, { caller, vote: asked.vote, note, status: verdict.status });
    if (verdict.status === 'approved') await parts.runs.release(tx, row);
    if (verdict.status === 'denied') {
      const explanation = `${caller.memberName} denied the approval${note === null ? '' : `: ${note}`}; nothing was executed`;
      await parts.runs.withdraw(tx, row, { cause: 'approval_denied', explanation, actor: caller.actor });
    }
    if (!asked.grant) return null;
    const people = new Set(votes.filter(({ vote }) => vote === 'approve').map((vote) => vote.member_id));
    people.add(caller.memberId);
    return parts.grants.mint(tx, caller, {
      wish: asked.grant,
      approval: row,
      approvers: people.size,
      otherApprovers: people.size - (people.has(row.requested_by) ? 1 : 0),
    });
  });
}

function judge(
  row: store.ApprovalRow,
  votes: readonly store.VoteRow[],
  caller: Caller,
  { vote, now }: { vote: Vote; now: number },
) {
  const verdict = judgeVote(
    {
      status: approvalStatusAt({ status: row.status, expiresAt: row.expires_at }, now),
      requestedBy: row.requested_by,
      minApprovals: row.min_approvals,
      allowSelfApproval: row.allow_self_approval === 1,
      votes: votes.map((one) => ({ memberId: one.member_id, vote: one.vote })),
    },
    caller.memberId,
    vote,
  );
  if (!verdict.allow) throw new Refusal(verdict.because);
  return verdict;
}

async function record(
  parts: ApprovalParts,
  tx: Tx,
  row: store.ApprovalRow,
  cast: { caller: Caller; vote: Vote; note: string | null; status: 'pending' | 'approved' | 'denied' },
): Promise<void> {
  const { caller, vote, note, status } = cast;
  const now = parts.clock.now();
  const { memberId: member_id, memberName: member_name } = caller;
  await store.writeVote(tx.sql, { approval_id: row.id, member_id, member_name, vote, note, at: now });
  const isDecided = status !== 'pending';
  const moved = await store.movePending(tx.sql, row.id, {
    approvals_count: row.approvals_count + (vote === 'approve' ? 1 : 0),
    status,
    ...(isDecided && { decided_at: now, decided_by: member_name, decision_note: note }),
  });
  if (!moved) throw new Refusal('already_decided');
  const news = isDecided ? status : 'voted';
  await tell(parts, tx, row, { news, actor: caller.actor, payload: { vote, note } });
}

function readNote(note: string | undefined): string | null {
  const text = neutraliseLines((note ?? '').trim());
  if (text.length > MAX_NOTE) throw new Refusal('decision_reason_too_long');
  return text === '' ? null : text;
}

/** Ends every request that nobody decided in time, and its run with it. */
export async function expireOverdue(parts: ApprovalParts): Promise<void> {
  const overdue = await store.selectOverdue(parts.database.read, parts.clock.now());
  for (const row of overdue) {
    // One request's trouble must not keep the others from ending (C7).
    await parts.database
      .write((tx) => expire(parts, tx, row))
      .catch((error: unknown) => parts.report(error, `expiring the approval ${row.id}`));
  }
}

async function expire(parts: ApprovalParts, tx: Tx, row: store.ApprovalRow): Promise<void> {
  if (!(await store.movePending(tx.sql, row.id, { status: 'expired', decided_at: row.expires_at }))) return;
  await tell(parts, tx, row, { news: 'expired', actor: systemActor, payload: {} });
  await parts.runs.withdraw(tx, row, {
    cause: 'approval_expired',
    explanation: 'Nobody decided about the approval within 24 hours; nothing was executed',
    actor: systemActor,
  });
}

/** The run ended by itself or was cancelled: its request, if one waits, is over with it. */
export async function cancelOfRun(parts: ApprovalParts, tx: Tx, runId: string, actor: Actor): Promise<void> {
  const row = await store.selectPendingOfRun(tx.sql, runId);
  if (!row) return;
  const ended = { status: 'cancelled' as const, decided_at: parts.clock.now() };
  if (!(await store.movePending(tx.sql, row.id, ended))) return;
  await tell(parts, tx, row, { news: 'cancelled', actor, payload: {} });
}

type News = 'voted' | 'approved' | 'denied' | 'expired' | 'cancelled';

async function tell(
  parts: ApprovalParts,
  tx: Tx,
  row: store.ApprovalRow,
  { news, actor, payload }: { news: News; actor: Actor; payload: Record<string, unknown> },
): Promise<void> {
  const accountId = row.account_id;
  await parts.audit.record(tx, {
    accountId,
    actor,
    event: news === 'voted' ? 'approval.decision_recorded' : `approval.${news}`,
    target: {
      kind: 'approval',
      id: row.id,
      label: `${row.action_id} on ${row.runner_name}`,
      runnerId: row.runner_id,
      packId: row.pack_id,
    },
    payload: { run_id: row.run_id, ...payload },
  });
  parts.outbox.add(tx, { topic: 'approvals', type: `approval.${news}`, accountId, approvalId: row.id });
}
