// Schema: a dispatch on many runners goes on in turns, a few at a time, and stops after so many failures.

export const turnsOfOperations: readonly string[] = [
  'alter table operations add column max_parallel integer',
  'alter table operations add column stop_after_failures integer',
  `alter table operations add column reason text not null default ''`,
  `alter table operations add column requested_by_name text not null default ''`,
  // Null for a run that waits for no turn; 1 while it waits for its own, 0 from then on.
  'alter table runs add column turn integer',
];
