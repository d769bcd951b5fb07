// Schema: finding the events of a runner's journal that its newest results named.

export const eventsOfRunners: readonly string[] = [
  'create index runs_events on runs (runner_id, finished_at) where event_id is not null',
];
