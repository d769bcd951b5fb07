// Work that comes round by the control plane's clock: sweeps, clean-ups, beats.
import type { Clock } from './clock.ts';

export interface Repeated {
  start(): void;
  /** Resolves when the round that is under way is over. */
  stop(): Promise<void>;
}

export interface Rounds {
  everyMs: number;
  /** As long as every other wait unless it says so. */
  firstAfterMs?: number;
  work(): Promise<unknown>;
  /** A round that failed; the next one comes all the same. */
  failed(error: unknown): void;
}

/** Rounds begin at their time, one after the other: one that is still going on is waited for. */
export function repeat(clock: Clock, { everyMs, firstAfterMs = everyMs, work, failed }: Rounds): Repeated {
  let callOff: (() => void) | null = null;
  let rounds: Promise<unknown> = Promise.resolve();
  const schedule = (afterMs: number) => {
    callOff = clock.after(afterMs, () => {
      rounds = rounds.then(work).catch(failed);
      schedule(everyMs);
    });
  };
  return {
    start: () => schedule(firstAfterMs),
    stop: async () => {
      callOff?.();
      await rounds;
    },
  };
}
