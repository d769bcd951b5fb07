import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import type { WireRunner } from '../../support/wire-runner.ts';

const beatArrives = async (cloud: RunningCloud, runner: WireRunner) => {
  runner.beat();
  await until(
    'the beat arrives',
    async () => Date.parse((await cloud.runner('web-1')).last_heartbeat_at ?? '') === cloud.clock.now(),
  );
};

test('HB2, HB3: a runner is stale after 45 s and offline after 90 s of silence, not a moment earlier', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  await cloud.clock.advance(44_999);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', stale: false });
  await cloud.clock.advance(1);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', stale: true });
  await cloud.clock.advance(44_999);
  expect(runner.closed).toBeNull();
  await cloud.clock.advance(1);
  expect(await runner.closing()).toEqual({ code: 1000 });
  await until('the reason is recorded', async () => (await cloud.runner('web-1')).disconnect_note !== null);
  expect(await cloud.runner('web-1')).toMatchObject({
    state: 'offline',
    stale: false,
    disconnect_note: 'went silent',
  });
});

test('HB2: a stale runner that beats is fresh again', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  await cloud.clock.advance(60_000);
  await beatArrives(cloud, runner);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', stale: false });
  await cloud.clock.advance(89_999);
  expect(runner.closed).toBeNull();
});

test('HB3, C21: a socket that is opened and says nothing is closed after 90 s and was never online', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  const { connect } = await import('../../support/wire-runner.ts');
  using mute = await connect(cloud.url, token);
  await until(
    'it is claimed',
    async () =>
      (await cloud.auditEvents()).length > 0 &&
      cloud.cloud.domains.runners.presence.find((await cloud.runner('web-1')).id),
  );
  await cloud.clock.advance(90_000);
  expect(await mute.closing()).toEqual({ code: 1000 });
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'pending' });
});

test('HB6: heartbeats reach the store once a minute, not one by one', async () => {
  await using cloud = await startRunningCloud();
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const stored = async () => {
    const row = await cloud.cloud.database.read
      .selectFrom('runners')
      .select('last_heartbeat_at')
      .executeTakeFirstOrThrow();
    return row.last_heartbeat_at;
  };
  const atFirst = await stored();
  await cloud.clock.advance(30_000);
  await beatArrives(cloud, runner);
  expect(await stored()).toBe(atFirst);
  await cloud.clock.advance(30_000);
  await until('the coalesced write', async () => (await stored()) === cloud.clock.now() - 30_000);
});
