// The state after a snapshot and whatever way the stream went equals the state after a fresh snapshot: events
// repeated, lost, resumed, refetched and batched anyhow, on every topic at once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advance,
  type Subscription,
  type SubscriptionReply,
} from '../../../src/console/client/subscription.ts';
import { reduceAll, type TopicReply } from '../../../src/console/store/reduce.ts';
import { chunksOf } from '../../../src/console/store/output-log.ts';
import { initialState, type ConsoleState } from '../../../src/console/store/state.ts';
import type { Snapshot, StreamEvent, Topic } from '../../../src/protocol/events.ts';
import { AT, chunk, enrollmentKey, packVersion, run, runDetail, runner } from '../support/rows.ts';

const topics = ['fleet', 'packs', 'runs', 'enrollment_keys', 'run:run_1'] as const;
type Name = (typeof topics)[number];

/** All that a control plane knows; each step changes it and says so. */
interface World {
  runners: Map<string, ReturnType<typeof runner>>;
  packs: Map<string, ReturnType<typeof packVersion>>;
  runs: Map<string, ReturnType<typeof run>>;
  keys: Map<string, ReturnType<typeof enrollmentKey>>;
  detail: ReturnType<typeof runDetail>;
  chunks: ReturnType<typeof chunk>[];
  waiting: number;
}

interface Step {
  readonly topic: Name;
  readonly id: string;
  readonly value: number;
  /** Deletes where that can be; otherwise the second kind of event of the topic. */
  readonly other: boolean;
}

function happen(world: World, { topic, id, value, other }: Step): StreamEvent {
  switch (topic) {
    case 'fleet':
      if (other && value % 2 === 0) {
        world.runners.delete(id);
        return { type: 'runner.deleted', runner_id: id };
      }
      if (other) {
        world.waiting = value;
        return { type: 'badges.updated', badges: { packs_needing_decision: value, all_offline: false } };
      }
      world.runners.set(id, runner(id, { unfinished_runs: value, stale: value % 3 === 0 }));
      return { type: 'runner.state_changed', runner: mustGet(world.runners, id) };
    case 'packs':
      world.packs.set(id, packVersion(id, { runners_count: value, state: other ? 'pending' : 'trusted' }));
      return { type: 'pack_version.changed', pack_version: mustGet(world.packs, id) };
    case 'runs':
      world.runs.set(id, run(id, { duration_ms: value, status: other ? 'success' : 'running' }));
      return { type: other ? 'run.finished' : 'run.updated', run: mustGet(world.runs, id) };
    case 'enrollment_keys':
      world.keys.set(id, enrollmentKey(id, { uses_count: value, state: other ? 'spent' : 'active' }));
      return { type: 'enrollment_key.changed', key: mustGet(world.keys, id) };
    default: {
      if (other) {
        world.detail = runDetail('run_1', { duration_ms: value });
        return { type: 'run.detail', run: world.detail };
      }
      // Chunks end inside lines and inside characters that take two units.
      const more = Array.from({ length: (value % 3) + 1 }, (_, index) =>
        chunk(world.chunks.length + index + 1, `part ${value} ${index % 2 === 0 ? '\ud83d' : '\ude80\n'}`),
      );
      world.chunks.push(...more);
      return { type: 'run.output', chunks: more };
    }
  }
}

function mustGet<Value>(map: Map<string, Value>, id: string): Value {
  const value = map.get(id);
  if (value === undefined) throw new Error(`nothing at ${id}`);
  return value;
}

function snapshotOf(world: World, topic: Name): Snapshot {
  switch (topic) {
    case 'fleet': {
      const badges = { packs_needing_decision: world.waiting, all_offline: false };
      return { topic, runners: [...world.runners.values()], badges };
    }
    case 'packs':
      return { topic, pack_versions: [...world.packs.values()] };
    case 'runs':
      return { topic, runs: [...world.runs.values()], more: false };
    case 'enrollment_keys':
      return { topic, keys: [...world.keys.values()] };
    default:
      return { topic: 'run', run: world.detail, chunks: [...world.chunks], more_before: false };
  }
}

/** One subscription as the client keeps it, over a line that does what it likes. */
function subscriber(world: World, topic: Name) {
  let id = 0;
  let seq = 0;
  let subscription: Subscription = { topic, id, seq: null, cursor: null };
  const queue: TopicReply[] = [];
  const take = (reply: SubscriptionReply) => queue.push({ topic: topic as Topic, reply });
  const hear = (reply: SubscriptionReply): void => {
    const result = advance(subscription, reply);
    subscription = result.subscription;
    if (result.verdict === 'apply') take(reply);
    if (result.verdict !== 'resubscribe') return;
    take({ type: 'resync_required', id: subscription.id });
    subscribe();
  };
  const subscribe = (): void => {
    id += 1;
    seq = 0;
    subscription = { topic, id, seq: null, cursor: null };
    hear({ type: 'snapshot', id, cursor: `c${id}.0`, at: AT, snapshot: snapshotOf(world, topic) });
  };
  subscribe();
  let isBehind = false;
  return {
    tell(event: StreamEvent, trouble: string): void {
      seq += 1;
      const reply = { type: 'event' as const, id, seq, cursor: `c${id}.${seq}`, at: AT, event };
      isBehind = trouble === 'lose';
      if (isBehind) return;
      if (trouble === 'resume') hear({ type: 'resumed', id, cursor: `c${id}.${seq - 1}` });
      if (trouble === 'resync') return hear({ type: 'resync_required', id });
      hear(reply);
      if (trouble === 'repeat' && reply.id === id) hear(reply);
    },
    /** The heartbeat of a quiet topic tells that its end was lost. */
    settle: () => (isBehind ? hear({ type: 'resync_required', id }) : undefined),
    drain: () => queue.splice(0),
  };
}

function picture(state: ConsoleState) {
  const sorted = <Value>(map: ReadonlyMap<string, Value>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const view = state.openRuns.get('run_1');
  return {
    runners: sorted(state.runners),
    badges: state.badges,
    packs: sorted(state.packVersions),
    runs: sorted(state.runs),
    keys: sorted(state.enrollmentKeys),
    run: view?.run,
    chunks: view === undefined ? [] : chunksOf(view.output),
    lines: view?.output.lines,
    phases: sorted(state.topics).map(([topic, { phase, failure }]) => [topic, phase, failure]),
  };
}

const step = fc.record({
  topic: fc.constantFrom(...topics),
  id: fc.constantFrom('a', 'b', 'c'),
  value: fc.nat(9),
  other: fc.boolean(),
  trouble: fc.constantFrom('none', 'none', 'none', 'repeat', 'resume', 'lose', 'resync'),
  /** Whether what was heard so far is applied now, as one batch. */
  flush: fc.boolean(),
});

test('ST2: on every topic, any split, repeat, loss, resume and refetch ends as a fresh snapshot would', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const world: World = {
        runners: new Map([['a', runner('a')]]),
        packs: new Map([['a', packVersion('a')]]),
        runs: new Map([['a', run('a')]]),
        keys: new Map(),
        detail: runDetail('run_1'),
        chunks: [chunk(1, 'first\n')],
        waiting: 0,
      };
      const viewers = new Map(topics.map((topic) => [topic, subscriber(world, topic)]));
      let state = initialState(0);
      const flush = () => {
        state = reduceAll(
          state,
          [...viewers.values()].flatMap((viewer) => viewer.drain()),
        );
      };
      for (const { trouble, flush: now, ...each } of steps) {
        viewers.get(each.topic)?.tell(happen(world, each), trouble);
        if (now) flush();
      }
      for (const viewer of viewers.values()) viewer.settle();
      flush();
      const fresh = topics.flatMap((topic) => subscriber(world, topic).drain());
      expect(picture(state)).toEqual(picture(reduceAll(initialState(0), fresh)));
    }),
    { numRuns: 400 },
  );
});
