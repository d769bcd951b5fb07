// Schema: how long a runner may be away before it is forgotten by itself; null: for ever.

export const runnerRetention: readonly string[] = [
  'alter table accounts add column runner_inactive_retention_hours integer',
];
