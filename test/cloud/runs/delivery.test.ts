import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FakeSocket } from './fake-socket.ts';
import { SCOPE, caller, descriptor, progressFrame, resultFrame, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const requestIds = (socket: FakeSocket) => socket.frames().map((frame) => String(frame['request_id']));
const types = (socket: FakeSocket) => socket.frames().map((frame) => frame['type']);
async function dispatched(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) {
    await fleet.clock.advance(1);
    ids.push((await fleet.dispatch({ runners: ['web-1'] })).results[0]?.run?.id ?? '');
  }
  return ids;
}
const status = async (id: string | undefined) => (await fleet.runs.detail(SCOPE, id ?? ''))?.status;
const cancel = (runId: string | undefined) =>
  fleet.runs.cancel({ ...SCOPE, runId: runId ?? '', reason: 'enough', actor: caller().actor });

test('RN6: eight runs are in flight at most; each result lets the oldest queued one follow', async () => {
  const socket = await fleet.ready('web-1');
  const ids = await dispatched(11);
  expect(socket.sent).toHaveLength(8);
  expect(await Promise.all(ids.slice(8).map(status))).toEqual(['pending', 'pending', 'pending']);
  await fleet.runs.result(socket, resultFrame(requestIds(socket)[3] ?? ''));
  expect(socket.sent).toHaveLength(9);
  expect(await Promise.all(ids.slice(8).map(status))).toEqual(['sent', 'pending', 'pending']);
});

test('WP2: after a reconnect in-flight runs are replayed byte for byte, then their cancels, then queued ones follow', async () => {
  const socket = await fleet.ready('web-1');
  const [first, second] = await dispatched(2);
  await fleet.runs.started(socket, requestIds(socket)[0] ?? '');
  await fleet.disconnect('rnr_web-1');
  await dispatched(1);
  await cancel(first);
  const again = await fleet.connect('rnr_web-1');
  expect(types(again)).toEqual(['run_action', 'cancel', 'run_action', 'run_action']);
  expect([again.sent[0], again.sent[2]]).toEqual(socket.sent.slice(0, 2));
  expect(await status(second)).toBe('sent');
});

test('nothing is handed over before the first runner_state was accepted', async () => {
  await fleet.ready('web-1');
  await fleet.disconnect('rnr_web-1');
  const early: FakeSocket = { ...(await fleet.ready('other')), runnerId: 'rnr_web-1', epoch: 99, sent: [] };
  fleet.sockets.set('rnr_web-1', early);
  const [id] = await dispatched(1);
  expect(early.sent).toEqual([]);
  expect(await status(id)).toBe('pending');
});

test('a runner at its own cap: the run goes back to the end of the queue and follows the next freed slot', async () => {
  const socket = await fleet.ready('web-1');
  const [first, second] = await dispatched(2);
  await fleet.clock.advance(5);
  await fleet.runs.capReached(socket, requestIds(socket)[0] ?? '');
  expect(await status(first)).toBe('pending');
  const [third] = await dispatched(1);
  expect(await status(third)).toBe('pending');
  await fleet.runs.result(socket, resultFrame(requestIds(socket)[1] ?? ''));
  expect(await Promise.all([first, second, third].map(status))).toEqual(['sent', 'success', 'sent']);
  expect(await fleet.events()).toContain('runner.error');
});

test('RN1 RN2: a result is stored once; repeats, late ones and those of another runner change nothing', async () => {
  const socket = await fleet.ready('web-1');
  const other = await fleet.ready('web-2');
  const [id] = await dispatched(1);
  const [requestId = ''] = requestIds(socket);
  await fleet.runs.result(other, resultFrame(requestId, { status: 'failed' }));
  expect(await status(id)).toBe('sent');
  await Promise.all([
    fleet.runs.result(socket, resultFrame(requestId)),
    ...Array.from({ length: 9 }, () =>
      fleet.runs.result(socket, resultFrame(requestId, { status: 'failed', exit_code: 3 })),
    ),
  ]);
  expect(await fleet.runs.detail(SCOPE, id ?? '')).toMatchObject({ status: 'success', exit_code: 0 });
  expect(
    (await fleet.events()).filter(
      (event) => event.startsWith('action_run.s') || event === 'action_run.failed',
    ),
  ).toEqual(['action_run.success']);
  await fleet.runs.result(socket, resultFrame('req_unknown'));
});

test('a result with absurd numbers is clamped and kept, never refused', async () => {
  const socket = await fleet.ready('web-1');
  const [id] = await dispatched(1);
  await fleet.runs.result(
    socket,
    resultFrame(requestIds(socket)[0] ?? '', {
      status: 'exploded',
      exit_code: 9e15,
      duration_ms: -4,
      emitted_stdout_bytes: -1,
      error: `\u001b[31m${'x'.repeat(40_000)}`,
      executed_command: 'y'.repeat(40_000),
      event_id: 'z'.repeat(900),
      structured_output: { big: 'w'.repeat(9_000) },
    }),
  );
  const detail = await fleet.runs.detail(SCOPE, id ?? '');
  expect(detail).toMatchObject({
    status: 'failed',
    exit_code: 2 ** 31 - 1,
    duration_ms: 0,
    stdout_bytes: 0,
    structured_output: null,
  });
  expect(detail?.explanation).toMatch(/^␛\[31mx+…$/);
  expect(detail?.explanation?.length).toBe(16_384);
  expect(detail?.executed_command_truncated).toBe(true);
});

test('RN5 C23: output is stored by number once; a hole or a dropped chunk makes it incomplete', async () => {
  const socket = await fleet.ready('web-1');
  const [whole, holed] = await dispatched(2);
  const [first = '', second = ''] = requestIds(socket);
  for (const seq of [1, 2, 2, 3, 1]) fleet.runs.progress(socket, progressFrame(first, seq, `${seq}`));
  for (const seq of [1, 3]) fleet.runs.progress(socket, progressFrame(second, seq));
  fleet.runs.progress(socket, progressFrame(first, 2, 'other bytes'));
  await fleet.runs.result(socket, resultFrame(first, { progress_chunks: 3 }));
  await fleet.runs.result(socket, resultFrame(second, { progress_chunks: 3 }));
  fleet.runs.progress(socket, progressFrame(first, 4));
  await fleet.runs.result(socket, resultFrame(first));
  expect(
    (await fleet.runs.output(SCOPE, whole ?? '', { limit: 10 })).items.map((chunk) => chunk.chunk).join(''),
  ).toBe('123');
  expect(await fleet.runs.detail(SCOPE, whole ?? '')).toMatchObject({
    output_complete: true,
    output_chunks: 3,
  });
  expect(await fleet.runs.detail(SCOPE, holed ?? '')).toMatchObject({
    output_complete: false,
    output_chunks: 2,
  });
});

test('SE1: chunks of a session that a newer one replaced are dropped', async () => {
  const old = await fleet.ready('web-1');
  const [id] = await dispatched(1);
  const fresh = await fleet.connect('rnr_web-1');
  fleet.runs.progress(old, progressFrame(requestIds(old)[0] ?? '', 1, 'old'));
  fleet.runs.progress(fresh, progressFrame(requestIds(old)[0] ?? '', 1, 'fresh'));
  await fleet.runs.result(fresh, resultFrame(requestIds(old)[0] ?? ''));
  expect((await fleet.runs.output(SCOPE, id ?? '', { limit: 10 })).items.map((chunk) => chunk.chunk)).toEqual(
    ['fresh'],
  );
});

test('output past the budget of a run is dropped and the run says that it is incomplete', async () => {
  const socket = await fleet.ready('web-1');
  const [id] = await dispatched(1);
  const [requestId = ''] = requestIds(socket);
  await fleet.database.write((tx) =>
    tx.sql
      .updateTable('runs')
      .set({ output_bytes: 64 * 1024 * 1024 - 3 })
      .execute(),
  );
  fleet.runs.progress(socket, progressFrame(requestId, 1, 'abc'));
  fleet.runs.progress(socket, progressFrame(requestId, 2, 'd'));
  await fleet.runs.result(socket, resultFrame(requestId, { progress_chunks: 2 }));
  expect(await fleet.runs.detail(SCOPE, id ?? '')).toMatchObject({
    output_complete: false,
    output_chunks: 1,
  });
});

test('cancel asks the runner once per call, and the runner decides how the run ended', async () => {
  const socket = await fleet.ready('web-1');
  const [id] = await dispatched(1);
  expect((await cancel(id)).status).toBe('cancelling');
  expect((await cancel(id)).status).toBe('cancelling');
  expect(types(socket)).toEqual(['run_action', 'cancel', 'cancel']);
  await fleet.runs.result(
    socket,
    resultFrame(requestIds(socket)[0] ?? '', {
      status: 'cancelled',
      exit_code: -1,
      reason: 'execution cancelled',
    }),
  );
  expect((await cancel(id)).status).toBe('cancelled');
  expect((await fleet.events()).filter((event) => event === 'run.cancel_requested')).toHaveLength(1);
});

test('a run that ended otherwise cannot be cancelled, and one of another account is not found', async () => {
  const socket = await fleet.ready('web-1');
  const [id] = await dispatched(1);
  await fleet.runs.result(socket, resultFrame(requestIds(socket)[0] ?? ''));
  await expect(cancel(id)).rejects.toMatchObject({ code: 'run_finished' });
  const stranger = {
    ...SCOPE,
    accountId: 'acc_other',
    runId: id ?? '',
    reason: undefined,
    actor: caller().actor,
  };
  await expect(fleet.runs.cancel(stranger)).rejects.toMatchObject({ code: 'not_found' });
});

test('a success counts only with the structured output that the action promised', async () => {
  const schema = { type: 'object', properties: { up: { type: 'boolean' } }, required: ['up'] };
  const socket = await fleet.ready('web-1', [descriptor('demo.ping', { output_schema: schema })]);
  const ids = await dispatched(3);
  const outputs = [{ up: true }, { up: 'yes' }, undefined];
  for (const [index, structured_output] of outputs.entries()) {
    await fleet.runs.result(socket, resultFrame(requestIds(socket)[index] ?? '', { structured_output }));
  }
  expect(await Promise.all(ids.map(status))).toEqual(['success', 'validation_failed', 'validation_failed']);
  expect(await fleet.runs.detail(SCOPE, ids[0] ?? '')).toMatchObject({ structured_output: { up: true } });
  expect(await fleet.runs.detail(SCOPE, ids[1] ?? '')).toMatchObject({ cause: 'output_schema_mismatch' });
  expect(await fleet.events()).toContain('action_run.validation_failed');
});

test('what was queued before a hold is refused when its turn comes, and what runs goes on', async () => {
  const socket = await fleet.ready('web-1');
  const running = [];
  for (let index = 0; index < 9; index += 1) running.push(await fleet.dispatch({ runners: ['web-1'] }));
  const queued = running.at(-1)?.results[0]?.run?.id ?? '';
  await fleet.database.write((tx) => tx.sql.updateTable('runners').set({ held_at: 1 }).execute());
  const first = socket.frames().find((frame) => frame['type'] === 'run_action');
  await fleet.runs.result(socket, resultFrame(String(first?.['request_id'])));
  expect(await fleet.runs.detail(SCOPE, queued)).toMatchObject({ status: 'refused', cause: 'runner_held' });
  const rows = await fleet.runs.rows(SCOPE, null, 20);
  expect(rows.filter((row) => row.status === 'sent')).toHaveLength(7);
});
