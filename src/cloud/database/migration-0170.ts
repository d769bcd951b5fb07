// Schema: webhooks, what waits to be sent, how far the trail was read for news, and members' e-mail addresses.

export const notices: readonly string[] = [
  'alter table members add column email text',
  `create table webhooks (
    id text primary key, account_id text not null references accounts(id),
    member_id text not null references members(id), scope text, name text not null, url text not null,
    events text not null, offline_after_seconds integer not null, state text not null, disabled_because text,
    created_at bigint not null, last_delivered_at bigint, failures integer not null, since_seq bigint not null,
    offline_seq bigint not null)`,
  'create unique index webhooks_by_name on webhooks (member_id, name)',
  'create index webhooks_of_account on webhooks (account_id)',
  // A table of its own: no reading of webhooks brings a secret along.
  `create table webhook_secrets (
    webhook_id text primary key references webhooks(id), secret text not null, previous text,
    previous_until bigint)`,
  `create table notice_deliveries (
    id text primary key, account_id text not null references accounts(id), channel text not null,
    webhook_id text references webhooks(id), member_id text not null, event text not null, body text not null,
    subjects text not null, seq bigint not null, created_at bigint not null, state text not null,
    attempts integer not null, next_at bigint not null, claimed_until bigint not null, ended_at bigint,
    last_status integer, last_error text)`,
  `create index notice_deliveries_due on notice_deliveries (next_at) where state = 'pending'`,
  'create index notice_deliveries_of_webhook on notice_deliveries (webhook_id, created_at)',
  'create index notice_deliveries_ended on notice_deliveries (ended_at)',
  `create table notice_cursors (account_id text primary key references accounts(id), seq bigint not null)`,
  // Who is told of news is told of what comes, not of what was.
  'insert into notice_cursors (account_id, seq) select account_id, seq from audit_heads',
];
