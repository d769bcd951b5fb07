// Schema: what a host offers of a pack is stored once, however many hosts offer the same; a host points at it.

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
];
