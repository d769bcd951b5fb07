// Votes on a request and its ends, each in one transaction with what it means for the run.
import { approvalStatusAt, judgeVote, MAX_NOTE, type Vote } from '../../protocol/approval.ts';
import { Refusal } from '../../protocol/errors.ts';
import { neutraliseLines } from '../../protocol/neutralise.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import type { ApprovalParts } from './approvals.ts';
import * as store from './store.ts';

export interface Decision {
  id: string;
  vote: Vote;
  note: string | undefined;
}

/** Refuses what protocol/approval.ts refuses, `not_found`, `decision_reason_too_long`, and what a release refuses. */
export async function decide(parts: ApprovalParts, caller: Caller, asked: Decision): Promise<void> {
  const note = readNote(asked.note);
  await parts.database.write(async (tx) => {
    const row = await store.selectApproval(tx.sql, caller, asked.id);
    if (!row) throw new Refusal('not_found', 'Cannot find this request for approval');
    const votes = await store.selectVotes(tx.sql, row.id);
    const now = parts.clock.now();
    const verdict = judgeVote(
      {
        status: approvalStatusAt({ status: row.status, expiresAt: row.expires_at }, now),
        requestedBy: row.requested_by,
        minApprovals: row.min_approvals,
        allowSelfApproval: row.allow_self_approval === 1,
        votes: votes.map(({ member_id, vote }) => ({ memberId: member_id, vote })),
      },
      caller.memberId,
      asked.vote,
    );
    if (!verdict.allow) throw new Refusal(verdict.because);
    // Nobody shall lend their name to what could not run anyway.
    if (asked.vote === 'approve') await parts.runs.checkRelease(tx, row);
    if (!verdict.isNew) return;
    await store.writeVote(tx.sql, {
      approval_id: row.id,
      member_id: caller.memberId,
      member_name: caller.memberName,
      vote: asked.vote,
      note,
      at: now,
    });
    const isDecided = verdict.status !== 'pending';
    const moved = await store.movePending(tx.sql, row.id, {
      approvals_count: row.approvals_count + (asked.vote === 'approve' ? 1 : 0),
      status: verdict.status,
      ...(isDecided && { decided_at: now, decided_by: caller.memberName, decision_note: note }),
    });
    if (!moved) throw new Refusal('already_decided');
    const event = isDecided ? `approval.${verdict.status}` : 'approval.decision_recorded';
    await tell(parts, tx, row, { event, actor: caller.actor, payload: { vote: asked.vote, note } });
    if (verdict.status === 'approved') await parts.runs.release(tx, row);
    if (verdict.status === 'denied') {
      const explanation = `${caller.memberName} denied the approval${note === null ? '' : `: ${note}`}; nothing was executed`;
      await parts.runs.withdraw(tx, row, { cause: 'approval_denied', explanation, actor: caller.actor });
    }
  });
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
  await tell(parts, tx, row, { event: 'approval.expired', actor: systemActor, payload: {} });
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
  await tell(parts, tx, row, { event: 'approval.cancelled', actor, payload: {} });
}

async function tell(
  parts: ApprovalParts,
  tx: Tx,
  row: store.ApprovalRow,
  { event, actor, payload }: { event: string; actor: Actor; payload: Record<string, unknown> },
): Promise<void> {
  await parts.audit.record(tx, {
    accountId: row.account_id,
    actor,
    event,
    target: {
      kind: 'approval',
      id: row.id,
      label: `${row.action_id} on ${row.runner_name}`,
      runnerId: row.runner_id,
      packId: row.pack_id,
    },
    payload: { run_id: row.run_id, ...payload },
  });
}
