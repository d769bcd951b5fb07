// News of one account: hints become rows read once for a burst, rows become events, events go into the ring
// and from there to whoever listens. Output skips the reading and goes at once.
import type { StreamEvent } from '../../protocol/events.ts';
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
  /** Once a second: heartbeats in one event, badges when they moved. */
  tick(): Promise<void>;
  /** Resolves when every hint taken so far has become an event. */
  settled(): Promise<void>;
}

const COALESCE_MS = 20;
type RowHint = Exclude<Hint, { topic: 'run' | 'tokens' }>;

export function createAccountStream(parts: {
  accountId: string;
  clock: Clock;
  loaders: StreamLoaders;
  report: (error: unknown, where: string) => void;
}): AccountStream {
  const { accountId, clock, loaders, report } = parts;
  const ring = createRing();
  const listeners = new Set<(entry: RingEvent) => void>();
  const watchedUntil = new Map<string, number>();
  let waiting: RowHint[] = [];
  let pumping: Promise<void> | null = null;
  let badgesAreDue = true;
  let lastBadges = '';

  function publish(topic: string, event: StreamEvent): void {
    const entry = ring.append(clock.now(), topic, event);
    for (const listener of listeners) listener(entry);
  }
  function isWatched(runId: string): boolean {
    return (watchedUntil.get(runId) ?? 0) > clock.now();
  }

  // Real time on purpose: how long a burst is gathered is no rule that a test would turn.
  async function pump(): Promise<void> {
    while (waiting.length > 0) {
      const hints = waiting;
      waiting = [];
      const gathered = Date.now();
      await publishRows(hints).catch((error: unknown) => report(error, 'reading rows for viewers'));
      await sleep(COALESCE_MS - (Date.now() - gathered));
    }
    pumping = null;
  }

  async function publishRows(hints: readonly RowHint[]): Promise<void> {
    if (hints.some((hint) => hint.topic === 'packs' || hint.topic === 'fleet')) badgesAreDue = true;
    await publishRunners(hints.filter((hint) => hint.topic === 'fleet'));
    await publishOf('packs', unique(hints, 'packs', (hint) => hint.packVersionId), loaders.packVersionRows, (row) => ({ type: 'pack_version.changed', pack_version: row }));
    await publishOf('enrollment_keys', unique(hints, 'enrollment_keys', (hint) => hint.keyId), loaders.keyRows, (row) => ({ type: 'enrollment_key.changed', key: row }));
    await publishRuns(hints.filter((hint) => hint.topic === 'runs'));
  }

  async function publishOf<Row>(
    topic: string,
    ids: readonly string[],
    load: (accountId: string, ids: readonly string[]) => Promise<Row[]>,
    eventOf: (row: Row) => StreamEvent,
  ): Promise<void> {
    if (ids.length === 0) return;
    for (const row of await load(accountId, ids)) publish(topic, eventOf(row));
  }

  async function publishRunners(hints: readonly Extract<Hint, { topic: 'fleet' }>[]): Promise<void> {
    const kinds = kindsById(hints, (hint) => hint.runnerId);
    if (kinds.size === 0) return;
    const rows = new Map((await loaders.runnerRows(accountId, [...kinds.keys()])).map((row) => [row.id, row]));
    for (const [runnerId, types] of kinds) {
      const runner = rows.get(runnerId);
      if (types.includes('runner.deleted')) publish('fleet', { type: 'runner.deleted', runner_id: runnerId });
      else if (runner) {
        // The row is whole in each, so a plain change adds nothing beside a change with a name.
        const named = types.filter((type) => type !== 'runner.state_changed');
        for (const type of named.length > 0 ? named : types) {
          publish('fleet', { type: type as 'runner.state_changed', runner });
        }
      }
    }
  }

  async function publishRuns(hints: readonly Extract<Hint, { topic: 'runs' }>[]): Promise<void> {
    const kinds = kindsById(hints, (hint) => hint.runId);
    if (kinds.size === 0) return;
    const rows = await loaders.runRows(accountId, [...kinds.keys()]);
    for (const run of rows) {
      const types = kinds.get(run.id) ?? [];
      for (const type of types.includes('run.finished') ? types.filter((kind) => kind !== 'run.updated') : types) {
        publish('runs', { type: type as 'run.updated', run });
      }
      if (!isWatched(run.id)) continue;
      const detail = await loaders.runDetail(accountId, run.id);
      if (detail) publish(`run:${run.id}`, { type: 'run.detail', run: detail });
    }
  }

  return {
    ring,
    take: (hint) => {
      if (hint.topic === 'tokens') return;
      if (hint.topic === 'run') {
        if (isWatched(hint.runId)) publish(`run:${hint.runId}`, { type: 'run.output', chunks: hint.chunks });
        return;
      }
      waiting.push(hint);
      pumping ??= sleep(0).then(pump);
    },
    listen: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    watchRun: (runId) => {
      const now = clock.now();
      for (const [other, until] of watchedUntil) if (until <= now) watchedUntil.delete(other);
      watchedUntil.set(runId, now + RESUME_WITHIN_MS);
    },
    tick: async () => {
      const beats = loaders.takeBeats(accountId);
      if (beats.length > 0) publish('fleet', { type: 'fleet.heartbeats', at: instant(clock.now()), beats });
      if (!badgesAreDue) return;
      badgesAreDue = false;
      const badges = await loaders.badges(accountId);
      const text = JSON.stringify(badges);
      if (text !== lastBadges && lastBadges !== '') publish('fleet', { type: 'badges.updated', badges });
      lastBadges = text;
    },
    settled: async () => {
      while (pumping) await pumping;
    },
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise((wake) => (ms > 0 ? setTimeout(wake, ms) : setImmediate(wake)));
}

function unique<Topic extends RowHint['topic']>(
  hints: readonly RowHint[],
  topic: Topic,
  idOf: (hint: Extract<RowHint, { topic: Topic }>) => string,
): string[] {
  const ofTopic = hints.filter((hint): hint is Extract<RowHint, { topic: Topic }> => hint.topic === topic);
  return [...new Set(ofTopic.map(idOf))];
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
