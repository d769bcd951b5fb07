import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, type Frame } from '../../support/wire-runner.ts';

const requestId = 'req_Zk3v9Qm1TtB7yXw0aLc5Rg';
const result = (more: Frame = {}): Frame => ({
  type: 'action_result',
  protocol_version: 1,
  request_id: requestId,
  status: 'success',
  exit_code: 0,
  duration_ms: 7,
  ...more,
});

test.each([
  ['a wrong protocol version', { type: 'heartbeat', protocol_version: 2, time: 'x', action_load: 0 }],
  ['no protocol version', { type: 'heartbeat', time: 'x', action_load: 0 }],
  ['a request id that is none of ours', { type: 'action_started', protocol_version: 1, request_id: 'abc' }],
  ['a result without request id', result({ request_id: undefined })],
])('WP1: %s ends the session with 1002', async (_what, frame) => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send(frame);
  expect(await runner.closing()).toEqual({ code: 1002 });
});

test('WP2: any known frame before the first runner_state ends the session', async () => {
  await using cloud = await startRunningCloud();
  using runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  runner.beat();
  expect(await runner.closing()).toEqual({ code: 1002 });
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'pending' });
});

test('unknown types and binary frames are ignored, whatever version they name', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send({ type: 'from_the_future', protocol_version: 9 });
  runner.socket.send(Buffer.from([1, 2, 3]));
  runner.beat(3);
  await until('the beat counts', async () => (await cloud.runner('web-1')).action_load === 3);
  expect(runner.frames).toEqual([]);
});

test('text that is no frame is answered bad_envelope, and the hundred and first ends the session with 1008', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send('no json');
  expect(await runner.frame('error')).toMatchObject({ code: 'bad_envelope', protocol_version: 1 });
  for (let more = 0; more < 99; more += 1) runner.send('[]');
  await until('a hundred answers', () => runner.frames.length === 100);
  expect(runner.closed).toBeNull();
  runner.send('{"type":7}');
  expect(await runner.closing()).toEqual({ code: 1008 });
});

test('more than a hundred error frames of a runner end the session with 1008', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  for (let count = 0; count < 101; count += 1) {
    runner.send({ type: 'error', protocol_version: 1, code: 'odd', message: 'm' });
  }
  expect(await runner.closing()).toEqual({ code: 1008 });
});

test('a frame beyond two mebibytes ends the session with 1009', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send(' '.repeat(2_097_153));
  expect(await runner.closing()).toEqual({ code: 1009 });
});

test('RN3: a result is acknowledged, also one that nobody asked for, and also when it comes again', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send(result());
  runner.send(result());
  await until('two acknowledgements', () => runner.frames.length === 2);
  for (const frame of runner.frames) {
    expect(frame).toEqual({ type: 'ack_result', protocol_version: 1, request_id: requestId });
  }
});

test('a result with fields of the wrong type is mended, because a refused one would come again for ever', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.send(result({ status: 5, exit_code: 'x', duration_ms: null, redactions: 'none', event_id: 4 }));
  expect(await runner.frame('ack_result')).toMatchObject({ request_id: requestId });
});

test('RN3: a result that cannot be stored is answered finalize_failed, and the session goes on', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const { database } = cloud.cloud;
  // A store that is broken underneath: what happens is what a full disk does.
  await database.write((tx) => tx.sql.schema.alterTable('runs').renameTo('runs_away').execute());
  runner.send(result());
  // Its state may still be under way and fail as well: that is another answer.
  const failed = () => runner.frames.find(({ code }) => code === 'finalize_failed');
  expect(await until('the result is refused', failed)).toMatchObject({ request_id: requestId });
  await database.write((tx) => tx.sql.schema.alterTable('runs_away').renameTo('runs').execute());
  runner.send(result());
  expect(await runner.frame('ack_result')).toMatchObject({ request_id: requestId });
});

test('an advertisement with a bad pack and bad labels still brings the runner online', async () => {
  await using cloud = await startRunningCloud();
  using runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  runner.sendState({
    labels: { role: 7 },
    packs: { good: { version: '1.0.0', hash: `sha256:${'a'.repeat(64)}` }, bad: { hash: 7 } },
    actions: null,
    degraded_packs: 'none',
  });
  await until('online', async () => (await cloud.runner('web-1')).state === 'online');
  await until('the good pack is in', async () => (await cloud.runner('web-1')).packs_count === 1);
  expect(await cloud.runner('web-1')).toMatchObject({ labels: {}, packs_pending: 1 });
});

test('a blank group keeps the one that is stored, and the degraded list clears itself', async () => {
  await using cloud = await startRunningCloud();
  using runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  runner.sendState({ group: 'db', degraded_packs: [{ pack: 'x', reason: 'bad\u001b[31m file' }] });
  await until('degraded', async () => (await cloud.runner('web-1')).degraded_count === 1);
  const { body } = await cloud.call('GET', '/api/v1/runners/web-1');
  expect(body.degraded_packs).toEqual([{ pack: 'x', reason: 'bad␛[31m file' }]);
  runner.sendState({ group: '  ' });
  await until('clean again', async () => (await cloud.runner('web-1')).degraded_count === 0);
  expect(await cloud.runner('web-1')).toMatchObject({ group: 'db' });
});

test('C7: a burst of frames is taken in order, and none is lost', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const ids = Array.from({ length: 500 }, (_, index) => `req_${String(index).padStart(22, '0')}`);
  for (const id of ids) runner.send(result({ request_id: id }));
  await until('all acknowledged', () => runner.frames.length === ids.length);
  expect(runner.frames.map((frame) => frame.request_id)).toEqual(ids);
});
