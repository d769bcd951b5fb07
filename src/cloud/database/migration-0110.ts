// Schema: what members reach, tokens that reach less, and how somebody becomes a member.

export const scopesOfMembers: readonly string[] = [
  `alter table members add column runner_access text not null default 'all'`,
  // JSON lists of `group:<name>` and `runner:<id>`, and of pack ids; empty unless the access is restricted.
  `alter table members add column runner_selectors text not null default '[]'`,
  `alter table members add column pack_access text not null default 'all'`,
  `alter table members add column pack_ids text not null default '[]'`,
  'alter table members add column removed_at bigint',
  'alter table members add column joined_at bigint',
  'update members set joined_at = created_at',
  // JSON of the same four, or null for a token that reaches what its member reaches.
  'alter table operator_tokens add column scope text',
  `create table invitations (
    id text primary key, account_id text not null references accounts(id),
    member_id text not null references members(id), prefix text not null unique, hash text not null,
    created_at bigint not null, expires_at bigint not null, used_at bigint, revoked_at bigint)`,
  'create index invitations_of_member on invitations (member_id)',
];
