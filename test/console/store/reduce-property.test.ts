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
import type { StreamEvent, Topic } from '../../../src/protocol/events.ts';
import { AT } from '../support/rows.ts';
import { freshWorld, happen, snapshotOf, topics, type Name, type World } from '../support/told-world.ts';

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
    approvals: sorted(state.approvals),
    grants: sorted(state.grants),
    members: sorted(state.members),
    tokens: sorted(state.tokens),
    events: sorted(state.auditEvents),
    policy: state.policy,
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
    fc.property(fc.array(step, { maxLength: 90 }), (steps) => {
      const world = freshWorld();
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
