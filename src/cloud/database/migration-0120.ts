// Schema: policy. One row a scope that has rules of its own, the account's among them, and a counter that rises
// with every edit, so that a version says which edit of which scope decided about a run.

// As they were when this was written; what an account begins with later is not this file's business.
const firstRules =
  '{"defaults":{"low":"allow","medium":"allow","high":"require_approval","critical":"deny"},' +
  '"overrides":[],"approval":{"min_approvals":1,"allow_self_approval":true}}';

export const policies: readonly string[] = [
  'alter table accounts add column policy_counter bigint not null default 1',
  `create table policies (
    account_id text not null references accounts(id), kind text not null, ref text not null,
    rules text not null, version bigint not null, updated_at bigint not null, updated_by text,
    primary key (account_id, kind, ref))`,
  `insert into policies (account_id, kind, ref, rules, version, updated_at, updated_by)
    select id, 'account', '', '${firstRules}', 1, created_at, null from accounts`,
  'alter table runs add column policy_version bigint not null default 0',
  "alter table runs add column policy_scope text not null default 'account'",
  "alter table runs add column policy_rule text not null default ''",
];
