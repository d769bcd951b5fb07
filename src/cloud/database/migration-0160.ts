// Schema: standing grants, the token that asked for each run, and how long a grant may last.

export const standingGrants: readonly string[] = [
  'alter table accounts add column max_grant_lifetime_seconds bigint',
  'alter table runs add column token_id text',
  'alter table runs add column grant_id text',
  'alter table approvals add column token_id text',
  `create table grants (
    id text primary key, account_id text not null references accounts(id),
    approval_id text not null unique references approvals(id), run_id text not null references runs(id),
    action_id text not null, risk text not null, pack_id text not null, pack_version text not null,
    pack_hash text not null, token_id text not null references operator_tokens(id), runner_id text,
    runner_name text, args_sha256 text, args_shown text, duration text not null,
    approvers integer not null, other_approvers integer not null, granted_by text not null,
    granted_at bigint not null, expires_at bigint not null, max_uses bigint, uses_count bigint not null,
    last_used_at bigint not null, revoked_at bigint, revoked_by text)`,
  'create index grants_standing on grants (token_id, action_id) where revoked_at is null',
  'create index grants_order on grants (account_id, granted_at, id)',
];
