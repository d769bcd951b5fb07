// Who is with us right now: the last frame of every connected runner, in memory only.
// What a runner is stands in the store; which socket it has is the gateway's.
import type { Clock } from '../clock.ts';
import { watchSilence, type Silence } from './silence.ts';

/** A second host that presents the same identity is shown this long after its last attempt. */
const CONFLICT_SHOWN_MS = 5 * 60_000;

export interface Present {
  readonly runnerId: string;
  readonly accountId: string;
  readonly epoch: number;
  readonly address: string;
  heardAt: number;
  load: number;
  /** Its socket is this node's. */
  readonly isOurs: boolean;
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

export interface Entering {
  runnerId: string;
  accountId: string;
  epoch: number;
  address: string;
  /** Left out: its socket is this node's. */
  isOurs?: boolean;
}

export interface Presence {
  /** A session was claimed; it is not online yet. Replaces an older one. */
  enter(runner: Entering): void;
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
  /** Over all accounts; a stale runner is online too. */
  tally(): { online: number; stale: number };
  conflictOf(runnerId: string): Conflict | null;
  /** Notes a refused newcomer; true when no conflict was shown before. */
  noteConflict(runner: { accountId: string; runnerId: string }, addresses: string[]): boolean;
  /** Who beat since the last call, with its load. */
  takeBeats(accountId: string): [string, number][];
  /** Who was heard since the last call, for the coalesced write. */
  takeHeard(): { runnerId: string; heardAt: number }[];
  /** Who was heard on this node's sockets since the last call, for the other nodes. */
  takeNews(): [string, number][];
  /** Who was heard by another node, as it says. */
  heardElsewhere(beats: readonly (readonly [string, number])[]): void;
  stop(): void;
}

export function createPresence(clock: Clock, told: PresenceTold): Presence {
  return new MemoryPresence(clock, told);
}

class MemoryPresence implements Presence {
  readonly #clock: Clock;
  readonly #told: PresenceTold;
  readonly #silence: Silence;
  readonly #present = new Map<string, Present>();
  readonly #conflicts = new Map<string, Conflict & { cancel: () => void }>();
  readonly #beats = new Map<string, Map<string, number>>();
  readonly #heardSince = new Set<string>();
  readonly #newsSince = new Set<string>();

  constructor(clock: Clock, told: PresenceTold) {
    this.#clock = clock;
    this.#told = told;
    this.#silence = watchSilence(clock, {
      stale: (runnerId) => {
        const runner = this.#present.get(runnerId);
        if (runner?.online) told.badgeTurned(runner);
      },
      silent: (runnerId) => {
        const runner = this.#present.get(runnerId);
        if (runner?.isOurs === true) told.silent(runner);
      },
    });
  }

  enter({ isOurs = true, ...runner }: Entering): void {
    this.#present.set(runner.runnerId, {
      ...runner,
      isOurs,
      heardAt: this.#clock.now(),
      load: 0,
      online: false,
    });
    this.#silence.heard(runner.runnerId);
  }

  establish(runnerId: string, epoch: number): void {
    const runner = this.#current(runnerId, epoch);
    if (runner) runner.online = true;
  }

  heard(runnerId: string, epoch: number, load?: number): void {
    const runner = this.#current(runnerId, epoch);
    if (!runner) return;
    runner.heardAt = this.#clock.now();
    if (runner.isOurs) {
      this.#heardSince.add(runnerId);
      this.#newsSince.add(runnerId);
    }
    if (load !== undefined) this.#noteBeat(runner, load);
    // Only a changed badge is news of its own: a healthy fleet would otherwise flood every console.
    if (this.#silence.heard(runnerId) && runner.online) this.#told.badgeTurned(runner);
  }

  leave(runnerId: string, epoch: number): void {
    const runner = this.#current(runnerId, epoch);
    if (!runner) return;
    this.#present.delete(runnerId);
    this.#silence.forget(runnerId);
    this.#beats.get(runner.accountId)?.delete(runnerId);
  }

  find(runnerId: string): Present | null {
    return this.#present.get(runnerId) ?? null;
  }

  isOnline(runnerId: string): boolean {
    return this.#present.get(runnerId)?.online ?? false;
  }

  isStale(runnerId: string): boolean {
    return this.isOnline(runnerId) && this.#silence.isStale(runnerId);
  }

  onlineCount(accountId: string): number {
    let total = 0;
    for (const runner of this.#present.values())
      if (runner.accountId === accountId && runner.online) total += 1;
    return total;
  }

  tally(): { online: number; stale: number } {
    const online = [...this.#present.values()].filter((runner) => runner.online);
    return { online: online.length, stale: online.filter(({ runnerId }) => this.isStale(runnerId)).length };
  }

  conflictOf(runnerId: string): Conflict | null {
    return this.#conflicts.get(runnerId) ?? null;
  }

  noteConflict(runner: { accountId: string; runnerId: string }, addresses: string[]): boolean {
    const before = this.#conflicts.get(runner.runnerId);
    before?.cancel();
    const cancel = this.#clock.after(CONFLICT_SHOWN_MS, () => {
      this.#conflicts.delete(runner.runnerId);
      this.#told.badgeTurned(runner);
    });
    this.#conflicts.set(runner.runnerId, { addresses, at: this.#clock.now(), cancel });
    this.#told.badgeTurned(runner);
    return !before;
  }

  takeBeats(accountId: string): [string, number][] {
    const taken = [...(this.#beats.get(accountId) ?? [])];
    this.#beats.delete(accountId);
    return taken;
  }

  takeHeard(): { runnerId: string; heardAt: number }[] {
    const taken = [...this.#heardSince].flatMap((runnerId) => {
      const runner = this.#present.get(runnerId);
      return runner ? [{ runnerId, heardAt: runner.heardAt }] : [];
    });
    this.#heardSince.clear();
    return taken;
  }

  takeNews(): [string, number][] {
    const taken = [...this.#newsSince].flatMap((runnerId): [string, number][] => {
      const runner = this.#present.get(runnerId);
      return runner ? [[runnerId, runner.load]] : [];
    });
    this.#newsSince.clear();
    return taken;
  }

  heardElsewhere(beats: readonly (readonly [string, number])[]): void {
    for (const [runnerId, load] of beats) {
      const runner = this.#present.get(runnerId);
      if (runner?.isOurs === false) this.heard(runnerId, runner.epoch, load);
    }
  }

  stop(): void {
    this.#silence.stop();
    for (const conflict of this.#conflicts.values()) conflict.cancel();
  }

  #current(runnerId: string, epoch: number): Present | null {
    const runner = this.#present.get(runnerId);
    return runner?.epoch === epoch ? runner : null;
  }

  #noteBeat(runner: Present, load: number): void {
    runner.load = load;
    const ofAccount = this.#beats.get(runner.accountId) ?? new Map<string, number>();
    ofAccount.set(runner.runnerId, load);
    this.#beats.set(runner.accountId, ofAccount);
  }
}
