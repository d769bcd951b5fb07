// Requests for approval as operators see them.
import type { Approval, ApprovalDetail } from '../../protocol/api/approvals.ts';
import { approvalStatusAt } from '../../protocol/approval.ts';
import { instant } from '../clock.ts';
import type { ShownRow, VoteRow } from './store.ts';

export function showApproval(row: ShownRow, now: number): Approval {
  return {
    id: row.id,
    run_id: row.run_id,
    operation_id: row.operation_id,
    status: approvalStatusAt({ status: row.status, expiresAt: row.expires_at }, now),
    action_id: row.action_id,
    risk: row.risk,
    pack_id: row.pack_id,
    pack_version: row.pack_version,
    runner_id: row.runner_id,
    runner_name: row.runner_name,
    requested_by: row.requested_by_name,
    token_name: row.token_name,
    requested_at: instant(row.requested_at),
    reason: row.reason,
    min_approvals: row.min_approvals,
    allow_self_approval: row.allow_self_approval === 1,
    approvals_count: row.approvals_count,
    expires_at: instant(row.expires_at),
    decided_at: instant(row.decided_at),
    decided_by: row.decided_by,
    decision_note: row.decision_note,
  };
}

export function showApprovalDetail(row: ShownRow, votes: readonly VoteRow[], now: number): ApprovalDetail {
  return {
    ...showApproval(row, now),
    args: JSON.parse(row.args_shown) as Record<string, unknown>,
    pack_hash: row.pack_hash,
    args_sha256: row.args_sha256,
    policy_version: row.policy_version,
    policy_scope: row.policy_scope,
    policy_rule: row.policy_rule,
    votes: votes.map(({ member_name, vote, note, at }) => ({ member_name, vote, note, at: instant(at) })),
  };
}
