// Schema: the audit trail as a chain, what an event is about by runner and pack, and how long events are kept.

export const chainedAudit: readonly string[] = [
  // Number and hash in the chain of the account; null until the first event after this change chains the older ones.
  'alter table audit_events add column chain_seq bigint',
  'alter table audit_events add column hash text',
  // So that who does not reach a runner or a pack does not read what happened to it.
  'alter table audit_events add column runner_id text',
  'alter table audit_events add column pack_id text',
  `update audit_events set runner_id = target_id where target_kind = 'runner'`,
  `update audit_events set runner_id = (select runner_id from runs where runs.id = audit_events.target_id)
    where target_kind = 'run'`,
  `create unique index audit_events_chain on audit_events (account_id, chain_seq) where chain_seq is not null`,
  `create table audit_heads (
    account_id text primary key references accounts(id), seq bigint not null, hash text not null,
    anchor_seq bigint not null, anchor_hash text not null)`,
  'alter table accounts add column audit_retention_days integer',
];
