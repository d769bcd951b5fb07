// What a runner can be, and when it counts as gone: pure answers over plain values.
// Who is connected right now is the control plane's presence; what is stored is its store's.
import { z } from 'zod';

/** Every runner beats this often (SPEC HB1). */
export const HEARTBEAT_EVERY_MS = 30_000;
/** Silent this long: the badge turns stale (SPEC HB2). */
export const STALE_AFTER_MS = 45_000;
/** Silent this long: the control plane closes the socket (SPEC HB3). */
export const CLOSE_AFTER_MS = 90_000;
/** A lost runner's unfinished runs end this long after the close was recorded (SPEC RN4). */
export const LOST_RUN_GRACE_MS = 120_000;
/** Our runner asks its connection this often, and redials when it stays unanswered that long (SPEC HB5). */
export const RUNNER_PING_EVERY_MS = 15_000;
export const RUNNER_REDIAL_AFTER_MS = 45_000;
/** A newcomer with a valid token waits this long for the holder of the session to answer (SPEC SE2). */
export const HOLDER_ANSWERS_WITHIN_MS = 5_000;
/** Runs that a runner of ours executes at once; more are refused and requeued (SPEC RN6). */
export const CONCURRENCY_CAP = 8;
/** A sent run that was never acknowledged ends this long after it was queued. */
export const SENT_DEADLINE_MS = 600_000;

export const runnerStates = ['online', 'offline', 'pending', 'disabled', 'revoked'] as const;
export const RunnerState = z.enum(runnerStates);
export type RunnerState = z.infer<typeof RunnerState>;

export type Liveness = 'online' | 'stale' | 'offline';

/** How a runner last heard at `heardAt` looks at `now`, both in milliseconds. */
export function livenessAt(heardAt: number, now: number): Liveness {
  const silence = now - heardAt;
  if (silence < STALE_AFTER_MS) return 'online';
  return silence < CLOSE_AFTER_MS ? 'stale' : 'offline';
}

export interface RunnerFacts {
  disabled: boolean;
  revoked: boolean;
  connected: boolean;
  everConnected: boolean;
}

/** The one state a runner is in; earlier lines win (design, "Ending a runner"). */
export function runnerStateOf(facts: RunnerFacts): RunnerState {
  if (facts.disabled) return 'disabled';
  if (facts.revoked) return 'revoked';
  if (facts.connected) return 'online';
  return facts.everConnected ? 'offline' : 'pending';
}

/** The word on the badge: the state, or what matters more about one that is connected: `stale`, `held`. */
export type BadgeWord = RunnerState | 'stale' | 'held';
export const badgeWords = ['online', 'held', 'stale', 'offline', 'pending', 'disabled', 'revoked'] as const;

export function badgeOf(runner: { state: RunnerState; stale: boolean; held: boolean }): BadgeWord {
  if (runner.state !== 'online') return runner.state;
  if (runner.stale) return 'stale';
  return runner.held ? 'held' : 'online';
}

/** Routine reasons say nothing to an operator; anything else is worth a line (operator model A4). */
export function disconnectSentence(reason: string | null): string | null {
  if (reason === null || ['normal', 'closed', 'reconnect', 'server_stopped'].includes(reason)) return null;
  if (reason === 'service_stopped') return 'service stopped';
  if (reason === 'silent') return 'went silent';
  if (reason === 'version_rejected') return 'its version is no longer accepted';
  return 'ended unexpectedly';
}

export const versionClasses = ['supported', 'outdated', 'unsupported', 'unknown'] as const;
export type VersionClass = (typeof versionClasses)[number];
