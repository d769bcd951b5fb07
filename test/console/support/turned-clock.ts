// A clock that stands still until a test turns it.
import type { Clock } from '../../../src/console/store/clock.ts';

export interface TurnedClock extends Clock {
  /** Lets `ms` milliseconds pass; rings what falls due, in order. */
  advance(ms: number): void;
  /** Timers that wait. */
  pending(): number;
}

export function createTurnedClock(start = Date.parse('2026-11-25T12:00:00Z')): TurnedClock {
  let now = start;
  let lastId = 0;
  const timers = new Map<number, { at: number; ring: () => void }>();
  return {
    now: () => now,
    after(ms, ring) {
      lastId += 1;
      const id = lastId;
      timers.set(id, { at: now + ms, ring });
      return () => timers.delete(id);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = [...timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
        if (next === undefined) break;
        timers.delete(next[0]);
        now = Math.max(now, next[1].at);
        next[1].ring();
      }
      now = end;
    },
    pending: () => timers.size,
  };
}
