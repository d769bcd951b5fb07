// Schema: what was answered to a call that may be made again with its idempotency key. Dispatches had keys of their
// own before.

export const idempotencyKeys: readonly string[] = [
  `create table idempotency_keys (
    member_id text not null references members(id), idempotency_key text not null, digest text not null,
    answer text not null, holds_secrets integer not null, created_at bigint not null,
    primary key (member_id, idempotency_key))`,
  `create index idempotency_keys_by_age on idempotency_keys (created_at)`,
  `drop index operations_idempotency`,
  `alter table operations drop column idempotency_key`,
  `alter table operations drop column request_digest`,
];
