// Time as the runner sees it: handed in everywhere, so that a test can turn it.

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once after `ms` milliseconds; the answer cancels it. */
  setTimer(ms: number, fire: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** Calls `fire` every `ms` milliseconds until the answer is called. */
export function repeat(clock: Clock, ms: number, fire: () => void): () => void {
  let cancel: () => void = () => {};
  const arm = () => {
    cancel = clock.setTimer(ms, () => {
      arm();
      fire();
    });
  };
  arm();
  return () => cancel();
}

/** Resolves after `ms` milliseconds, or at once when `signal` fires. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const finish = () => {
      cancel();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.setTimer(ms, finish);
    signal.addEventListener('abort', finish);
  });
}
