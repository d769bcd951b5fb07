// How long to wait before dialling again: full jitter, so that a restart is not met by all consoles at once.

const BASE_MS = 500;
const CAP_MS = 15_000;

/** `attempt` counts failures so far, from 0; `random` gives 0 ≤ x < 1. */
export function backoffMs(attempt: number, random: () => number): number {
  return Math.round(random() * Math.min(CAP_MS, BASE_MS * 2 ** Math.min(attempt, 10)));
}
