// The rows that a dispatch makes: a run as its verdict says, and the request for approval of one that is held.
import type { Insertable } from 'kysely';
import { createId, createRequestId } from '../../protocol/ids.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import type { ApprovalTerms, PolicyDecision } from '../../protocol/policy.ts';
import type { RunStatus } from '../../protocol/run.ts';
import type { WaitingRun } from '../approvals/approvals.ts';
import type { Schema } from '../database/schema.ts';
import { scopeText, type ScopedVerdict } from '../policy/book.ts';
import type { Dispatch } from './dispatch.ts';
import type { Intent, Verdict } from './gates.ts';
import type { RunParts } from './run-parts.ts';

export type NewRun = Insertable<Schema['runs']> & { args_text: string; opts: string | null };

/** True when its runs wait for turns. */
export function isPaced({ body }: Dispatch): boolean {
  return body.max_parallel !== undefined || body.stop_after_failures !== undefined;
}

// Allowed: queued. Denied: kept as denied, so that who asked can be seen. Held for people: waits for an approval.
export function runOf(
  parts: RunParts,
  asked: Dispatch,
  { args }: Intent,
  operationId: string,
  verdict: Verdict,
): NewRun | null {
  const { passed } = verdict;
  if (!passed) return null;
  const now = parts.clock.now();
  const denied = passed.policy.decision === 'deny';
  return {
    id: createId('run', parts.random),
    account_id: asked.accountId,
    operation_id: operationId,
    request_id: createRequestId(parts.random),
    action_id: asked.body.action_id,
    pack_id: passed.offer.packId,
    pack_version: passed.offer.packVersion,
    pack_hash: passed.offer.packHash,
    contract_digest: passed.offer.contractDigest,
    risk: passed.contract.descriptor.risk,
    runner_id: verdict.runnerId,
    runner_name: verdict.runnerName,
    requested_by: asked.memberId,
    requested_by_name: asked.memberName,
    token_id: asked.actor.tokenId,
    source: 'operator',
    reason: neutralise(asked.body.reason.trim()),
    args_text: args.text,
    args_shown: passed.argsShown,
    args_sha256: args.sha256,
    opts: asked.body.opts && Object.keys(asked.body.opts).length > 0 ? JSON.stringify(asked.body.opts) : null,
    turn: isPaced(asked) ? 1 : null,
    ...policyColumns(passed.policy),
    status: statusFor(passed.policy.decision),
    queued_at: now,
    finished_at: denied ? now : null,
    cause: denied ? 'denied_by_policy' : null,
    explanation: denied ? (verdict.refusal?.detail ?? null) : null,
    stdout_truncated: 0,
    stderr_truncated: 0,
    output_chunks: 0,
    output_bytes: 0,
    executed_command_truncated: 0,
    local_audit_failed: 0,
  };
}

function statusFor(decision: PolicyDecision): RunStatus {
  if (decision === 'deny') return 'denied';
  return decision === 'allow' ? 'pending' : 'pending_approval';
}

/** What the request for approval of a held run says and is bound to. */
export function waitingRun(run: NewRun, terms: ApprovalTerms): WaitingRun {
  return {
    id: run.id,
    account_id: run.account_id,
    operation_id: run.operation_id,
    action_id: run.action_id,
    risk: run.risk,
    pack_id: run.pack_id,
    pack_version: run.pack_version,
    pack_hash: run.pack_hash,
    args_sha256: run.args_sha256,
    args_shown: run.args_shown,
    runner_id: run.runner_id,
    runner_name: run.runner_name,
    requested_by: run.requested_by,
    requested_by_name: run.requested_by_name,
    token_id: run.token_id ?? null,
    reason: run.reason,
    policy_version: run.policy_version ?? 0,
    policy_scope: run.policy_scope ?? '',
    policy_rule: run.policy_rule ?? '',
    terms,
  };
}

/** Which edit of which scope decided, and by which rule; it stays with the run whatever the policy becomes. */
function policyColumns(verdict: ScopedVerdict) {
  return {
    policy_decision: verdict.decision,
    policy_version: verdict.version,
    policy_scope: scopeText(verdict.scope),
    policy_rule: verdict.rule,
  };
}
