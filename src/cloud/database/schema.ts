// The tables, as types. Portable between SQLite and PostgreSQL: text, integers, no engine types.
// Instants are integers in milliseconds, flags are 0 or 1, JSON is text.
import type { Generated } from 'kysely';
import type { RunnerRetention } from '../../protocol/api/fleet-upkeep.ts';
import type { AutoTrust, TrustState } from '../../protocol/pack-trust.ts';
import type { ApprovalStatus, Vote } from '../../protocol/approval.ts';
import type { GrantWindow } from '../../protocol/grant.ts';
import type { PolicyDecision, PolicyScopeKind } from '../../protocol/policy.ts';
import type { Risk } from '../../protocol/risk.ts';
import type { RunStatus } from '../../protocol/run.ts';
import type { IdentityTables } from './identity-tables.ts';
import type { RunnerTables } from './runner-tables.ts';
import type { NoticeTables } from './notice-tables.ts';
import type { NodeTables } from './node-tables.ts';

type Flag = 0 | 1;
type At = number;

export interface Schema extends IdentityTables, NodeTables, NoticeTables, RunnerTables {
  accounts: {
    id: string;
    name: string;
    pack_auto_trust: AutoTrust;
    created_at: At;
    disabled_at: At | null;
    /** Null keeps all events. */
    audit_retention_days: number | null;
    /** Hours offline after which a runner is forgotten; null keeps it. */
    runner_inactive_retention_hours: RunnerRetention['hours'];
    /** Pack versions that nobody saw for so long go; null keeps all. */
    pack_unseen_retention_days: number | null;
    /** Rises with every edit of any scope's policy. */
    policy_counter: Generated<number>;
    /** Null caps nothing; 0 turns standing grants off. */
    max_grant_lifetime_seconds: Generated<number | null>;
  };
  /** Rules of the account (`ref` empty), of a group by its name, of a runner by its id. */
  policies: {
    account_id: string;
    kind: PolicyScopeKind;
    ref: string;
    rules: string;
    version: number;
    updated_at: At;
    updated_by: string | null;
  };
  /** Which pack versions a runner carries now. */
  runner_packs: {
    runner_id: string;
    account_id: string;
    pack_id: string;
    version: string;
    hash: string;
    /** Names its actions in `action_sets`. */
    actions_digest: Generated<string>;
  };
  /** What hosts offer of a pack, named by its content: those that offer the same share the rows. */
  action_sets: {
    digest: string;
    action_id: string;
    contract_digest: string;
    available: Flag;
    missing_executable: string | null;
  };
  contracts: {
    digest: string;
    /** Canonical JSON of a descriptor without this host's availability. */
    descriptor: string;
  };
  pack_versions: {
    id: string;
    account_id: string;
    pack_id: string;
    version: string;
    state: TrustState;
    trusted_hash: string | null;
    pending_hash: string | null;
    /** JSON array of contract digests, frozen at the moment of trust. */
    trusted_contracts: string | null;
    first_seen_at: At;
    last_seen_at: At;
    decided_at: At | null;
    decided_by: string | null;
    /** Since when the catalogue says that a security release replaces it. */
    retired_at: At | null;
    retirement_overridden_at: At | null;
    retirement_overridden_by: string | null;
    /** JSON array of the hashes that somebody refused, the newest last. */
    refused_hashes: Generated<string>;
  };
  /** Packs of which a version was deleted: another sighting is not the first. */
  forgotten_packs: { account_id: string; pack_id: string };
  operations: {
    id: string;
    account_id: string;
    member_id: string;
    action_id: string;
    created_at: At;
    /** JSON: per runner its run's id or its refusal, so that a repeat of the request gets the same answer. */
    answer: string;
    reason: string;
    requested_by_name: string;
    /** How many of its runs may be under way at once; null for all. */
    max_parallel: number | null;
    stop_after_failures: number | null;
  };
  runs: {
    id: string;
    account_id: string;
    operation_id: string;
    request_id: string;
    action_id: string;
    pack_id: string;
    pack_version: string;
    pack_hash: string;
    /** What it was asked by: arguments and output are judged by this contract, whatever is trusted later. */
    contract_digest: string;
    risk: Risk;
    runner_id: string;
    runner_name: string;
    requested_by: string;
    requested_by_name: string;
    /** The token that asked; null in runs of before it was kept. */
    token_id: string | null;
    /** The standing grant that let it out, in place of people. */
    grant_id: string | null;
    source: 'operator' | 'agent' | 'runbook';
    reason: string;
    /** The exact bytes that go to the runner. */
    args_text: string;
    /** The same with sensitive values masked, for eyes. */
    args_shown: string;
    args_sha256: string;
    opts: string | null;
    /** 1 while it waits for its turn in the operation, 0 from then on; null where there are no turns. */
    turn: 0 | 1 | null;
    policy_decision: PolicyDecision;
    policy_version: Generated<number>;
    /** `account`, `group:<name>` or `runner:<id>`. */
    policy_scope: Generated<string>;
    policy_rule: Generated<string>;
    status: RunStatus;
    queued_at: At;
    sent_at: At | null;
    /** Epoch of the session it was handed to. */
    sent_epoch: number | null;
    started_at: At | null;
    finished_at: At | null;
    cancel_requested_at: At | null;
    cancel_reason: string | null;
    exit_code: number | null;
    duration_ms: number | null;
    cause: string | null;
    explanation: string | null;
    stdout_bytes: number | null;
    stderr_bytes: number | null;
    stdout_truncated: Flag;
    stderr_truncated: Flag;
    output_complete: Flag | null;
    output_chunks: number;
    output_bytes: number;
    structured_output: string | null;
    executed_command: string | null;
    executed_command_truncated: Flag;
    local_audit_failed: Flag;
    event_id: string | null;
  };
  run_output: {
    run_id: string;
    seq: number;
    stream: 'stdout' | 'stderr';
    chunk: string;
    at: At;
  };
  audit_events: {
    position: Generated<number>;
    id: string;
    account_id: string;
    occurred_at: At;
    event_type: string;
    actor_kind: 'member' | 'runner' | 'system';
    actor_id: string | null;
    actor_label: string;
    /** The operator token that was used, for a member. */
    token_id: string | null;
    target_kind: string | null;
    target_id: string | null;
    target_label: string | null;
    request_id: string | null;
    ip_address: string | null;
    payload: string;
    /** Null in events of before the chain, until the first event after them. */
    chain_seq: number | null;
    hash: string | null;
    /** What it is about, for who reaches only some of them. */
    runner_id: string | null;
    pack_id: string | null;
  };
  /** The end of each account's chain, and where it begins since older events were let go. */
  audit_heads: {
    account_id: string;
    seq: number;
    hash: string;
    anchor_seq: number;
    anchor_hash: string;
  };
  approvals: {
    id: string;
    account_id: string;
    run_id: string;
    operation_id: string;
    status: ApprovalStatus;
    action_id: string;
    risk: Risk;
    pack_id: string;
    pack_version: string;
    pack_hash: string;
    args_sha256: string;
    args_shown: string;
    runner_id: string;
    runner_name: string;
    requested_by: string;
    requested_by_name: string;
    token_id: string | null;
    requested_at: At;
    reason: string;
    policy_version: number;
    policy_scope: string;
    policy_rule: string;
    min_approvals: number;
    allow_self_approval: Flag;
    approvals_count: number;
    expires_at: At;
    decided_at: At | null;
    decided_by: string | null;
    decision_note: string | null;
  };
  approval_votes: {
    approval_id: string;
    member_id: string;
    member_name: string;
    vote: Vote;
    note: string | null;
    at: At;
  };
  grants: {
    id: string;
    account_id: string;
    approval_id: string;
    /** The run that was approved with it. */
    run_id: string;
    action_id: string;
    risk: Risk;
    pack_id: string;
    pack_version: string;
    pack_hash: string;
    token_id: string;
    /** Null for any. */
    runner_id: string | null;
    runner_name: string | null;
    args_sha256: string | null;
    args_shown: string | null;
    duration: GrantWindow;
    approvers: number;
    other_approvers: number;
    granted_by: string;
    granted_at: At;
    expires_at: At;
    max_uses: number | null;
    uses_count: number;
    last_used_at: At;
    revoked_at: At | null;
    revoked_by: string | null;
  };
  schema_version: { version: number };
}
