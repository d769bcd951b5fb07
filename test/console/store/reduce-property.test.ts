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
import type { Approval } from '../../../src/protocol/api/approvals.ts';
import type { AuditEvent } from '../../../src/protocol/api/audit.ts';
import type { Grant } from '../../../src/protocol/api/grants.ts';
import type { PolicyDocument } from '../../../src/protocol/api/policy.ts';
import type { Badges } from '../../../src/protocol/api/session.ts';
import type {
  Snapshot,
  StreamEvent,
  StreamMember,
  StreamToken,
  Topic,
} from '../../../src/protocol/events.ts';
import {
  accountPolicy,
  approval,
  grant,
  policyDocument,
  quietBadges,
  toldMember,
  toldToken,
} from '../support/decision-rows.ts';
import {
  AT,
  auditEvent,
  chunk,
  enrollmentKey,
  member,
  operatorToken,
  packVersion,
  run,
  runDetail,
  runner,
} from '../support/rows.ts';

const topics = [
  'fleet',
  'packs',
  'runs',
  'enrollment_keys',
  'approvals',
  'grants',
  'team',
  'policy',
  'keys',
  'audit',
  'badges',
  'run:run_1',
] as const;
type Name = (typeof topics)[number];

/** All that a control plane knows; each step changes it and says so. */
interface World {
  runners: Map<string, ReturnType<typeof runner>>;
  packs: Map<string, ReturnType<typeof packVersion>>;
  runs: Map<string, ReturnType<typeof run>>;
  keys: Map<string, ReturnType<typeof enrollmentKey>>;
  approvals: Map<string, Approval>;
  /** Those that have not ended. */
  grants: Map<string, Grant>;
  members: Map<string, StreamMember>;
  tokens: Map<string, StreamToken>;
  events: Map<string, AuditEvent>;
  policy: PolicyDocument;
  groups: Map<string, PolicyDocument>;
  badges: Badges;
  detail: ReturnType<typeof runDetail>;
  chunks: ReturnType<typeof chunk>[];
}

interface Step {
  readonly topic: Name;
  readonly id: string;
  readonly value: number;
  /** Deletes where that can be; otherwise the second kind of event of the topic. */
  readonly other: boolean;
}

function happen(world: World, step: Step): StreamEvent {
  const { topic, id, value, other } = step;
  switch (topic) {
    case 'fleet':
      if (other) {
        world.runners.delete(id);
        return { type: 'runner.deleted', runner_id: id };
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
    case 'badges':
      world.badges = { pending_approvals: value, packs_needing_decision: value % 3, all_offline: other };
      return { type: 'badges.updated', badges: world.badges };
    case 'run:run_1':
      return happenToRun(world, step);
    default:
      return decide(world, topic, step);
  }
}

function happenToRun(world: World, { value, other }: Step): StreamEvent {
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

type Decided = 'approvals' | 'grants' | 'team' | 'policy' | 'keys' | 'audit';

function decide(world: World, topic: Decided, { id, value, other }: Step): StreamEvent {
  switch (topic) {
    case 'approvals': {
      const row = approval(id, { approvals_count: value, status: other ? 'denied' : 'pending' });
      world.approvals.set(id, row);
      return { type: other ? 'approval.denied' : 'approval.voted', approval: row };
    }
    case 'grants': {
      const state = other ? ('revoked' as const) : value % 3 === 0 ? ('inert' as const) : ('active' as const);
      const row = grant(id, { uses_count: value, state });
      if (other) world.grants.delete(id);
      else world.grants.set(id, row);
      return { type: other ? 'grant.revoked' : 'grant.used', grant: row };
    }
    case 'team':
      if (other) {
        world.members.delete(id);
        return { type: 'member.removed', member_id: id };
      }
      world.members.set(id, toldMember(member(id, { tokens: value })));
      return { type: 'member.updated', member: mustGet(world.members, id) };
    case 'policy': {
      if (value === 0) {
        world.policy = policyDocument(undefined, world.policy.version + 1);
        return { type: 'policy.updated', policy: world.policy };
      }
      const scope = { kind: 'group' as const, ref: id, name: id };
      const document = other
        ? { ...policyDocument(scope, 0), rules: null, updated_at: null }
        : policyDocument(scope, value);
      if (other) world.groups.delete(id);
      else world.groups.set(id, document);
      return { type: 'policy.updated', policy: document };
    }
    case 'keys':
      world.tokens.set(id, toldToken({ ...operatorToken, id, revoked_at: other ? AT : null }));
      return { type: other ? 'token.revoked' : 'token.used', token: mustGet(world.tokens, id) };
    case 'audit': {
      const row = auditEvent(world.events.size + 1);
      world.events.set(row.id, row);
      return { type: 'audit.event', event: row };
    }
  }
}

function mustGet<Value>(map: Map<string, Value>, id: string): Value {
  const value = map.get(id);
  if (value === undefined) throw new Error(`nothing at ${id}`);
  return value;
}

function snapshotOf(world: World, topic: Name): Snapshot {
  const all = <Row>(rows: Map<string, Row>) => [...rows.values()];
  switch (topic) {
    case 'fleet':
      return { topic, runners: all(world.runners) };
    case 'packs':
      return { topic, pack_versions: all(world.packs) };
    case 'runs':
      return { topic, runs: all(world.runs), more: false };
    case 'enrollment_keys':
      return { topic, keys: all(world.keys) };
    case 'approvals':
      return { topic, approvals: all(world.approvals), more: false };
    case 'grants':
      return { topic, grants: all(world.grants) };
    case 'team':
      return { topic, members: all(world.members) };
    case 'keys':
      return { topic, tokens: all(world.tokens), more: false };
    case 'audit':
      return { topic, events: all(world.events), more: false };
    case 'badges':
      return { topic, badges: world.badges };
    case 'policy': {
      const scopes = all(world.groups).map(({ scope, version }) => ({ scope, version, updated_at: AT }));
      return { topic, policy: accountPolicy(world.policy, scopes) };
    }
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
      const world: World = {
        runners: new Map([['a', runner('a')]]),
        packs: new Map([['a', packVersion('a')]]),
        runs: new Map([['a', run('a')]]),
        keys: new Map(),
        detail: runDetail('run_1'),
        chunks: [chunk(1, 'first\n')],
        approvals: new Map(),
        grants: new Map(),
        members: new Map(),
        tokens: new Map(),
        events: new Map(),
        policy: policyDocument(),
        groups: new Map(),
        badges: quietBadges,
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
