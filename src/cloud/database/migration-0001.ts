// Schema 1: accounts and who speaks for them, runners and their tokens, trust, runs, the audit trail.

export const first: readonly string[] = [
  `create table accounts (
    id text primary key, name text not null, pack_auto_trust text not null,
    created_at bigint not null, disabled_at bigint)`,
  `create table members (
    id text primary key, account_id text not null references accounts(id), name text not null,
    role text not null, created_at bigint not null, suspended_at bigint)`,
  `create table operator_tokens (
    id text primary key, account_id text not null references accounts(id),
    member_id text not null references members(id), name text not null,
    prefix text not null unique, hash text not null, created_at bigint not null,
    last_used_at bigint, expires_at bigint, revoked_at bigint)`,
  `create table runners (
    id text primary key, account_id text not null references accounts(id), external_id text not null,
    name text not null, group_name text not null, hostname text not null, labels text not null,
    version text not null, registered_at bigint not null, bootstrap_key_id text,
    recoverable_until bigint, reenrolled_at bigint,
    disabled_at bigint, revoked_at bigint, deleted_at bigint, last_connected_at bigint,
    last_disconnected_at bigint, last_disconnect_reason text, last_heartbeat_at bigint, last_address text,
    epoch bigint not null, connected integer not null, exits_on_disable integer not null,
    signed_only integer not null, degraded_packs text not null, catalogue_digest text)`,
  'create unique index runners_identity on runners (account_id, external_id) where deleted_at is null',
  'create unique index runners_name on runners (account_id, name) where deleted_at is null',
  'create index runners_order on runners (account_id, group_name, name)',
  `create table enrollment_keys (
    id text primary key, account_id text not null references accounts(id), prefix text not null unique,
    hash text not null, description text not null, host text, reusable integer not null, max_uses integer,
    uses_count integer not null, created_at bigint not null, created_by text not null,
    created_by_name text not null, expires_at bigint, last_used_at bigint, revoked_at bigint,
    runner_id text references runners(id))`,
  'create index enrollment_keys_order on enrollment_keys (account_id, created_at)',
  `create table runner_tokens (
    id text primary key, account_id text not null, runner_id text not null references runners(id),
    prefix text not null unique, hash text not null, issued_at bigint not null, issued_via_key_id text,
    last_used_at bigint, expires_at bigint, revoked_at bigint)`,
  'create index runner_tokens_of on runner_tokens (runner_id)',
  `create table runner_packs (
    runner_id text not null references runners(id), account_id text not null, pack_id text not null,
    version text not null, hash text not null, primary key (runner_id, pack_id))`,
  'create index runner_packs_by_version on runner_packs (account_id, pack_id, version, hash)',
  `create table contracts (digest text primary key, descriptor text not null)`,
  `create table runner_actions (
    runner_id text not null references runners(id), account_id text not null, action_id text not null,
    pack_id text not null, contract_digest text not null references contracts(digest),
    available integer not null, missing_executable text, primary key (runner_id, action_id))`,
  'create index runner_actions_by_action on runner_actions (account_id, action_id)',
  `create table pack_versions (
    id text primary key, account_id text not null references accounts(id), pack_id text not null,
    version text not null, state text not null, trusted_hash text, pending_hash text,
    trusted_contracts text, first_seen_at bigint not null, last_seen_at bigint not null,
    decided_at bigint, decided_by text)`,
  'create unique index pack_versions_identity on pack_versions (account_id, pack_id, version)',
  `create table operations (
    id text primary key, account_id text not null references accounts(id), member_id text not null,
    idempotency_key text, request_digest text not null, action_id text not null, created_at bigint not null,
    answer text not null)`,
  `create unique index operations_idempotency on operations (member_id, idempotency_key)
    where idempotency_key is not null`,
  `create table runs (
    id text primary key, account_id text not null references accounts(id),
    operation_id text not null references operations(id), request_id text not null unique,
    action_id text not null, pack_id text not null, pack_version text not null, pack_hash text not null,
    contract_digest text not null references contracts(digest), risk text not null,
    runner_id text not null references runners(id), runner_name text not null,
    requested_by text not null, requested_by_name text not null, source text not null, reason text not null,
    args_text text not null, args_shown text not null, args_sha256 text not null, opts text,
    policy_decision text not null, status text not null, queued_at bigint not null, sent_at bigint,
    sent_epoch bigint, started_at bigint, finished_at bigint, cancel_requested_at bigint, cancel_reason text,
    exit_code integer, duration_ms bigint, cause text, explanation text, stdout_bytes bigint,
    stderr_bytes bigint, stdout_truncated integer not null, stderr_truncated integer not null,
    output_complete integer, output_chunks integer not null, output_bytes bigint not null,
    structured_output text, executed_command text, executed_command_truncated integer not null,
    local_audit_failed integer not null, event_id text)`,
  'create index runs_order on runs (account_id, queued_at, id)',
  'create index runs_of_operation on runs (operation_id)',
  `create index runs_unfinished on runs (runner_id, queued_at)
    where status in ('pending', 'pending_approval', 'sent', 'running', 'cancelling')`,
  `create table run_output (
    run_id text not null references runs(id), seq integer not null, stream text not null,
    chunk text not null, at bigint not null, primary key (run_id, seq))`,
  `create table audit_events (
    position integer primary key, id text not null unique, account_id text not null,
    occurred_at bigint not null, event_type text not null, actor_kind text not null, actor_id text,
    actor_label text not null, token_id text, target_kind text, target_id text, target_label text,
    request_id text, ip_address text, payload text not null)`,
  'create index audit_events_order on audit_events (account_id, occurred_at)',
  'create index audit_events_of_target on audit_events (target_id)',
];
