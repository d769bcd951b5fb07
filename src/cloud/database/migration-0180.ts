// Schema: what a host offers of a pack is stored once, however many hosts offer the same; a host points at it.
// Pack versions can be retired and remember every refused hash; those that nobody sees any more go after a time.

export const sharedOffers: readonly string[] = [
  `create table action_sets (
    digest text not null, action_id text not null, contract_digest text not null references contracts(digest),
    available integer not null, missing_executable text, primary key (digest, action_id))`,
  'create index action_sets_by_action on action_sets (action_id, digest)',
  // What hosts said so far becomes a set of their own each, until they say it again.
  `insert into action_sets (digest, action_id, contract_digest, available, missing_executable)
    select runner_id || '/' || pack_id, action_id, contract_digest, available, missing_executable
    from runner_actions`,
  `alter table runner_packs add column actions_digest text not null default ''`,
  `update runner_packs set actions_digest = runner_id || '/' || pack_id`,
  'create index runner_packs_by_actions on runner_packs (account_id, actions_digest)',
  'update runners set catalogue_digest = null',
  'drop table runner_actions',
  // When the catalogue said that a security release replaces it, and who lets it run all the same.
  'alter table pack_versions add column retired_at bigint',
  'alter table pack_versions add column retirement_overridden_at bigint',
  'alter table pack_versions add column retirement_overridden_by text',
  `alter table pack_versions add column refused_hashes text not null default '[]'`,
  `update pack_versions set refused_hashes = '["' || pending_hash || '"]'
    where state <> 'pending' and pending_hash is not null`,
  'alter table accounts add column pack_unseen_retention_days integer',
];
