// Runs as operators see them.
import type { Run, RunDetail } from '../../protocol/api/runs.ts';
import { instant } from '../clock.ts';
import type { RunRow } from './run-parts.ts';

export function showRun(row: RunRow): Run {
  return {
    id: row.id,
    operation_id: row.operation_id,
    action_id: row.action_id,
    pack_id: row.pack_id,
    pack_version: row.pack_version,
    risk: row.risk,
    runner_id: row.runner_id,
    runner_name: row.runner_name,
    requested_by: row.requested_by_name,
    source: row.source,
    reason: row.reason,
    status: row.status,
    waits_turn: row.turn === 1 && row.status === 'pending',
    queued_at: instant(row.queued_at),
    started_at: instant(row.started_at),
    finished_at: instant(row.finished_at),
    exit_code: row.exit_code,
    duration_ms: row.duration_ms,
  };
}

export function showRunDetail(row: RunRow, runnerOnline: boolean): RunDetail {
  return {
    ...showRun(row),
    request_id: row.request_id,
    pack_hash: row.pack_hash,
    args: JSON.parse(row.args_shown) as Record<string, unknown>,
    args_sha256: row.args_sha256,
    policy_decision: row.policy_decision,
    policy_version: row.policy_version,
    policy_scope: row.policy_scope,
    policy_rule: row.policy_rule,
    grant_id: row.grant_id,
    sent_at: instant(row.sent_at),
    cancel_requested_at: instant(row.cancel_requested_at),
    cancel_reason: row.cancel_reason,
    explanation: row.explanation,
    cause: row.cause,
    stdout_bytes: row.stdout_bytes,
    stderr_bytes: row.stderr_bytes,
    stdout_truncated: row.stdout_truncated === 1,
    stderr_truncated: row.stderr_truncated === 1,
    output_complete: row.output_complete === null ? null : row.output_complete === 1,
    output_chunks: row.output_chunks,
    structured_output: row.structured_output === null ? null : (JSON.parse(row.structured_output) as unknown),
    executed_command: row.executed_command,
    executed_command_truncated: row.executed_command_truncated === 1,
    local_audit_failed: row.local_audit_failed === 1,
    event_id: row.event_id,
    runner_online: runnerOnline,
  };
}
