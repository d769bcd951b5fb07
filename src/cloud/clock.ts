// Time and chance as arguments: everything that waits or draws lots gets them from here, so tests can turn both.
import { randomBytes } from 'node:crypto';
import type { RandomBytes } from '../protocol/ids.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `ring` once after `ms`; the returned function calls it off. Never keeps the process alive. */
  after(ms: number, ring: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, ring) => {
    const timer = setTimeout(ring, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export const systemRandom: RandomBytes = (length) => randomBytes(length);

/** An instant in milliseconds as the API writes it. */
export function instant(at: number): string;
export function instant(at: number | null): string | null;
export function instant(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
