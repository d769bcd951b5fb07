import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

const trail = (cloud: RunningCloud) =>
  cloud.cloud.database.read
    .selectFrom('audit_events')
    .select(['event_type', 'actor_label', 'target_label', 'ip_address', 'token_id'])
    .where('event_type', 'like', 'runner.%')
    .where('actor_kind', '=', 'member')
    .orderBy('position')
    .execute();

test('C29: every verb is in the audit trail once, with who, by which token and from where', async () => {
  await using cloud = await startRunningCloud();
  await enroll(cloud, 'web-1');
  for (const verb of ['disable', 'disable', 'enable', 'enable', 'revoke-token', 'revoke-token']) {
    expect((await cloud.call('POST', `/api/v1/runners/web-1/${verb}`)).status, verb).toBe(200);
  }
  expect((await cloud.call('DELETE', '/api/v1/runners/web-1')).body).toMatchObject({
    deleted: true,
    name: 'web-1',
  });
  const events = await trail(cloud);
  expect(events.map(({ event_type }) => event_type)).toEqual([
    'runner.disabled',
    'runner.enabled',
    'runner.token_revoked',
    'runner.deleted',
  ]);
  for (const event of events) {
    expect(event).toMatchObject({
      actor_label: 'owner',
      target_label: 'web-1',
      ip_address: '127.0.0.1',
      token_id: expect.stringMatching(/^tok_/),
    });
  }
});

test('a held runner stays online and hears nothing; dispatch is refused until it is released', async () => {
  await using cloud = await startRunningCloud();
  const runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  const heard = runner.frames.length;
  for (const verb of ['hold', 'hold']) {
    expect((await cloud.call('POST', `/api/v1/runners/web-1/${verb}`)).body).toMatchObject({
      state: 'online',
      held: true,
    });
  }
  const dispatch = async () => {
    const wish = { action_id: 'demo.ping', runners: ['web-1'], args: {}, reason: 'to see' };
    const { body } = await cloud.call('POST', '/api/v1/dispatches', wish);
    return (body.results as { refusal: { code: string; fix: string } }[])[0]?.refusal;
  };
  expect(await dispatch()).toMatchObject({ code: 'runner_held', fix: expect.stringContaining('release') });
  expect((await cloud.call('POST', '/api/v1/runners/web-1/release')).body).toMatchObject({ held: false });
  expect(await dispatch()).toMatchObject({ code: 'action_not_found' });
  expect(runner.frames).toHaveLength(heard);
  expect((await trail(cloud)).map(({ event_type }) => event_type)).toEqual([
    'runner.held',
    'runner.released',
  ]);
});

test('C29: when the audit trail cannot be written, nothing is done', async () => {
  await using cloud = await startRunningCloud();
  await enroll(cloud, 'web-1');
  const rename = (from: string, to: string) =>
    cloud.cloud.database.write((tx) => tx.sql.schema.alterTable(from).renameTo(to).execute());
  await rename('audit_events', 'away');
  expect((await cloud.call('POST', '/api/v1/runners/web-1/disable')).status).toBe(500);
  expect((await cloud.call('POST', '/api/v1/enrollment-keys', {})).status).toBe(500);
  await rename('away', 'audit_events');
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'pending' });
  expect((await cloud.call('GET', '/api/v1/enrollment-keys')).body.total).toBe(1);
});

test('disabled wins over revoked, and enabling a revoked runner leaves it revoked', async () => {
  await using cloud = await startRunningCloud();
  await enroll(cloud, 'web-1');
  await cloud.call('POST', '/api/v1/runners/web-1/revoke-token');
  expect((await cloud.call('POST', '/api/v1/runners/web-1/disable')).body).toMatchObject({
    state: 'disabled',
  });
  expect((await cloud.call('POST', '/api/v1/runners/web-1/enable')).body).toMatchObject({ state: 'revoked' });
});

test('a verb on a runner that nobody knows is 404', async () => {
  await using cloud = await startRunningCloud();
  for (const [method, path] of [
    ['POST', '/runners/x/disable'],
    ['POST', '/runners/x/revoke-token'],
    ['DELETE', '/runners/x'],
  ] as const) {
    expect(await cloud.call(method, `/api/v1${path}`)).toMatchObject({
      status: 404,
      body: { code: 'runner_not_found' },
    });
  }
});
