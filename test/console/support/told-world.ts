// A control plane as the console knows it through the stream: things happen to it and it says so, and at any
// moment it can be asked how it stands.
import type { Approval } from '../../../src/protocol/api/approvals.ts';
import type { AuditEvent } from '../../../src/protocol/api/audit.ts';
import type { Grant } from '../../../src/protocol/api/grants.ts';
import type { PolicyDocument } from '../../../src/protocol/api/policy.ts';
import type { Badges } from '../../../src/protocol/api/session.ts';
import type { Snapshot, StreamEvent, StreamMember, StreamToken } from '../../../src/protocol/events.ts';
import {
  accountPolicy,
  approval,
  grant,
  policyDocument,
  quietBadges,
  toldMember,
  toldToken,
} from './decision-rows.ts';
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
} from './rows.ts';

export const topics = [
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
export type Name = (typeof topics)[number];

/** All that a control plane knows; each step changes it and says so. */
export interface World {
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

export interface Step {
  readonly topic: Name;
  readonly id: string;
  readonly value: number;
  /** Deletes where that can be; otherwise the second kind of event of the topic. */
  readonly other: boolean;
}

export function happen(world: World, step: Step): StreamEvent {
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

export function snapshotOf(world: World, topic: Name): Snapshot {
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

export function freshWorld(): World {
  return {
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
}
