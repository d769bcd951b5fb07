import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect } from '../../support/wire-runner.ts';

test('SE2: a newcomer is sent away with 1013 while the holder answers, and both addresses are shown', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using holder = await bringOnline(cloud, 'web-1', token);
  using newcomer = await connect(cloud.url, token);
  newcomer.sendState({ group: 'stolen' });
  expect(await newcomer.closing()).toEqual({ code: 1013 });
  expect(holder.closed).toBeNull();
  const shown = await cloud.runner('web-1');
  expect(shown).toMatchObject({
    state: 'online',
    group: 'web',
    conflict: { addresses: ['127.0.0.1', '127.0.0.1'] },
  });
  expect(await cloud.auditEvents()).toContain('runner.identity_conflict');
});

test('C16: the conflict is shown until five minutes after the last attempt', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using holder = await bringOnline(cloud, 'web-1', token);
  using newcomer = await connect(cloud.url, token);
  await newcomer.closing();
  for (let minute = 0; minute < 5; minute += 1) {
    expect((await cloud.runner('web-1')).conflict).not.toBeNull();
    await cloud.clock.advance(60_000);
    holder.beat();
    await until(
      'the beat arrives',
      async () => Date.parse((await cloud.runner('web-1')).last_heartbeat_at ?? '') >= cloud.clock.now(),
    );
  }
  expect((await cloud.runner('web-1')).conflict).toBeNull();
});

test('SE2, C17: a newcomer takes over from a holder that answers no ping within five seconds', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using dead = await bringOnline(cloud, 'web-1', token, { answersPings: false });
  const pinged = new Promise<void>((resolve) => dead.socket.once('ping', () => resolve()));
  using newcomer = await connect(cloud.url, token);
  newcomer.sendState({ group: 'after' });
  await pinged;
  await cloud.clock.advance(4_999);
  expect(dead.closed).toBeNull();
  await cloud.clock.advance(1);
  expect(await dead.closing()).toEqual({ code: 1008 });
  await until('the newcomer is online', async () => (await cloud.runner('web-1')).group === 'after');
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', conflict: null });
});

test('HB4, C19: what a superseded session still says, and its close, change nothing', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using dead = await bringOnline(cloud, 'web-1', token, { answersPings: false });
  const pinged = new Promise<void>((resolve) => dead.socket.once('ping', () => resolve()));
  using newcomer = await connect(cloud.url, token);
  newcomer.sendState({ group: 'after' });
  await pinged;
  await cloud.clock.advance(5_000);
  dead.sendState({ group: 'ghost' });
  dead.beat(7);
  await dead.closing();
  await until('the newcomer is online', async () => (await cloud.runner('web-1')).group === 'after');
  newcomer.beat(2);
  await until('its beat counts', async () => (await cloud.runner('web-1')).action_load === 2);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', group: 'after' });
});

test('C9: of many newcomers at once one is let in', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  const dialled = await Promise.all(Array.from({ length: 10 }, () => connect(cloud.url, token)));
  for (const runner of dialled) runner.sendState();
  await until(
    'nine are sent away',
    () => dialled.filter((runner) => runner.closed?.code === 1013).length === 9,
  );
  expect(dialled.filter((runner) => runner.closed === null)).toHaveLength(1);
  await until('one is online', async () => (await cloud.runner('web-1')).state === 'online');
  for (const runner of dialled) runner[Symbol.dispose]();
});

test('SE1: each session raises the epoch', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  for (const expected of [1, 2, 3]) {
    using runner = await bringOnline(cloud, 'web-1', token);
    const { epoch } = await cloud.cloud.database.read
      .selectFrom('runners')
      .select('epoch')
      .executeTakeFirstOrThrow();
    expect(epoch).toBe(expected);
    runner.socket.close();
    await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  }
});
