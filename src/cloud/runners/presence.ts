// Who is with us right now: the last frame of every connected runner, in memory only.
// What a runner is stands in the store; which socket it has is the gateway's.
import type { Clock } from '../clock.ts';
import { watchSilence } from './silence.ts';

/** A second host that presents the same identity is shown this long after its last attempt. */
const CONFLICT_SHOWN_MS = 5 * 60_000;

export interface Present {
  readonly runnerId: string;
  readonly accountId: string;
  readonly epoch: number;
  readonly address: string;
  heardAt: number;
  load: number;
  /** False until its first runner_state was taken in: only a working channel is online. */
  online: boolean;
}

export interface Conflict {
  readonly addresses: string[];
  readonly at: number;
}

export interface PresenceTold {
  /** The badge turned, and nothing else happened. */
  badgeTurned(runner: { accountId: string; runnerId: string }): void;
  /** Ninety seconds without a frame. */
  silent(runner: Present): void;
}

export interface Presence {
  /** A session was claimed; it is not online yet. Replaces an older one. */
  enter(runner: { runnerId: string; accountId: string; epoch: number; address: string }): void;
  /** The session's first runner_state was stored. Nothing happens for a superseded epoch. */
  establish(runnerId: string, epoch: number): void;
  /** Any frame that counts; `load` when it said one. Nothing happens for a superseded epoch (SPEC HB4). */
  heard(runnerId: string, epoch: number, load?: number): void;
  /** The session is over; an older epoch never removes a newer one (pitfall C19). */
  leave(runnerId: string, epoch: number): void;
  find(runnerId: string): Present | null;
  isOnline(runnerId: string): boolean;
  isStale(runnerId: string): boolean;
  onlineCount(accountId: string): number;
  staleCount(accountId: string): number;
  conflictOf(runnerId: string): Conflict | null;
  /** Notes a refused newcomer; true when no conflict was shown before. */
  noteConflict(runner: { accountId: string; runnerId: string }, addresses: string[]): boolean;
  /** Who beat since the last call, with its load. */
  takeBeats(accountId: string): [string, number][];
  /** Who was heard since the last call, for the coalesced write. */
  takeHeard(): { runnerId: string; heardAt: number }[];
  stop(): void;
}

export function createPresence(clock: Clock, told: PresenceTold): Presence {
  const present = new Map<string, Present>();
  const conflicts = new Map<string, Conflict & { cancel: () => void }>();
  const beats = new Map<string, Map<string, number>>();
  const heardSince = new Set<string>();
  const silence = watchSilence(clock, {
    stale: (runnerId) => {
      const runner = present.get(runnerId);
      if (runner?.online) told.badgeTurned(runner);
    },
    silent: (runnerId) => {
      const runner = present.get(runnerId);
      if (runner) told.silent(runner);
    },
  });
  const current = (runnerId: string, epoch: number) => {
    const runner = present.get(runnerId);
    return runner?.epoch === epoch ? runner : null;
  };
  const noteBeat = (runner: Present) => {
    const ofAccount = beats.get(runner.accountId) ?? new Map<string, number>();
    ofAccount.set(runner.runnerId, runner.load);
    beats.set(runner.accountId, ofAccount);
  };
  const count = (accountId: string, matches: (runner: Present) => boolean) => {
    let total = 0;
    for (const runner of present.values()) if (runner.accountId === accountId && matches(runner)) total += 1;
    return total;
  };
  return {
    enter: (runner) => {
      present.set(runner.runnerId, { ...runner, heardAt: clock.now(), load: 0, online: false });
      silence.heard(runner.runnerId);
    },
    establish: (runnerId, epoch) => {
      const runner = current(runnerId, epoch);
      if (runner) runner.online = true;
    },
    heard: (runnerId, epoch, load) => {
      const runner = current(runnerId, epoch);
      if (!runner) return;
      runner.heardAt = clock.now();
      heardSince.add(runnerId);
      if (load !== undefined) {
        runner.load = load;
        noteBeat(runner);
      }
      // Only a changed badge is news of its own: a healthy fleet would otherwise flood every console.
      if (silence.heard(runnerId) && runner.online) told.badgeTurned(runner);
    },
    leave: (runnerId, epoch) => {
      const runner = current(runnerId, epoch);
      if (!runner) return;
      present.delete(runnerId);
      silence.forget(runnerId);
      beats.get(runner.accountId)?.delete(runnerId);
    },
    find: (runnerId) => present.get(runnerId) ?? null,
    isOnline: (runnerId) => present.get(runnerId)?.online ?? false,
    isStale: (runnerId) => (present.get(runnerId)?.online ?? false) && silence.isStale(runnerId),
    onlineCount: (accountId) => count(accountId, (runner) => runner.online),
    staleCount: (accountId) => count(accountId, (runner) => runner.online && silence.isStale(runner.runnerId)),
    conflictOf: (runnerId) => conflicts.get(runnerId) ?? null,
    noteConflict: (runner, addresses) => {
      const before = conflicts.get(runner.runnerId);
      before?.cancel();
      const cancel = clock.after(CONFLICT_SHOWN_MS, () => {
        conflicts.delete(runner.runnerId);
        told.badgeTurned(runner);
      });
      conflicts.set(runner.runnerId, { addresses, at: clock.now(), cancel });
      told.badgeTurned(runner);
      return !before;
    },
    takeBeats: (accountId) => {
      const taken = [...(beats.get(accountId) ?? [])];
      beats.delete(accountId);
      return taken;
    },
    takeHeard: () => {
      const taken = [...heardSince].flatMap((runnerId) => {
        const runner = present.get(runnerId);
        return runner ? [{ runnerId, heardAt: runner.heardAt }] : [];
      });
      heardSince.clear();
      return taken;
    },
    stop: () => {
      silence.stop();
      for (const conflict of conflicts.values()) conflict.cancel();
    },
  };
}
