import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import type { SessionHandle } from '../../../src/cloud/gateway/session-handle.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

test('C26: a runner that reads nothing is cut off before it takes our memory', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.socket.pause();
  const session = await liveSession(cloud);
  const frame = JSON.stringify({ type: 'from_the_future', filler: 'x'.repeat(120_000) });
  let sent = 0;
  while (session.send(frame)) sent += 1;
  expect(sent).toBeGreaterThan(10);
  expect(sent * frame.length).toBeLessThan(64 * 1024 * 1024);
  await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  expect(await cloud.runner('web-1')).toMatchObject({ disconnect_note: 'ended unexpectedly' });
});

test('a frame beyond what runners accept is not sent at all', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const session = await liveSession(cloud);
  expect(session.send('x'.repeat(131_073))).toBe(false);
  expect(session.send(JSON.stringify({ type: 'fits' }))).toBe(true);
  expect(await runner.frame('fits')).toBeDefined();
});

test('a handle that outlives its session sends nothing', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const session = await liveSession(cloud);
  await cloud.call('POST', '/api/v1/runners/web-1/disable');
  expect(session.send('{}')).toBe(false);
  expect(cloud.cloud.domains.gateway.find(session.runnerId)).toBeNull();
  await runner.closing();
});

/** Its runner may be seen as online a moment before its session takes anything. */
async function liveSession({ cloud, runner }: RunningCloud): Promise<SessionHandle> {
  const { id } = await runner('web-1');
  return await until('the session is live', () => cloud.domains.gateway.find(id));
}
