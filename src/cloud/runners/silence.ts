// Who has been silent for how long, for any number of runners with one timer: hearing from one costs O(1).
// Relies on a Map keeping its insertion order: whoever is heard moves to the end, so the front is the oldest.
import { CLOSE_AFTER_MS, STALE_AFTER_MS } from '../../protocol/runner.ts';
import type { Clock } from '../clock.ts';

export interface Silence {
  /** Starts the watch, or starts it anew. True when it had been stale until now. */
  heard(key: string): boolean;
  forget(key: string): void;
  isStale(key: string): boolean;
  stop(): void;
}

interface Told {
  /** Silent for 45 s (SPEC HB2). */
  stale(key: string): void;
  /** Silent for 90 s; it is forgotten already (SPEC HB3). */
  silent(key: string): void;
}

export function watchSilence(clock: Clock, told: Told): Silence {
  const fresh = new Map<string, number>();
  const stale = new Map<string, number>();
  let cancel: (() => void) | null = null;

  const arm = () => {
    const deadlines = [firstOf(fresh, STALE_AFTER_MS), firstOf(stale, CLOSE_AFTER_MS)].filter(
      (at) => at !== null,
    );
    if (cancel || deadlines.length === 0) return;
    // Early is harmless: a beat since then only means that the bell finds nothing due and is set again.
    cancel = clock.after(Math.max(0, Math.min(...deadlines) - clock.now()), ring);
  };
  const ring = () => {
    cancel = null;
    const now = clock.now();
    for (const [key, heardAt] of fresh) {
      if (heardAt + STALE_AFTER_MS > now) break;
      fresh.delete(key);
      stale.set(key, heardAt);
      told.stale(key);
    }
    for (const [key, heardAt] of stale) {
      if (heardAt + CLOSE_AFTER_MS > now) break;
      stale.delete(key);
      told.silent(key);
    }
    arm();
  };
  return {
    heard: (key) => {
      const wasStale = stale.delete(key);
      fresh.delete(key);
      fresh.set(key, clock.now());
      arm();
      return wasStale;
    },
    forget: (key) => {
      fresh.delete(key);
      stale.delete(key);
    },
    isStale: (key) => stale.has(key),
    stop: () => {
      cancel?.();
      fresh.clear();
      stale.clear();
    },
  };
}

function firstOf(heard: Map<string, number>, after: number): number | null {
  const first = heard.values().next();
  return first.done ? null : first.value + after;
}
