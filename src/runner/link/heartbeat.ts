// The two clocks of one connection: telling that we are here (SPEC HB1), and noticing that nobody answers
// (SPEC HB5). A connection can stay open for ever while everything behind it is gone (pitfalls C1, C18).
import type { HeartbeatFrame } from '../../protocol/frames.ts';
import { RUNNER_PING_EVERY_MS, RUNNER_REDIAL_AFTER_MS } from '../../protocol/runner.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import { repeat, type Clock } from '../clock.ts';

export interface Pulse {
  /** Something arrived: the other side is there. */
  heard(): void;
  stop(): void;
}

export interface PulseOptions {
  readonly clock: Clock;
  readonly heartbeatEveryMs: number;
  beat(): void;
  ping(): void;
  /** Called once when the other side stayed silent for RUNNER_REDIAL_AFTER_MS. */
  silent(): void;
}

/** Starts both clocks; the first beat comes a full interval after the start. */
export function startPulse(options: PulseOptions): Pulse {
  const stopBeats = repeat(options.clock, options.heartbeatEveryMs, () => options.beat());
  const watch = startWatch(options);
  return {
    heard: watch.heard,
    stop() {
      stopBeats();
      watch.stop();
    },
  };
}

function startWatch({ clock, ping, silent }: PulseOptions): Pulse {
  let heardAt = clock.now();
  let pingedAt = heardAt;
  let cancel: () => void = () => {};
  const look = () => {
    const now = clock.now();
    if (now - heardAt >= RUNNER_REDIAL_AFTER_MS) return silent();
    if (now - pingedAt >= RUNNER_PING_EVERY_MS) {
      pingedAt = now;
      ping();
    }
    arm();
  };
  // To the next ping or to the end of patience, whichever is first, so that neither waits for the other.
  const arm = () => {
    const nextAt = Math.min(pingedAt + RUNNER_PING_EVERY_MS, heardAt + RUNNER_REDIAL_AFTER_MS);
    cancel = clock.setTimer(Math.max(nextAt - clock.now(), 1), look);
  };
  arm();
  return {
    heard: () => {
      heardAt = clock.now();
    },
    stop: () => cancel(),
  };
}

export function heartbeatFrame(now: number, actionLoad: number): HeartbeatFrame {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return { type: 'heartbeat', protocol_version: PROTOCOL_VERSION, time, action_load: actionLoad };
}
