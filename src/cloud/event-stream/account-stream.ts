// News of one account: hints become rows read once for a burst, rows become events, events go into the ring
// and from there to whoever listens. Output skips the reading and goes at once.
import type { StreamEvent } from '../../protocol/events.ts';
import { fullReach, type Scoped } from '../../protocol/scope.ts';
import { RESUME_WITHIN_MS } from '../../protocol/events.ts';
import { instant, type Clock } from '../clock.ts';
import { eventsOfHints, type RowHint } from './hint-events.ts';
import type { StreamLoaders } from './loaders.ts';
import type { Hint } from './outbox.ts';
import { createRing, type Ring, type RingEvent } from './ring.ts';

export interface AccountStream {
  readonly ring: Ring;
  take(hint: Exclude<Hint, { topic: 'nodes' }>): void;
  listen(listener: (entry: RingEvent) => void): () => void;
  /** Keeps the news of one run coming for as long as a viewer of it could resume. */
  watchRun(runId: string): void;
  isWatched(runId: string): boolean;
  /** Once a second: heartbeats in one event, badges when they moved, details of runs that printed. */
  tick(): Promise<void>;
  /** Resolves when every hint taken so far has become an event. */
  settled(): Promise<void>;
}

const COALESCE_MS = 20;

export interface AccountStreamParts {
  accountId: string;
  clock: Clock;
  loaders: StreamLoaders;
  report: (error: unknown, where: string) => void;
}

export function createAccountStream(parts: AccountStreamParts): AccountStream {
  return new AccountNews(parts);
}

class AccountNews implements AccountStream {
  readonly ring: Ring = createRing();
  readonly #parts: AccountStreamParts;
  /** Everything: what each viewer may see of it is their own filter's. */
  readonly #asked: Scoped;
  readonly #listeners = new Set<(entry: RingEvent) => void>();
  readonly #watchedUntil = new Map<string, number>();
  /** Watched runs that printed since their details were told: those count chunks and bytes. */
  readonly #detailsAreDue = new Set<string>();
  #waiting: RowHint[] = [];
  #pumping: Promise<void> | null = null;
  #badgesAreDue = true;
  #lastBadges = '';

  constructor(parts: AccountStreamParts) {
    this.#parts = parts;
    this.#asked = { accountId: parts.accountId, reach: fullReach };
  }

  take(hint: Exclude<Hint, { topic: 'nodes' }>): void {
    if (hint.topic === 'run') {
      if (!this.isWatched(hint.runId)) return;
      this.#publish(`run:${hint.runId}`, { type: 'run.output', chunks: hint.chunks });
      this.#detailsAreDue.add(hint.runId);
      return;
    }
    this.#waiting.push(hint);
    this.#pumping ??= sleep(0).then(() => this.#pump());
  }

  listen(listener: (entry: RingEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  watchRun(runId: string): void {
    const now = this.#parts.clock.now();
    for (const [other, until] of this.#watchedUntil) if (until <= now) this.#watchedUntil.delete(other);
    this.#watchedUntil.set(runId, now + RESUME_WITHIN_MS);
  }

  async tick(): Promise<void> {
    const { accountId, clock, loaders } = this.#parts;
    const beats = loaders.takeBeats(accountId);
    if (beats.length > 0)
      this.#publish('fleet', { type: 'fleet.heartbeats', at: instant(clock.now()), beats });
    await this.#publishDueDetails();
    if (!this.#badgesAreDue) return;
    this.#badgesAreDue = false;
    const badges = await loaders.badges(this.#asked);
    const text = JSON.stringify(badges);
    // Also the first time: a snapshot may have been given before what has just happened.
    if (text !== this.#lastBadges) this.#publish('badges', { type: 'badges.updated', badges });
    this.#lastBadges = text;
  }

  async #publishDueDetails(): Promise<void> {
    const due = [...this.#detailsAreDue];
    this.#detailsAreDue.clear();
    for (const runId of due) {
      const run = await this.#parts.loaders.runDetail(this.#asked, runId);
      if (run) this.#publish(`run:${runId}`, { type: 'run.detail', run });
    }
  }

  async settled(): Promise<void> {
    while (this.#pumping) await this.#pumping;
  }

  #publish(topic: string, event: StreamEvent): void {
    const entry = this.ring.append(this.#parts.clock.now(), topic, event);
    for (const listener of this.#listeners) listener(entry);
  }

  isWatched(runId: string): boolean {
    return (this.#watchedUntil.get(runId) ?? 0) > this.#parts.clock.now();
  }

  // Real time on purpose: how long a burst is gathered is no rule that a test would turn.
  async #pump(): Promise<void> {
    while (this.#waiting.length > 0) {
      const hints = this.#waiting;
      this.#waiting = [];
      const gathered = this.#parts.clock.now();
      await this.#publishRows(hints).catch((error: unknown) =>
        this.#parts.report(error, 'reading rows for viewers'),
      );
      await sleep(COALESCE_MS - (this.#parts.clock.now() - gathered));
    }
    this.#pumping = null;
  }

  async #publishRows(hints: readonly RowHint[]): Promise<void> {
    const { loaders } = this.#parts;
    if (hints.some(({ topic }) => movesBadges(topic))) this.#badgesAreDue = true;
    const watched = new Set<string>();
    for (const { topic, event } of await eventsOfHints(loaders, this.#asked, hints)) {
      this.#publish(topic, event);
      if (topic === 'runs' && 'run' in event && this.isWatched(event.run.id)) watched.add(event.run.id);
    }
    for (const runId of watched) {
      const detail = await loaders.runDetail(this.#asked, runId);
      if (detail) this.#publish(`run:${runId}`, { type: 'run.detail', run: detail });
    }
  }
}

/** Whether news of a topic may change what waits for somebody. */
export function movesBadges(topic: string): boolean {
  return topic === 'fleet' || topic === 'packs' || topic === 'approvals';
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => (ms > 0 ? setTimeout(wake, ms) : setImmediate(wake)));
}
