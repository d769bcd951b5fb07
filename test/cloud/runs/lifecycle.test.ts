import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCOPE, descriptor, progressFrame, resultFrame, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

test('a dispatch goes out at once, streams, and its result is stored', async () => {
  const socket = await fleet.ready('web-1');
  const operation = await fleet.dispatch({ runners: ['web-1'] });
  const run = operation.results[0]?.run;
  expect(run).toMatchObject({ status: 'sent', action_id: 'demo.ping', runner_name: 'web-1' });
  const [frame] = socket.frames();
  expect(frame).toMatchObject({
    type: 'run_action',
    action_id: 'demo.ping',
    args: {},
    reason: 'to see',
    operation_id: operation.id,
  });
  const requestId = String(frame?.['request_id']);

  await fleet.runs.started(socket, requestId);
  fleet.runs.progress(socket, progressFrame(requestId, 1, 'pong\n'));
  await fleet.runs.result(socket, resultFrame(requestId));

  const detail = await fleet.runs.detail(SCOPE, run?.id ?? '');
  expect(detail).toMatchObject({
    status: 'success',
    exit_code: 0,
    output_complete: true,
    output_chunks: 1,
    explanation: null,
  });
  const output = await fleet.runs.output(SCOPE, run?.id ?? '', { limit: 10 });
  expect(output.items).toMatchObject([{ seq: 1, stream: 'stdout', chunk: 'pong\n' }]);
  expect(await fleet.events()).toEqual(
    expect.arrayContaining(['action_run.requested', 'action_run.success']),
  );
});

test('WP3: argument numbers reach the runner digit for digit, and so do they after a reconnect', async () => {
  const args = [
    { name: 'big', type: 'integer' as const, required: true },
    { name: 'small', type: 'number' as const, required: true },
  ];
  const socket = await fleet.ready('web-1', [descriptor('demo.ping', { args })]);
  const operation = await fleet.dispatch(
    { runners: ['web-1'] },
    '{ "big": 891234567890123456, "small": 1e3 }',
  );
  expect(socket.sent[0]).toContain('"args":{"big":891234567890123456,"small":1e3}');
  await fleet.disconnect('rnr_web-1');
  const again = await fleet.connect('rnr_web-1');
  expect(again.sent).toEqual(socket.sent);
  const detail = await fleet.runs.detail(SCOPE, operation.results[0]?.run?.id ?? '');
  expect(detail?.args).toEqual({ big: '891234567890123456', small: '1e3' });
});

test('C12: a run that was withdrawn while queued is never handed over', async () => {
  const id = await fleet.addRunner('web-1');
  await fleet.ready('web-2');
  await fleet.advertise(id);
  const operation = await fleet.dispatch({ runners: ['web-1'] });
  const runId = operation.results[0]?.run?.id ?? '';
  const actor = { kind: 'member' as const, id: 'mem_1', label: 'Ada', tokenId: null, ipAddress: null };
  const cancelled = await fleet.runs.cancel({ ...SCOPE, runId, reason: 'no need', actor });
  expect(cancelled.status).toBe('cancelled');
  expect((await fleet.runs.cancel({ ...SCOPE, runId, reason: undefined, actor })).status).toBe('cancelled');
  const socket = await fleet.connect(id);
  expect(socket.sent).toEqual([]);
});
