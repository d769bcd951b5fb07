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
  const { clock } = options;
  let heardAt = clock.now();
  const stopBeats = repeat(clock, options.heartbeatEveryMs, () => options.beat());
  const stopPings = repeat(clock, RUNNER_PING_EVERY_MS, () => {
    if (clock.now() - heardAt < RUNNER_REDIAL_AFTER_MS) return options.ping();
    stop();
    options.silent();
  });
  const stop = () => {
    stopBeats();
    stopPings();
  };
  return {
    heard: () => {
      heardAt = clock.now();
    },
    stop,
  };
}

export function heartbeatFrame(now: number, actionLoad: number): HeartbeatFrame {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
  return { type: 'heartbeat', protocol_version: PROTOCOL_VERSION, time, action_load: actionLoad };
}
