// Schema: several control planes on one store. Who serves, what they tell one another, and who holds which runner.

export const severalNodes: readonly string[] = [
  `create table nodes (
    id text primary key,
    host text not null,
    started_at bigint not null,
    beat bigint not null
  )`,
  `create table node_news (
    position integer primary key,
    node_id text not null,
    at bigint not null,
    hints text not null
  )`,
  'alter table runners add column node_id text',
  'create index runners_connected on runners (node_id) where connected = 1',
];
