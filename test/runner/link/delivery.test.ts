// Runs over a link that comes and goes: executed once, told whole, told until acknowledged.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLink, temporaryDir, type LinkedRunner } from '../linked-runner.ts';
import type { ScriptedRun } from '../scripted-engine.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

let server: WireServer;
let runner: LinkedRunner;

beforeEach(async () => {
  server = await WireServer.start();
});
afterEach(async () => {
  await runner.stop();
  await server.stop();
});

async function connected(dataDir?: string): Promise<Visit> {
  const seen = server.visits.length;
  runner = await startLink({ url: server.url, ...(dataDir === undefined ? {} : { dataDir }) });
  const visit = await server.visit(seen + 1);
  await visit.first('runner_state');
  return visit;
}

const runOf = (index = 0): Promise<ScriptedRun> => until(() => runner.engine.runs[index], `run ${index}`);

test('a run is told as started, output, result, with counted output', async () => {
  const visit = await connected();
  visit.run('req_a', { args: { n: 1 } });
  const run = await runOf();
  run.start();
  await visit.first('action_started');
  run.print('one\n');
  await visit.first('action_progress');
  run.print('two\n', 'stderr');
  await visit.first('action_progress', 2);
  run.end({ emitted_stdout_bytes: 4 });
  expect(await visit.first('action_result')).toMatchObject({
    request_id: 'req_a',
    status: 'success',
    progress_chunks: 2,
    event_id: 'evt_1',
  });
  expect(visit.of('action_progress')).toMatchObject([
    { seq: 1, stream: 'stdout', chunk: 'one\n' },
    { seq: 2, stream: 'stderr', chunk: 'two\n' },
  ]);
});

test('WP3: number literals reach the engine as they were written', async () => {
  const visit = await connected();
  visit.socket.send(
    '{"type":"run_action","protocol_version":1,"request_id":"a","action_id":"x","args":{"n":12345678901234567890},"reason":"r"}',
  );
  expect(JSON.stringify((await runOf()).facts.args)).toBe('{"n":12345678901234567890}');
});

test('RN2, C23: a cut in mid-run loses no output, and the run ends once on the new connection', async () => {
  const first = await connected();
  first.run('req_a');
  const run = await runOf();
  run.start();
  run.print('before\n');
  await first.first('action_progress');
  first.cut();
  run.print('during\n');
  const second = await server.visit(2);
  await second.first('runner_state');
  // What the control plane resumes with: the same dispatch again.
  second.run('req_a');
  run.print('after\n');
  run.end();
  const result = await second.first('action_result');
  const told = new Map(second.of('action_progress').map((frame) => [frame['seq'], frame['chunk']]));
  expect([...told.values()].join('')).toBe('before\nduring\nafter\n');
  expect(result['progress_chunks']).toBe(told.size);
  expect(second.frames.map((frame) => frame['type']).slice(0, 2)).toEqual(['runner_state', 'action_started']);
  expect(runner.engine.runs).toHaveLength(1);
});

test('RN5: output that was told under a number is told unchanged under it again', async () => {
  const first = await connected();
  first.run('req_a');
  const run = await runOf();
  run.start();
  run.print('a');
  await first.first('action_progress');
  run.print('b');
  await first.first('action_progress', 2);
  first.cut();
  const second = await server.visit(2);
  await second.first('action_progress', 2);
  expect(second.of('action_progress')).toEqual(first.of('action_progress'));
});

test('a result that was not acknowledged is told again at each connection, and not after the acknowledgement', async () => {
  const first = await connected();
  first.run('req_a');
  (await runOf()).end();
  await first.first('action_result');
  first.cut();
  const second = await server.visit(2);
  await second.first('action_result');
  second.acknowledge('req_a');
  second.run('req_b');
  await runOf(1);
  second.cut();
  const third = await server.visit(3);
  (await runOf(1)).end();
  await third.first('action_result');
  expect(third.of('action_result').map((frame) => frame['request_id'])).toEqual(['req_b']);
});

test('finalize_failed makes a result go out once more, not for ever', async () => {
  const visit = await connected();
  visit.run('req_a');
  (await runOf()).end();
  await visit.first('action_result');
  const fail = () =>
    visit.send({ type: 'error', code: 'finalize_failed', message: 'x', request_id: 'req_a' });
  fail();
  await visit.first('action_result', 2);
  fail();
  visit.run('req_b');
  (await runOf(1)).end();
  await visit.first('action_result', 3);
  expect(visit.of('action_result').map((frame) => frame['request_id'])).toEqual(['req_a', 'req_a', 'req_b']);
});

test('the same dispatch twice runs once; after its end it is answered from memory', async () => {
  const visit = await connected();
  visit.run('req_a');
  visit.run('req_a');
  (await runOf()).end();
  await visit.first('action_result');
  visit.run('req_a');
  await visit.first('action_result', 2);
  expect(runner.engine.runs).toHaveLength(1);
});

test('another dispatch under a known id is refused', async () => {
  const visit = await connected();
  visit.run('req_a');
  (await runOf()).end();
  await visit.first('action_result');
  visit.run('req_a', { args: { other: true } });
  expect(await visit.first('action_result', 2)).toMatchObject({
    status: 'failed',
    reason: 'dispatch_id_conflict',
    event_id: 'evt_refused',
  });
  expect(runner.engine.runs).toHaveLength(1);
});

test('RN6, C11: the ninth run goes back; the eight are untouched, and the same one fits later', async () => {
  const visit = await connected();
  for (let n = 1; n <= 9; n += 1) visit.run(`req_${n}`);
  expect(await visit.first('error')).toMatchObject({ request_id: 'req_9', code: 'concurrency_cap_reached' });
  await runOf(7);
  expect(runner.engine.runs.some((run) => run.isCancelled)).toBe(false);
  (await runOf(0)).end();
  await visit.first('action_result');
  visit.run('req_9');
  expect((await runOf(8)).facts.requestId).toBe('req_9');
});

test('C12: a cancel that comes before its run keeps it from starting', async () => {
  const visit = await connected();
  visit.send({ type: 'cancel', request_id: 'req_a' });
  visit.run('req_a');
  expect(await visit.first('action_result')).toMatchObject({
    status: 'cancelled',
    reason: 'cancelled_before_start',
  });
  expect(runner.engine.runs).toEqual([]);
});

test('a cancel reaches the run', async () => {
  const visit = await connected();
  visit.run('req_a');
  await runOf();
  visit.send({ type: 'cancel', request_id: 'req_a', reason: null });
  expect(await visit.first('action_result')).toMatchObject({
    status: 'cancelled',
    reason: 'execution cancelled',
  });
});

test('C5, RN2: a run that a restart interrupted is of unknown outcome and does not run again', async () => {
  const dataDir = temporaryDir();
  const visit = await connected(dataDir);
  visit.run('req_a');
  await runOf();
  // The process dies here: nothing is cancelled, nothing is recorded.
  runner.loop.stop();
  const again = await connected(dataDir);
  // Unasked, and again when the control plane hands the run over once more.
  const unknown = {
    status: 'failed',
    reason: 'execution_outcome_unknown',
    exit_code: -1,
    event_id: 'evt_refused',
  };
  expect(await again.first('action_result')).toMatchObject(unknown);
  again.run('req_a');
  expect(await again.first('action_result', 2)).toMatchObject(unknown);
  expect(runner.engine.runs).toEqual([]);
});

test('RN3: a result that was recorded before a crash is told after the restart, unasked', async () => {
  const dataDir = temporaryDir();
  const visit = await connected(dataDir);
  visit.run('req_a');
  (await runOf()).end({ executed_command: 'echo <pong>' });
  await visit.first('action_result');
  runner.loop.stop();
  const again = await connected(dataDir);
  expect(await again.first('action_result')).toEqual(visit.of('action_result')[0]);
});

test('C7: a run whose engine breaks ends by itself, and others go on', async () => {
  const visit = await connected();
  visit.run('req_a');
  (await runOf()).break();
  expect(await visit.first('action_result')).toMatchObject({ status: 'failed', reason: 'engine_panic' });
  visit.run('req_b');
  (await runOf(1)).end();
  expect(await visit.first('action_result', 2)).toMatchObject({ request_id: 'req_b', status: 'success' });
});
