// How long to wait before the next dial: full jitter under a doubling ceiling, so that a thousand runners
// that lost one control plane do not come back in the same second.

export interface Backoff {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Milliseconds before dial number `attempt` (0-based since the last session that worked). `random` is in
 * [0, 1). A server that names a time is given at least that long, up to five minutes.
 */
export function retryDelayMs(backoff: Backoff, attempt: number, random: number, retryAfterMs = 0): number {
  const ceilingMs = Math.min(backoff.maxMs, backoff.minMs * 2 ** Math.min(attempt, 30));
  return Math.max(Math.floor(random * ceilingMs), Math.min(retryAfterMs, 300_000));
}
