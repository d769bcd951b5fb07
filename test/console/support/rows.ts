// Rows as the control plane would answer them; a test names only what it is about.
import type { AuditEvent } from '../../../src/protocol/api/audit.ts';
import type { HostSettings } from '../../../src/protocol/host-setup.ts';
import type { EnrollmentKey } from '../../../src/protocol/api/enrollment-keys.ts';
import type { Member } from '../../../src/protocol/api/members.ts';
import type { PackVersion, PackVersionDetail } from '../../../src/protocol/api/packs.ts';
import type { Runner, RunnerDetail } from '../../../src/protocol/api/runners.ts';
import type {
  DispatchResult,
  OperationDetail,
  OutputChunk,
  Run,
  RunDetail,
} from '../../../src/protocol/api/runs.ts';
import type { Me, OperatorToken } from '../../../src/protocol/api/session.ts';

export const AT = '2026-11-25T12:00:00.000Z';
export const HASH_A = `sha256:${'a'.repeat(64)}`;
export const HASH_B = `sha256:${'b'.repeat(64)}`;

export function me(change: Partial<Me> = {}): Me {
  return {
    server: { product: 'emisar-cloud', version: '1.0.0' },
    account: { id: 'acc_1', name: 'acme' },
    member: { id: 'mem_1', name: 'mara', role: 'owner' },
    token: { id: 'tok_1', name: 'laptop', expires_at: null },
    permissions: ['runners.view', 'runners.manage'],
    ...change,
  };
}

export function runner(id: string, change: Partial<Runner> = {}): Runner {
  return {
    id,
    name: id,
    group: 'default',
    hostname: `${id}.example.net`,
    labels: {},
    version: '1.4.0',
    version_class: 'supported',
    state: 'online',
    stale: false,
    registered_at: AT,
    last_heartbeat_at: AT,
    last_connected_at: AT,
    last_disconnected_at: null,
    disconnect_note: null,
    action_load: 0,
    unfinished_runs: 0,
    packs_count: 1,
    packs_pending: 0,
    degraded_count: 0,
    signed_only: false,
    held: false,
    conflict: null,
    reenrolled_at: null,
    ...change,
  };
}

export function runnerDetail(id: string, change: Partial<RunnerDetail> = {}): RunnerDetail {
  return {
    ...runner(id),
    external_id: id,
    address: '10.0.0.1',
    packs: [],
    degraded_packs: [],
    token: null,
    enrollment_key: null,
    ...change,
  };
}

export function run(id: string, change: Partial<Run> = {}): Run {
  return {
    id,
    operation_id: 'op_1',
    action_id: 'linux.uptime',
    pack_id: 'linux-core',
    pack_version: '1.0.0',
    risk: 'low',
    runner_id: 'rnr_1',
    runner_name: 'web-1',
    requested_by: 'mara',
    source: 'operator',
    reason: 'first try',
    status: 'running',
    waits_turn: false,
    queued_at: AT,
    started_at: AT,
    finished_at: null,
    exit_code: null,
    duration_ms: null,
    ...change,
  };
}

export function runDetail(id: string, change: Partial<RunDetail> = {}): RunDetail {
  return {
    ...run(id),
    request_id: 'req_1',
    pack_hash: HASH_A,
    args: {},
    args_sha256: 'x',
    policy_decision: 'allow',
    policy_version: 1,
    policy_scope: 'account',
    policy_rule: 'defaults.low',
    grant_id: null,
    sent_at: AT,
    cancel_requested_at: null,
    cancel_reason: null,
    explanation: null,
    cause: null,
    stdout_bytes: null,
    stderr_bytes: null,
    stdout_truncated: false,
    stderr_truncated: false,
    output_complete: null,
    output_chunks: 0,
    structured_output: null,
    executed_command: null,
    executed_command_truncated: false,
    local_audit_failed: false,
    event_id: null,
    runner_online: true,
    ...change,
  };
}

export function chunk(seq: number, text: string, stream: OutputChunk['stream'] = 'stdout'): OutputChunk {
  return { seq, stream, chunk: text, at: AT };
}

export function packVersion(id: string, change: Partial<PackVersion> = {}): PackVersion {
  return {
    id,
    pack_id: 'linux-core',
    version: '1.0.0',
    state: 'trusted',
    drifted: false,
    trusted_hash: HASH_A,
    pending_hash: null,
    matches_catalogue: false,
    first_seen_at: AT,
    last_seen_at: AT,
    decided_at: null,
    decided_by: null,
    actions_count: 1,
    runners_count: 1,
    pending_runners_count: 0,
    retired_at: null,
    retirement_overridden_at: null,
    retirement_overridden_by: null,
    newer_version: null,
    ...change,
  };
}

export function packDetail(id: string, change: Partial<PackVersionDetail> = {}): PackVersionDetail {
  return {
    ...packVersion(id),
    trusted_actions: [],
    pending_actions: [],
    changes: [],
    unchanged_count: 0,
    runners: [],
    coverage: 'complete',
    disputed_actions: [],
    ...change,
  };
}

export function enrollmentKey(id: string, change: Partial<EnrollmentKey> = {}): EnrollmentKey {
  return {
    id,
    prefix: 'emkey-auth-0123456789abcdef',
    description: '',
    host: null,
    state: 'active',
    reusable: false,
    max_uses: null,
    uses_count: 0,
    created_at: AT,
    created_by: 'mara',
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
    runner_id: null,
    ...change,
  };
}

export const hostSettings: HostSettings = {
  url: 'https://cp.example.test',
  group: null,
  labels: {},
  packs: null,
};

export const operatorToken: OperatorToken = {
  id: 'tok_2',
  name: 'ci',
  prefix: 'emop-abcdefg',
  member_id: 'mem_1',
  member_name: 'mara',
  scope: null,
  created_at: AT,
  last_used_at: null,
  expires_at: null,
  revoked_at: null,
  current: false,
};

/** A dispatch with these runs, and results of any other kind behind them. */
export function operation(
  id: string,
  runs: readonly Run[],
  others: readonly DispatchResult[] = [],
  change: Partial<OperationDetail> = {},
): OperationDetail {
  const ran = runs.map((one): DispatchResult => ({
    runner_id: one.runner_id,
    runner_name: one.runner_name,
    run: one,
    refusal: null,
  }));
  const results = [...ran, ...others];
  return {
    id,
    action_id: 'linux.uptime',
    reason: 'nightly check',
    requested_by: 'mara',
    created_at: AT,
    max_parallel: null,
    stop_after_failures: null,
    counts: {
      total: results.length,
      refused: 0,
      waiting: 0,
      running: 0,
      success: 0,
      failed: 0,
      cancelled: 0,
    },
    results,
    ...change,
  };
}

export function auditEvent(seq: number, change: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: `aud_${seq}`,
    seq,
    occurred_at: AT,
    event_type: 'runner.disabled',
    outcome: 'warn',
    category: 'fleet',
    actor: { kind: 'member', id: 'mem_1', label: 'mara' },
    token_id: 'tok_1',
    ip_address: '10.0.4.7',
    target: { kind: 'runner', id: 'rnr_1', label: 'web-1' },
    runner_id: 'rnr_1',
    pack_id: null,
    request_id: null,
    payload: {},
    hash: 'a'.repeat(64),
    ...change,
  };
}

export function member(id: string, change: Partial<Member> = {}): Member {
  return {
    id,
    name: id,
    role: 'operator',
    state: 'active',
    access: { runner_access: 'none', runner_selectors: [], pack_access: 'all', pack_ids: [] },
    created_at: AT,
    joined_at: AT,
    last_active_at: AT,
    tokens: 1,
    email: null,
    you: false,
    ...change,
  };
}
