import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  advance,
  type Subscription,
  type SubscriptionReply,
} from '../../../src/console/client/subscription.ts';
import { reduce, reduceAll } from '../../../src/console/store/reduce.ts';
import { initialState, lastBeatAt, type ConsoleState } from '../../../src/console/store/state.ts';
import type { StreamEvent } from '../../../src/protocol/events.ts';
import type { Runner } from '../../../src/protocol/api/runners.ts';
import { AT, chunk, enrollmentKey, packVersion, run, runDetail, runner } from '../support/rows.ts';

const fleet = (runners: Runner[], cursor = 'c0'): SubscriptionReply => ({
  type: 'snapshot',
  id: 1,
  cursor,
  at: AT,
  snapshot: { topic: 'fleet', runners },
});
const told = (event: StreamEvent, seq = 1): SubscriptionReply => ({
  type: 'event',
  id: 1,
  seq,
  cursor: `c${seq}`,
  at: AT,
  event,
});

test('ST2: a snapshot and any split, repeat or resume of what follows equals a fresh snapshot', () => {
  const ids = ['r1', 'r2', 'r3', 'r4'];
  const change = fc.oneof(
    fc.record({ kind: fc.constant('change' as const), id: fc.constantFrom(...ids), runs: fc.nat(9) }),
    fc.record({ kind: fc.constant('delete' as const), id: fc.constantFrom(...ids), runs: fc.constant(0) }),
    fc.record({ kind: fc.constant('beat' as const), id: fc.constantFrom(...ids), runs: fc.nat(9) }),
  );
  const trouble = fc.array(fc.constantFrom('none', 'repeat', 'resume', 'lose', 'resync'), { maxLength: 40 });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), trouble, fc.nat(5), (changes, troubles, batch) => {
      const server = modelServer(ids);
      const viewer = modelViewer(server);
      changes.forEach((step, index) =>
        viewer.take(server.apply(step), troubles[index] ?? 'none', index % (batch + 1) === 0),
      );
      viewer.settle();
      const fresh = reduce(initialState(0), 'fleet', server.snapshot());
      expect(picture(viewer.state())).toEqual(picture(fresh));
    }),
    { numRuns: 500 },
  );
});

interface Step {
  kind: 'change' | 'delete' | 'beat';
  id: string;
  runs: number;
}

function modelServer(ids: string[]) {
  const rows = new Map(ids.map((id) => [id, runner(id)]));
  let seq = 0;
  let id = 0;
  let time = Date.parse(AT);
  return {
    apply(step: Step): SubscriptionReply {
      return { ...this.happen(step), id };
    },
    happen({ kind, id: rowId, runs }: Step): SubscriptionReply {
      seq += 1;
      time += 1000;
      const at = new Date(time).toISOString();
      const before = rows.get(rowId) ?? runner(rowId, { last_heartbeat_at: null });
      if (kind === 'delete') {
        rows.delete(rowId);
        return told({ type: 'runner.deleted', runner_id: rowId }, seq);
      }
      if (kind === 'beat') {
        if (rows.has(rowId)) rows.set(rowId, { ...before, last_heartbeat_at: at });
        return told({ type: 'fleet.heartbeats', at, beats: [[rowId, runs]] }, seq);
      }
      const after = { ...before, unfinished_runs: runs };
      rows.set(rowId, after);
      return told({ type: 'runner.state_changed', runner: after }, seq);
    },
    snapshot(): SubscriptionReply {
      seq = 0;
      id += 1;
      return { ...fleet([...rows.values()]), id };
    },
  };
}

/** Receives the server's events over a line that repeats, drops, and splits them into batches. */
function modelViewer(server: ReturnType<typeof modelServer>) {
  let subscription: Subscription = { topic: 'fleet', id: 1, seq: null, cursor: null };
  let state = initialState(0);
  let queue: SubscriptionReply[] = [];
  const hear = (reply: SubscriptionReply) => {
    // What still arrives of an older subscription is nobody's.
    if (reply.type !== 'snapshot' && reply.id !== subscription.id) return;
    if (reply.type === 'snapshot') subscription = { ...subscription, id: reply.id };
    const result = advance(subscription, reply);
    subscription = result.subscription;
    if (result.verdict === 'apply') queue.push(reply);
    if (result.verdict === 'resubscribe') {
      queue.push({ type: 'resync_required', id: subscription.id });
      hear(server.snapshot());
    }
  };
  const flush = () => {
    state = reduceAll(
      state,
      queue.map((reply) => ({ topic: 'fleet', reply })),
    );
    queue = [];
  };
  hear(server.snapshot());
  let lost = false;
  return {
    take(reply: SubscriptionReply, trouble: string, flushNow: boolean) {
      if (trouble === 'lose') lost = true;
      else {
        if (trouble === 'resume')
          hear({ type: 'resumed', id: subscription.id, cursor: subscription.cursor ?? '' });
        if (trouble === 'resync') hear({ type: 'resync_required', id: subscription.id });
        hear(reply);
        if (trouble === 'repeat') hear(reply);
        lost = false;
      }
      if (flushNow) flush();
    },
    settle() {
      if (lost) hear({ type: 'resync_required', id: subscription.id });
      flush();
    },
    state: () => state,
  };
}

function picture(state: ConsoleState) {
  return [...state.runners.values()]
    .map((row) => ({ ...row, last_heartbeat_at: lastBeatAt(state, row) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

test('a batch of 5,000 heartbeats leaves every row as the same object', () => {
  const rows = Array.from({ length: 5000 }, (_, index) => runner(`r${index}`));
  const before = reduce(initialState(0), 'fleet', fleet(rows));
  const beats = rows.map(({ id }): [string, number] => [id, 1]);
  const after = reduce(before, 'fleet', told({ type: 'fleet.heartbeats', at: AT, beats }));
  expect(after.runners).toBe(before.runners);
  expect(after.beats.size).toBe(5000);
});

test('a fresh snapshot with one changed row keeps the identity of all others', () => {
  const rows = ['r1', 'r2', 'r3'].map((id) => runner(id));
  const before = reduce(initialState(0), 'fleet', fleet(rows));
  const after = reduce(before, 'fleet', fleet([runner('r1'), runner('r2', { stale: true }), runner('r3')]));
  expect(after.runners.get('r1')).toBe(before.runners.get('r1'));
  expect(after.runners.get('r3')).toBe(before.runners.get('r3'));
  expect(after.runners.get('r2')?.stale).toBe(true);
  expect(reduce(after, 'fleet', fleet([...after.runners.values()])).runners).toBe(after.runners);
});

const spoofs = [
  '\u001b[2J',
  '\r\u001b[32mtrusted',
  'a\u202eb',
  '\u200b',
  '\u0007',
  '\u009b31m',
  'x\ny',
  '\u2066',
  '\ud800',
  '\t',
];

test.each(spoofs)('T17 NT1: %j is harmless in every place of the store', (spoof) => {
  const replies: SubscriptionReply[] = [
    fleet([runner('r1', { name: spoof, labels: { [spoof]: spoof }, disconnect_note: spoof })]),
    {
      type: 'snapshot',
      id: 1,
      cursor: 'c',
      at: AT,
      snapshot: { topic: 'packs', pack_versions: [packVersion('p', { version: spoof })] },
    },
    {
      type: 'snapshot',
      id: 1,
      cursor: 'c',
      at: AT,
      snapshot: { topic: 'runs', runs: [run('run_1', { reason: spoof })], more: false },
    },
    {
      type: 'snapshot',
      id: 1,
      cursor: 'c',
      at: AT,
      snapshot: { topic: 'enrollment_keys', keys: [enrollmentKey('k', { host: spoof })] },
    },
    {
      type: 'snapshot',
      id: 1,
      cursor: 'c',
      at: AT,
      snapshot: {
        topic: 'run',
        run: runDetail('run_1', { args: { a: [spoof] } }),
        chunks: [chunk(1, `${spoof}\n`)],
        more_before: false,
      },
    },
    { type: 'refused', id: 1, code: spoof, detail: spoof },
    told({ type: 'runner.connected', runner: runner('r2', { group: spoof }) }),
    told({ type: 'run.created', run: run('run_2', { requested_by: spoof }) }),
    told({ type: 'pack_version.changed', pack_version: packVersion('p2', { decided_by: spoof }) }),
    told({ type: 'enrollment_key.changed', key: enrollmentKey('k2', { description: spoof }) }),
    told({ type: 'run.detail', run: runDetail('run_1', { explanation: spoof }) }),
  ];
  const state = reduceAll(
    initialState(0),
    replies.map((reply) => ({ topic: 'run:run_1' as const, reply })),
  );
  const shown = [...strings(state)].filter((text) => text !== `${spoof}\n`);
  for (const text of shown)
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202e\u2066\ud800\t\r\n]/u);
  const view = state.openRuns.get('run_1');
  expect(view?.output.chunks[0]?.chunk).toBe(`${spoof}\n`);
});

function* strings(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (value instanceof Map)
    for (const [key, inner] of value) yield* [...strings(key), ...strings(inner)];
  else if (Array.isArray(value)) for (const inner of value) yield* strings(inner);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield key;
      yield* strings(inner);
    }
  }
}

test('rows of a topic stay while it is asked for anew, and the phase says so', () => {
  let state = reduce(initialState(0), 'fleet', fleet([runner('r1')]));
  state = reduce(state, 'fleet', { type: 'resync_required', id: 1 });
  expect(state.topics.get('fleet')?.phase).toBe('loading');
  expect(state.runners.size).toBe(1);
});

test('a refused topic is an error with the remedy, never an empty list', () => {
  const state = reduce(initialState(0), 'packs', {
    type: 'refused',
    id: 1,
    code: 'insufficient_privileges',
    detail: 'Cannot',
  });
  expect(state.topics.get('packs')).toMatchObject({
    phase: 'error',
    failure: { code: 'insufficient_privileges' },
  });
  expect(state.topics.get('packs')?.failure?.fix).toContain('Ask an owner');
});

test('finished runs beyond the bound are let go, oldest first; unfinished ones stay', () => {
  let state = reduce(
    initialState(0),
    'runs',
    told({ type: 'run.created', run: run('old', { queued_at: '2020-01-01T00:00:00Z' }) }),
  );
  const replies = Array.from({ length: 2600 }, (_, index) => ({
    topic: 'runs' as const,
    reply: told({
      type: 'run.finished',
      run: run(`f${index}`, { status: 'success', queued_at: new Date(index * 1000).toISOString() }),
    }),
  }));
  state = reduceAll(state, replies);
  expect(state.runs.size).toBeLessThanOrEqual(2500);
  expect(state.runs.has('old')).toBe(true);
  expect(state.runs.has('f0')).toBe(false);
  expect(state.runs.has('f2599')).toBe(true);
});
