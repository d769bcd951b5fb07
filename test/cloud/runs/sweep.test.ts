import { afterEach, beforeEach, expect, test } from 'vitest';
import { endings } from '../../../src/protocol/run.ts';
import { judgeUnfinished, type SweptRunner } from '../../../src/cloud/runs/sweep-rule.ts';
import type { FakeSocket } from './fake-socket.ts';
import { SCOPE, resultFrame, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet();
  fleet.runs.start();
});
afterEach(() => fleet.close());

const detail = (id: string | undefined) => fleet.runs.detail(SCOPE, id ?? '');
const send = async () => (await fleet.dispatch({ runners: ['web-1'] })).results[0]?.run?.id ?? '';
const requestIds = (socket: FakeSocket) => socket.frames().map((frame) => String(frame['request_id']));
const polled = (id: string) => expect.poll(async () => (await detail(id))?.status);

test('RN4: a running run of a lost runner ends 125 s after the close at the latest and says why', async () => {
  const socket = await fleet.ready('web-1');
  const [running, sent] = [await send(), await send()];
  await fleet.runs.started(socket, requestIds(socket)[0] ?? '');
  await fleet.disconnect('rnr_web-1');
  await fleet.clock.advance(119_000);
  expect((await detail(running))?.status).toBe('running');
  await fleet.clock.advance(6_000);
  await polled(running).toBe('error');
  await polled(sent).toBe('error');
  expect(await detail(running)).toMatchObject({
    cause: 'lost_in_flight',
    explanation: endings.lost_in_flight,
    output_complete: false,
  });
  expect(await detail(sent)).toMatchObject({
    cause: 'outcome_unknown',
    explanation: endings.outcome_unknown,
  });
});

test('a runner that comes back within the grace keeps its runs, and its result counts', async () => {
  const socket = await fleet.ready('web-1');
  const id = await send();
  await fleet.runs.started(socket, requestIds(socket)[0] ?? '');
  await fleet.disconnect('rnr_web-1');
  await fleet.clock.advance(100_000);
  const again = await fleet.connect('rnr_web-1');
  await fleet.clock.advance(400_000);
  expect((await detail(id))?.status).toBe('running');
  await fleet.runs.result(again, resultFrame(requestIds(socket)[0] ?? '', { progress_chunks: 0 }));
  expect((await detail(id))?.status).toBe('success');
});

test('a queued run of a runner that stays away ends after two minutes as never reached', async () => {
  await fleet.ready('web-1');
  await fleet.disconnect('rnr_web-1');
  const id = await send();
  await fleet.clock.advance(110_000);
  expect((await detail(id))?.status).toBe('pending');
  await fleet.clock.advance(75_000);
  await polled(id).toBe('error');
  expect(await detail(id)).toMatchObject({ cause: 'never_reached' });
});

test.each([
  ['disabled_at', 'runner_disabled'],
  ['revoked_at', 'runner_revoked'],
] as const)('runs of a runner with %s end with the cause %s', async (column, cause) => {
  await fleet.ready('web-1');
  const id = await send();
  await fleet.database.write((tx) =>
    tx.sql
      .updateTable('runners')
      .set({ [column]: 1 })
      .execute(),
  );
  await fleet.disconnect('rnr_web-1');
  await fleet.clock.advance(125_000);
  await polled(id).toBe('error');
  expect(await detail(id)).toMatchObject({ cause });
});

test('C4: a control plane that starts anew counts the grace of lost runners from its own start', async () => {
  await fleet.ready('web-1');
  const id = await send();
  await fleet.runs.stop();
  fleet.sockets.clear();
  await fleet.database.write((tx) =>
    tx.sql.updateTable('runners').set({ connected: 0, last_disconnected_at: fleet.clock.now() }).execute(),
  );
  await fleet.clock.advance(3_600_000);
  const again = fleet.restartRuns();
  again.start();
  await fleet.clock.advance(100_000);
  expect((await detail(id))?.status).toBe('sent');
  await fleet.clock.advance(25_000);
  await polled(id).toBe('error');
  await again.stop();
});

test('deleting a runner ends its runs in the same transaction', async () => {
  await fleet.ready('web-1');
  const id = await send();
  await fleet.database.write((tx) => fleet.runs.runnerDeleted(tx, 'rnr_web-1'));
  expect(await detail(id)).toMatchObject({ status: 'error', cause: 'runner_deleted' });
});

test('a sent run that its connected runner never takes is sent again, and given up after ten minutes', async () => {
  const socket = await fleet.ready('web-1');
  const id = await send();
  await fleet.clock.advance(200_000);
  await expect.poll(() => socket.sent.length).toBeGreaterThan(1);
  expect(new Set(socket.sent).size).toBe(1);
  await fleet.clock.advance(460_000);
  await polled(id).toBe('error');
  expect(await detail(id)).toMatchObject({ cause: 'never_acknowledged' });
});

const here: SweptRunner = {
  connected: true,
  epoch: 2,
  disabled: false,
  revoked: false,
  deleted: false,
  lostAt: null,
};
const away: SweptRunner = { ...here, connected: false, lostAt: 1_000_000 };
test.each([
  ['pending', here, 119_999, 'keep'],
  ['pending', here, 120_000, 'offer'],
  ['pending', away, 119_999, 'keep'],
  ['pending', away, 120_000, 'never_reached'],
  ['sent', here, 119_999, 'keep'],
  ['sent', here, 120_000, 'resend'],
  ['sent', here, 599_999, 'resend'],
  ['sent', here, 600_000, 'never_acknowledged'],
  ['sent', { ...here, epoch: 3 }, 300_000, 'keep'],
  ['sent', away, 119_999, 'keep'],
  ['sent', away, 120_000, 'outcome_unknown'],
  ['running', here, 9e9, 'keep'],
  ['cancelling', here, 9e9, 'keep'],
  ['running', away, 119_999, 'keep'],
  ['running', away, 120_000, 'lost_in_flight'],
  ['cancelling', away, 120_000, 'lost_in_flight'],
  ['pending_approval', away, 9e9, 'keep'],
  ['running', { ...here, deleted: true }, 0, 'runner_deleted'],
] as const)('the sweep: %s, %o after %i ms is %s', (status, runner, ms, expected) => {
  const verdict = judgeUnfinished(
    { status, waitsTurn: false, queuedAt: 1_000_000, sentEpoch: 2 },
    runner,
    1_000_000 + ms,
    0,
  );
  expect(verdict.do === 'end' ? verdict.ending : verdict.do).toBe(expected);
});
