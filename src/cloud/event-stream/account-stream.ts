// News of one account: hints become rows read once for a burst, rows become events, events go into the ring
// and from there to whoever listens. Output skips the reading and goes at once.
import type { StreamEvent } from '../../protocol/events.ts';
import { fullReach, type Scoped } from '../../protocol/scope.ts';
import { RESUME_WITHIN_MS } from '../../protocol/events.ts';
import { instant, type Clock } from '../clock.ts';
import type { StreamLoaders } from './loaders.ts';
import type { Hint } from './outbox.ts';
import { createRing, type Ring, type RingEvent } from './ring.ts';

export interface AccountStream {
  readonly ring: Ring;
  take(hint: Hint): void;
  listen(listener: (entry: RingEvent) => void): () => void;
  /** Keeps the news of one run coming for as long as a viewer of it could resume. */
  watchRun(runId: string): void;
  /** Once a second: heartbeats in one event, badges when they moved, details of runs that printed. */
  tick(): Promise<void>;
  /** Resolves when every hint taken so far has become an event. */
  settled(): Promise<void>;
}

const COALESCE_MS = 20;
type RowHint = Exclude<Hint, { topic: 'run' | 'tokens' | 'members' }>;
type HintOf<Topic extends RowHint['topic']> = Extract<RowHint, { topic: Topic }>;

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

  take(hint: Hint): void {
    if (hint.topic === 'tokens' || hint.topic === 'members') return;
    if (hint.topic === 'run') {
      if (!this.#isWatched(hint.runId)) return;
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
    if (text !== this.#lastBadges && this.#lastBadges !== '')
      this.#publish('fleet', { type: 'badges.updated', badges });
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

  #isWatched(runId: string): boolean {
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
    if (hints.some((hint) => hint.topic === 'packs' || hint.topic === 'fleet')) this.#badgesAreDue = true;
    await this.#publishRunners(ofTopic(hints, 'fleet'));
    const packVersionIds = unique(ofTopic(hints, 'packs').map((hint) => hint.packVersionId));
    const packVersions =
      packVersionIds.length > 0 ? await loaders.packVersionRows(this.#asked, packVersionIds) : [];
    for (const row of packVersions)
      this.#publish('packs', { type: 'pack_version.changed', pack_version: row });
    const found = new Set(packVersions.map((row) => row.id));
    for (const id of packVersionIds.filter((one) => !found.has(one)))
      this.#publish('packs', { type: 'pack_version.deleted', pack_version_id: id });
    const keyIds = unique(ofTopic(hints, 'enrollment_keys').map((hint) => hint.keyId));
    const keys = keyIds.length > 0 ? await loaders.keyRows(this.#asked, keyIds) : [];
    for (const key of keys) this.#publish('enrollment_keys', { type: 'enrollment_key.changed', key });
    await this.#publishRuns(ofTopic(hints, 'runs'));
    const eventIds = ofTopic(hints, 'audit').map((hint) => hint.eventId);
    const events = eventIds.length > 0 ? await loaders.auditRows(this.#asked, eventIds) : [];
    for (const event of events) this.#publish('audit', { type: 'audit.event', event });
  }

  async #publishRunners(hints: readonly HintOf<'fleet'>[]): Promise<void> {
    const kinds = kindsById(hints, (hint) => hint.runnerId);
    if (kinds.size === 0) return;
    const found = await this.#parts.loaders.runnerRows(this.#asked, [...kinds.keys()]);
    const rows = new Map(found.map((row) => [row.id, row]));
    for (const [runnerId, types] of kinds) {
      const runner = rows.get(runnerId);
      if (types.includes('runner.deleted'))
        this.#publish('fleet', { type: 'runner.deleted', runner_id: runnerId });
      else if (runner) {
        // The row is whole in each, so a plain change adds nothing beside a change with a name.
        const named = types.filter((type) => type !== 'runner.state_changed');
        for (const type of named.length > 0 ? named : types) {
          this.#publish('fleet', { type: type as 'runner.state_changed', runner });
        }
      }
    }
  }

  async #publishRuns(hints: readonly HintOf<'runs'>[]): Promise<void> {
    const { loaders } = this.#parts;
    const kinds = kindsById(hints, (hint) => hint.runId);
    if (kinds.size === 0) return;
    for (const run of await loaders.runRows(this.#asked, [...kinds.keys()])) {
      const types = kinds.get(run.id) ?? [];
      for (const type of types.includes('run.finished')
        ? types.filter((kind) => kind !== 'run.updated')
        : types) {
        this.#publish('runs', { type: type as 'run.updated', run });
      }
      const detail = this.#isWatched(run.id) ? await loaders.runDetail(this.#asked, run.id) : null;
      if (detail) this.#publish(`run:${run.id}`, { type: 'run.detail', run: detail });
    }
  }
}

function ofTopic<Topic extends RowHint['topic']>(hints: readonly RowHint[], topic: Topic): HintOf<Topic>[] {
  return hints.filter((hint): hint is HintOf<Topic> => hint.topic === topic);
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => (ms > 0 ? setTimeout(wake, ms) : setImmediate(wake)));
}

// What happened to each, in the order in which it happened, each kind once.
function kindsById<H extends RowHint>(hints: readonly H[], idOf: (hint: H) => string): Map<string, string[]> {
  const kinds = new Map<string, string[]>();
  for (const hint of hints) {
    const known = kinds.get(idOf(hint)) ?? [];
    if (!known.includes(hint.type)) known.push(hint.type);
    kinds.set(idOf(hint), known);
  }
  return kinds;
}
