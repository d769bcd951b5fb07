// Schema: requests for approval, with what they are bound to, and the votes on them.

export const approvals: readonly string[] = [
  `create table approvals (
    id text primary key, account_id text not null references accounts(id),
    run_id text not null unique references runs(id), operation_id text not null, status text not null,
    action_id text not null, risk text not null, pack_id text not null, pack_version text not null,
    pack_hash text not null, args_sha256 text not null, args_shown text not null, runner_id text not null,
    runner_name text not null, requested_by text not null, requested_by_name text not null,
    requested_at bigint not null, reason text not null, policy_version bigint not null,
    policy_scope text not null, policy_rule text not null, min_approvals integer not null,
    allow_self_approval integer not null, approvals_count integer not null, expires_at bigint not null,
    decided_at bigint, decided_by text, decision_note text)`,
  'create index approvals_order on approvals (account_id, requested_at, id)',
  "create index approvals_pending on approvals (expires_at) where status = 'pending'",
  'create index approvals_of_operation on approvals (operation_id)',
  `create table approval_votes (
    approval_id text not null references approvals(id), member_id text not null, member_name text not null,
    vote text not null, note text, at bigint not null, primary key (approval_id, member_id))`,
];
