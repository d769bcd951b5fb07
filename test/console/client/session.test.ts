import { afterEach, expect, test } from 'vitest';
import { createSession } from '../../../src/console/client/session.ts';
import type { Session } from '../../../src/console/store/session.ts';
import { lineTotal, visibleLines } from '../../../src/console/store/run-output.ts';
import { deleteRunner, disableRunner, enableRunner, getRunner } from '../../../src/protocol/api/runners.ts';
import { getRunOutput, type OutputChunk } from '../../../src/protocol/api/runs.ts';
import { getMe } from '../../../src/protocol/api/session.ts';
import { Problem, startControlPlane, TOKEN, type ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { quietBadges } from '../support/decision-rows.ts';
import { AT, chunk, me, runDetail, runner, runnerDetail } from '../support/rows.ts';

const open: Session[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session.close()));
});

function start(plane: ControlPlane): Session {
  const session = createSession({
    profile: { name: 'test', url: plane.url, token: TOKEN },
    random: () => 0.01,
  });
  open.push(session);
  return session;
}

function answerAll(plane: ControlPlane, chunks: OutputChunk[] = []): void {
  plane.answer(getMe, () => me());
  plane.answer(getRunner, () => runnerDetail('r1'));
  plane.answer(disableRunner, () => runner('r1', { state: 'disabled' }));
  plane.answer(enableRunner, () => runner('r1'));
  plane.answer(getRunOutput, ({ query }) => {
    const after = Number(query['after_seq'] ?? 0);
    const before = Number(query['before_seq'] ?? Number.POSITIVE_INFINITY);
    const items = chunks.filter(({ seq }) => seq > after && seq < before);
    return {
      items,
      first_seq: items[0]?.seq ?? null,
      last_seq: items.at(-1)?.seq ?? null,
      more_before: false,
      more_after: false,
    };
  });
  plane.onRequest((viewer, request) => {
    if (request.type !== 'subscribe') return;
    const snapshot = request.topic.startsWith('run:')
      ? {
          topic: 'run' as const,
          run: runDetail('run_1'),
          chunks: chunks.slice(-1),
          more_before: chunks.length > 1,
        }
      : request.topic === 'badges'
        ? { topic: 'badges' as const, badges: { ...quietBadges, pending_approvals: 2 } }
        : { topic: 'fleet' as const, runners: [runner('r1')] };
    viewer.send({ type: 'snapshot', id: request.id, cursor: 'c', at: AT, snapshot });
  });
}

const link = (session: Session) => session.store.getState().link.kind;

test('a session tells who is signed in and fills the store with what is watched', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const session = start(plane);
  session.watch('fleet');
  session.watch('badges');
  await eventually(() => session.store.getState().topics.get('fleet')?.phase === 'ready');
  await eventually(() => session.store.getState().topics.get('badges')?.phase === 'ready');
  await eventually(() => session.store.getState().me?.account.name === 'acme');
  expect(session.store.getState()).toMatchObject({
    serverVersion: '1.0.0',
    badges: { pending_approvals: 2 },
  });
  expect(JSON.stringify(session.profile)).not.toContain(TOKEN);
});

test('while not live a change is refused as stale_data, without anything sent', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  plane.refuseStream(503);
  const session = start(plane);
  await eventually(() => link(session) === 'reconnecting');
  for (const route of [enableRunner, deleteRunner]) {
    await expect(session.call(route, { params: { id: 'r1' } })).rejects.toMatchObject({ code: 'stale_data' });
  }
  expect(plane.asked.filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('what contains damage goes out over a stale screen, after a fresh read of the same thing succeeded', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  plane.refuseStream(503);
  const session = start(plane);
  await eventually(() => link(session) === 'reconnecting');
  await session.call(disableRunner, { params: { id: 'r1' } });
  expect(
    plane.asked.map(({ method, path }) => `${method} ${path}`).filter((call) => call.includes('runners')),
  ).toEqual(['GET /api/v1/runners/r1', 'POST /api/v1/runners/r1/disable']);
  plane.answer(getRunner, () => {
    throw new Problem('runner_not_found');
  });
  await expect(session.call(disableRunner, { params: { id: 'r1' } })).rejects.toMatchObject({
    code: 'runner_not_found',
  });
  expect(plane.asked.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

test('while live changes go out, and answers are neutralised', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  plane.answer(enableRunner, () => runner('r1', { name: 'a\u001b[2Jb' }));
  const session = start(plane);
  await eventually(() => link(session) === 'live');
  expect((await session.call(enableRunner, { params: { id: 'r1' } })).name).toBe('a␛[2Jb');
});

test('T13: a gap that the stream tells is fetched by page', async () => {
  await using plane = await startControlPlane();
  const chunks = [chunk(1, 'a\n')];
  answerAll(plane, chunks);
  const session = start(plane);
  session.watch('run:run_1');
  const log = () => session.store.getState().openRuns.get('run_1')?.output;
  await eventually(() => log()?.lineCount === 1);
  chunks.push(chunk(2, 'b\n'), chunk(3, 'c\n'));
  const viewer = plane.connected()[0];
  viewer?.send({
    type: 'event',
    id: 1,
    seq: 1,
    cursor: 'c',
    at: AT,
    event: { type: 'run.output_gap', after_seq: 1, before_seq: 3 },
  });
  viewer?.send({
    type: 'event',
    id: 1,
    seq: 2,
    cursor: 'c',
    at: AT,
    event: { type: 'run.output', chunks: [chunk(3, 'c\n')] },
  });
  // The mark of the hole is a line as well, until its page has come.
  const texts = () => {
    const output = log();
    if (output === undefined) return '';
    return visibleLines(output, { from: 0, count: 9 })
      .map((line) => (line.kind === 'text' ? line.text : '⋯'))
      .join(' ');
  };
  await eventually(() => texts() === 'a b c');
});

test('T15: the tail is shown first, the rest is fetched on demand, and saving gives exact chunks', async () => {
  await using plane = await startControlPlane();
  const chunks = [chunk(1, '\u001b[1ma\n'), chunk(2, 'b\n'), chunk(3, 'c\n')];
  answerAll(plane, chunks);
  const session = start(plane);
  session.watch('run:run_1');
  const log = () => session.store.getState().openRuns.get('run_1')?.output;
  await eventually(() => log()?.moreBefore === true);
  await session.loadOutput('run_1', 'before');
  const output = log();
  expect(output && [lineTotal(output), output.moreBefore]).toEqual([3, false]);
  const saved = [];
  for await (const part of session.exactOutput('run_1')) saved.push(part.chunk);
  expect(saved).toEqual(['\u001b[1ma\n', 'b\n', 'c\n']);
});

test('a burst of events reaches readers as few changes of the store', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const session = start(plane);
  session.watch('fleet');
  await eventually(() => link(session) === 'live' && session.store.getState().me !== null);
  let changes = 0;
  session.store.subscribe(() => (changes += 1));
  const viewer = plane.connected()[0];
  for (let seq = 1; seq <= 500; seq += 1) {
    viewer?.send({
      type: 'event',
      id: 1,
      seq,
      cursor: `c${seq}`,
      at: AT,
      event: { type: 'runner.state_changed', runner: runner('r1', { unfinished_runs: seq }) },
    });
  }
  await eventually(() => session.store.getState().runners.get('r1')?.unfinished_runs === 500);
  expect(changes).toBeLessThan(50);
});

test('failures become one notice with code and remedy, and can be dismissed', async () => {
  await using plane = await startControlPlane();
  answerAll(plane);
  const session = start(plane);
  plane.answer(enableRunner, () => {
    throw new Problem('conflict');
  });
  await eventually(() => link(session) === 'live');
  await session.call(enableRunner, { params: { id: 'r1' } }).catch(session.notifyFailure);
  expect(session.store.getState().notice).toMatchObject({
    tone: 'danger',
    code: 'conflict',
    fix: 'Look again, then decide',
  });
  session.dismissNotice();
  expect(session.store.getState().notice).toBeNull();
});
