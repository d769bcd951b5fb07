// Failed registrations of each address within a minute. Successes are not counted, so that a rack of hosts
// behind one address can enroll at once.
import type { Clock } from '../clock.ts';

const MAX_FAILURES = 30;
const WINDOW_MS = 60_000;
/** Addresses remembered; beyond it the oldest are forgotten, so that a spoofed crowd costs no memory. */
const MAX_ADDRESSES = 10_000;

export interface FailedRegistrations {
  /** Seconds to wait, or null when the address may try. */
  waitSeconds(address: string): number | null;
  note(address: string): void;
}

export function createFailedRegistrations(clock: Clock): FailedRegistrations {
  const windows = new Map<string, { since: number; failures: number }>();
  const current = (address: string) => {
    const window = windows.get(address);
    return window && clock.now() - window.since < WINDOW_MS ? window : null;
  };
  return {
    waitSeconds: (address) => {
      const window = current(address);
      if (!window || window.failures < MAX_FAILURES) return null;
      return Math.max(1, Math.ceil((window.since + WINDOW_MS - clock.now()) / 1000));
    },
    note: (address) => {
      const window = current(address);
      if (window) {
        window.failures += 1;
        return;
      }
      windows.delete(address);
      windows.set(address, { since: clock.now(), failures: 1 });
      const oldest = windows.keys().next();
      if (windows.size > MAX_ADDRESSES && !oldest.done) windows.delete(oldest.value);
    },
  };
}
