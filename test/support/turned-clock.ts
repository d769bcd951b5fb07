// A clock that only moves when a test turns it; timers ring in the order of their instants.
import type { Clock } from '../../src/cloud/clock.ts';

export interface TurnedClock extends Clock {
  /** Moves on by `ms`, ringing what is due on the way; lets I/O that a bell started settle in between. */
  advance(ms: number): Promise<void>;
  /** Jumps, as a host does that was asleep: what is due rings once, late. For days, which have too many seconds. */
  leap(ms: number): Promise<void>;
  /** How many timers wait. */
  waiting(): number;
}

interface Bell {
  at: number;
  order: number;
  ring: () => void;
}

/** Starts at `startAt`, milliseconds since the epoch. */
export function createTurnedClock(startAt = Date.UTC(2030, 0, 1)): TurnedClock {
  let now = startAt;
  let order = 0;
  const bells = new Set<Bell>();
  const nextDue = (until: number): Bell | null => {
    let next: Bell | null = null;
    for (const bell of bells) {
      if (bell.at > until) continue;
      if (!next || bell.at < next.at || (bell.at === next.at && bell.order < next.order)) next = bell;
    }
    return next;
  };
  return {
    now: () => now,
    after: (ms, ring) => {
      const bell = { at: now + Math.max(0, ms), order: (order += 1), ring };
      bells.add(bell);
      return () => void bells.delete(bell);
    },
    advance: async (ms) => {
      const until = now + ms;
      for (let bell = nextDue(until); bell; bell = nextDue(until)) {
        bells.delete(bell);
        now = Math.max(now, bell.at);
        bell.ring();
        await settle();
      }
      now = until;
      await settle();
    },
    leap: async (ms) => {
      now += ms;
      const due = [...bells]
        .filter((bell) => bell.at <= now)
        .sort((a, b) => a.at - b.at || a.order - b.order);
      for (const bell of due) {
        if (!bells.delete(bell)) continue;
        bell.ring();
        await settle();
      }
    },
    waiting: () => bells.size,
  };
}

/** A few turns of the event loop, so that promises and sockets move on. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
