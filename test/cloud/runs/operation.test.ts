// A dispatch on many runners: its pace, what stops it, how it stands, withdrawing it, and the same once more.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { judgeTurns } from '../../../src/cloud/runs/pacing.ts';
import type { RunStatus } from '../../../src/protocol/run.ts';
import { until } from '../../support/until.ts';
import type { FakeSocket } from './fake-socket.ts';
import { SCOPE, caller, descriptor, progressFrame, resultFrame, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const { accountId, reach, memberId, memberName, actor } = caller();
const asker = { accountId, reach, memberId, memberName, actor };

async function readyFleet(count: number, actions = [descriptor('demo.ping')]): Promise<FakeSocket[]> {
  const sockets: FakeSocket[] = [];
  for (let n = 1; n <= count; n += 1)
    sockets.push(await fleet.ready(`web-${String(n).padStart(2, '0')}`, actions));
  return sockets;
}

const asked = (sockets: readonly FakeSocket[]) => sockets.filter(({ sent }) => sent.length > 0);
const requestOf = (socket: FakeSocket, at = -1) => String(socket.frames().at(at)?.['request_id']);
const end = (socket: FakeSocket, change: Record<string, unknown> = {}) =>
  fleet.runs.result(socket, resultFrame(requestOf(socket), { progress_chunks: 0, ...change }));

test('with max_parallel so many are under way at once, and each end lets the next one start', async () => {
  const sockets = await readyFleet(5);
  const { id, results } = await fleet.dispatch({ group: 'web', max_parallel: 2 });
  await until('the first two are sent', () => asked(sockets).length === 2);
  expect(results.map(({ run }) => run?.waits_turn)).toEqual([false, false, true, true, true]);
  for (let done = 1; done <= 5; done += 1) {
    const busy = sockets.find((socket) => socket.sent.length === 1 && !ended.has(socket));
    if (!busy) throw new Error('nobody is asked');
    ended.add(busy);
    await end(busy);
    await until('the next is sent', () => asked(sockets).length === Math.min(5, done + 2));
  }
  expect((await fleet.runs.operation(SCOPE, id)).counts).toMatchObject({
    total: 5,
    success: 5,
    waiting: 0,
  });
});
const ended = new Set<FakeSocket>();

test('after so many failures no further run starts, and those that waited say why', async () => {
  const sockets = await readyFleet(4);
  const { id } = await fleet.dispatch({ group: 'web', max_parallel: 1, stop_after_failures: 2 });
  for (const at of [0, 1]) {
    await until(`run ${at} is sent`, () => asked(sockets).length === at + 1);
    const socket = sockets[at];
    if (socket) await end(socket, { status: 'failed', exit_code: 1 });
  }
  const operation = await fleet.runs.operation(SCOPE, id);
  expect(operation.counts).toMatchObject({ failed: 2, cancelled: 2, waiting: 0, running: 0 });
  const last = await fleet.runs.detail(SCOPE, operation.results[3]?.run?.id ?? '');
  expect(last).toMatchObject({ cause: 'stopped_after_failures', status: 'cancelled' });
  expect(asked(sockets)).toHaveLength(2);
});

test('a run that waits for its turn is not ended by the sweep, and a lost runner frees its turn', async () => {
  const sockets = await readyFleet(2);
  const { id } = await fleet.dispatch({ group: 'web', max_parallel: 1 });
  await until('one is sent', () => asked(sockets).length === 1);
  fleet.runs.start();
  await fleet.clock.advance(300_000);
  expect((await fleet.runs.operation(SCOPE, id)).counts).toMatchObject({ waiting: 1, running: 1 });
  await fleet.disconnect('rnr_web-01');
  await fleet.clock.advance(125_000);
  await until('the second is sent', () => (sockets[1]?.sent.length ?? 0) === 1);
});

test('high risk on more than ten runners needs a pace; ten do not', async () => {
  await readyFleet(11, [descriptor('demo.ping', { risk: 'high' })]);
  await expect(fleet.dispatch({ group: 'web', dry_run: true })).rejects.toMatchObject({
    code: 'pacing_required',
  });
  await expect(fleet.dispatch({ group: 'web', max_parallel: 2 })).rejects.toMatchObject({
    code: 'pacing_required',
  });
  const some = Array.from({ length: 10 }, (_, n) => `web-${String(n + 1).padStart(2, '0')}`);
  expect((await fleet.dispatch({ runners: some, dry_run: true })).results).toHaveLength(10);
  const paced = { group: 'web', max_parallel: 2, stop_after_failures: 1, dry_run: true };
  expect((await fleet.dispatch(paced)).results).toHaveLength(11);
});

test('labels choose runners, alone and within a group', async () => {
  await readyFleet(3);
  const label = (name: string, labels: object, group = 'web') =>
    fleet.database.write((tx) =>
      tx.sql
        .updateTable('runners')
        .set({ labels: JSON.stringify(labels), group_name: group })
        .where('name', '=', name)
        .execute(),
    );
  await label('web-01', { role: 'db', zone: 'a' });
  await label('web-02', { role: 'db' }, 'other');
  const names = async (body: object) =>
    (await fleet.dispatch({ ...body, dry_run: true })).results.map((line) => line.runner_name);
  expect(await names({ labels: { role: 'db' } })).toEqual(['web-01', 'web-02']);
  expect(await names({ labels: { role: 'db', zone: 'a' } })).toEqual(['web-01']);
  expect(await names({ labels: { role: 'db' }, group: 'other' })).toEqual(['web-02']);
  await expect(names({ labels: { toString: 'x' } })).resolves.toEqual([]);
});

test('cancelling a dispatch withdraws what waits and asks for the rest; a second time there is nothing left', async () => {
  const sockets = await readyFleet(3);
  const { id } = await fleet.dispatch({ group: 'web', max_parallel: 1 });
  await until('one is sent', () => asked(sockets).length === 1);
  const after = await fleet.runs.cancelOperation({ ...SCOPE, id, actor, reason: 'wrong group' });
  expect(after.counts).toMatchObject({ cancelled: 2, running: 1 });
  expect(sockets[0]?.frames().at(-1)).toMatchObject({ type: 'cancel' });
  if (sockets[0]) await end(sockets[0], { status: 'cancelled', exit_code: -1 });
  await expect(fleet.runs.cancelOperation({ ...SCOPE, id, actor, reason: undefined })).rejects.toMatchObject({
    code: 'run_finished',
  });
  expect(asked(sockets)).toHaveLength(1);
});

test('run again takes those that failed, with the arguments digit for digit', async () => {
  const actions = [descriptor('demo.ping', { args_schema: undefined })];
  const sockets = await readyFleet(2, actions);
  const { id, results } = await fleet.dispatch({ group: 'web' });
  await expect(fleet.runs.rerunOperation({ ...asker, id, reason: 'again' })).rejects.toMatchObject({
    code: 'nothing_to_rerun',
  });
  const [good, bad] = sockets;
  if (!good || !bad) throw new Error('two runners');
  await end(good);
  await end(bad, { status: 'failed', exit_code: 3 });
  const again = await fleet.runs.rerunOperation({ ...asker, id, reason: 'again' });
  expect(again.results.map((line) => line.runner_name)).toEqual(['web-02']);
  expect(bad.frames().at(-1)?.['args']).toEqual(bad.frames().at(-2)?.['args']);
  const one = await fleet.runs.rerun({ ...asker, id: results[0]?.run?.id ?? '', reason: 'once more' });
  expect(one.results.map((line) => line.run?.reason)).toEqual(['once more']);
});

test('same answers have one digest, wherever their chunks were cut; another exit or text has its own', async () => {
  const sockets = await readyFleet(4);
  const { id } = await fleet.dispatch({ group: 'web' });
  const said = [['disk ', 'full\n'], ['disk full\n'], ['disk fine\n'], ['disk full\n']];
  for (const [at, socket] of sockets.entries()) {
    for (const [seq, chunk] of (said[at] ?? []).entries())
      fleet.runs.progress(socket, progressFrame(requestOf(socket), seq + 1, chunk));
    const exit = at === 3 ? { status: 'failed', exit_code: 1 } : {};
    await end(socket, { progress_chunks: said[at]?.length, emitted_stdout_bytes: 10, ...exit });
  }
  const answers = await fleet.runs.answers(SCOPE, id);
  expect(answers.map(({ lines }) => lines[0])).toEqual(['disk full', 'disk full', 'disk fine', 'disk full']);
  const [first, second, third, fourth] = answers.map(({ digest }) => digest);
  expect(second).toBe(first);
  expect(new Set([first, third, fourth]).size).toBe(3);
});

test('what differs late in a long chunk is another answer; a long text cut otherwise is the same', async () => {
  const sockets = await readyFleet(3);
  const { id } = await fleet.dispatch({ group: 'web' });
  const long = (end: string) => `${'x'.repeat(5_000)}${end}`;
  const said = [[long('a')], [long('b')], [long('a').slice(0, 2_000), long('a').slice(2_000)]];
  for (const [at, socket] of sockets.entries()) {
    const chunks = said[at] ?? [];
    for (const [seq, chunk] of chunks.entries())
      fleet.runs.progress(socket, progressFrame(requestOf(socket), seq + 1, chunk));
    await end(socket, { progress_chunks: chunks.length, emitted_stdout_bytes: 5_001 });
  }
  const [a, b, cut] = (await fleet.runs.answers(SCOPE, id)).map(({ digest }) => digest);
  expect(b).not.toBe(a);
  expect(cut).toBe(a);
});

describe('whose turn it is', () => {
  const runs = (...words: [RunStatus, 0 | 1 | null][]) =>
    words.map(([status, turn], at) => ({ id: String(at), status, turn }));
  test.each([
    [
      { max_parallel: 2, stop_after_failures: null },
      runs(['pending', 1], ['pending', 1], ['pending', 1]),
      ['0', '1'],
    ],
    [
      { max_parallel: 2, stop_after_failures: null },
      runs(['running', 0], ['pending', 1], ['pending', 1]),
      ['1'],
    ],
    [{ max_parallel: 1, stop_after_failures: null }, runs(['sent', 0], ['pending', 1]), []],
    [
      { max_parallel: null, stop_after_failures: 3 },
      runs(['failed', 0], ['pending', 1], ['pending', 1]),
      ['1', '2'],
    ],
    // One that waits for an approval takes no turn, and is given none.
    [{ max_parallel: 1, stop_after_failures: null }, runs(['pending_approval', 1], ['pending', 1]), ['1']],
  ])('%o over %o gives %o', (pace, facts, give) => {
    expect(judgeTurns(pace, facts)).toEqual({ stop: false, give });
  });
  test.each([
    ['failed', true],
    ['timed_out', true],
    ['error', true],
    ['cancelled', false],
    ['denied', false],
    ['success', false],
  ] as const)('a run that ended as %s stops the rest: %s', (status, stop) => {
    const turns = judgeTurns({ max_parallel: 1, stop_after_failures: 1 }, runs([status, 0], ['pending', 1]));
    expect(turns.stop).toBe(stop);
  });
});
