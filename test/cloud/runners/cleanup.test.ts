// Letting go of runners that do not come back: by the hour, or at once; never one that somebody put aside.
import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { dial } from '../../support/wire-runner.ts';

const HOUR = 3_600_000;

async function comeAndGo(cloud: RunningCloud, host: string, group = 'web'): Promise<string> {
  const token = await enroll(cloud, host);
  const runner = await bringOnline(cloud, host, token);
  runner.sendState({ hostname: host, group });
  await until(`${host} is in ${group}`, async () => (await cloud.runner(host)).group === group);
  runner.socket.close();
  await until(`${host} is offline`, async () => (await cloud.runner(host)).state === 'offline');
  return token;
}

const names = async (cloud: RunningCloud) =>
  ((await cloud.call('GET', '/api/v1/runners')).body.items as { name: string }[])
    .map(({ name }) => name)
    .sort();
const swept = async (cloud: RunningCloud, name: string) =>
  (await cloud.auditEvents()).filter((event) => event === name).length;
const set = (cloud: RunningCloud, hours: unknown, token?: string) =>
  cloud.call('PUT', '/api/v1/settings/runner-retention', { hours }, token);

test('RE4: the hourly sweep forgets whoever is offline for longer than is set, and nobody else', async () => {
  await using cloud = await startRunningCloud();
  const token = await comeAndGo(cloud, 'gone');
  for (const host of ['disabled', 'revoked', 'held']) await comeAndGo(cloud, host);
  await cloud.call('POST', '/api/v1/runners/disabled/disable');
  await cloud.call('POST', '/api/v1/runners/revoked/revoke-token');
  await cloud.call('POST', '/api/v1/runners/held/hold');
  await enroll(cloud, 'never-connected');
  await cloud.clock.leap(30 * 24 * HOUR);
  using online = await bringOnline(cloud, 'online', await enroll(cloud, 'online'));
  await comeAndGo(cloud, 'lately');
  // Nothing is set: nothing goes.
  await cloud.clock.advance(HOUR);
  expect(await names(cloud)).toHaveLength(7);
  expect(await set(cloud, 24)).toMatchObject({ status: 200, body: { hours: 24 } });
  await cloud.clock.advance(HOUR);
  await until('the sweep is done', async () => (await swept(cloud, 'runner.retention_swept')) === 1);
  expect(await names(cloud)).toEqual(['disabled', 'held', 'lately', 'never-connected', 'online', 'revoked']);
  expect(await swept(cloud, 'runner.deleted')).toBe(1);
  expect(await dial(cloud.url, token)).toMatchObject({
    refused: { status: 401, body: { error: 'token_invalid' } },
  });
  // The next one finds nobody and says nothing.
  await cloud.clock.advance(HOUR);
  await cloud.restart();
  expect(await swept(cloud, 'runner.retention_swept')).toBe(1);
  expect(online.frames).toBeDefined();
});

test('the period is one of those offered, set by who reaches everything, and audited once', async () => {
  await using cloud = await startRunningCloud();
  expect((await cloud.call('GET', '/api/v1/settings/runner-retention')).body).toEqual({ hours: null });
  for (const hours of [1, 6, 24, 168, 336, 720, 1440, 2160, null])
    expect((await set(cloud, hours)).body, String(hours)).toEqual({ hours });
  for (const hours of [0, 2, -1, '24', undefined])
    expect((await set(cloud, hours)).status, String(hours)).toBe(400);
  const before = await swept(cloud, 'runner.retention_set');
  await set(cloud, null);
  expect(await swept(cloud, 'runner.retention_set')).toBe(before);
  expect(await set(cloud, 24, await restricted(cloud))).toMatchObject({
    status: 403,
    body: { code: 'unrestricted_access_required' },
  });
});

async function restricted(cloud: RunningCloud): Promise<string> {
  await enroll(cloud, 'somebody');
  const access = {
    runner_access: 'restricted',
    runner_selectors: ['group:default'],
    pack_access: 'all',
    pack_ids: [],
  };
  const { body } = await cloud.call('POST', '/api/v1/members', { name: 'mara', role: 'admin', access });
  const accepted = await cloud.call('POST', '/api/v1/auth/invitation', { code: body.code }, null);
  return String(accepted.body.secret);
}

test('cleaning up at once: only says which at first, reaches as far as who asks, and needs a period', async () => {
  await using cloud = await startRunningCloud();
  await comeAndGo(cloud, 'mine', 'default');
  await cloud.clock.advance(1);
  await comeAndGo(cloud, 'theirs', 'web');
  const token = await restricted(cloud);
  const cleanUp = async (body: unknown, by?: string) =>
    (await cloud.call('POST', '/api/v1/runners/cleanup', body, by)).body;
  expect(await cleanUp({})).toMatchObject({ code: 'invalid_request', about: { field: 'hours' } });
  await cloud.clock.leap(HOUR - 2);
  expect(await cleanUp({ hours: 1 })).toEqual({ dry_run: false, hours: 1, runners: [] });
  await cloud.clock.leap(2);
  const both = await cleanUp({ hours: 1, dry_run: true });
  expect(both.runners).toMatchObject([{ name: 'mine' }, { name: 'theirs', group: 'web' }]);
  expect(await swept(cloud, 'runner.retention_swept')).toBe(0);
  expect(await cleanUp({ hours: 1 }, token)).toMatchObject({ runners: [{ name: 'mine' }] });
  expect(await names(cloud)).toEqual(['somebody', 'theirs']);
  expect(await swept(cloud, 'runner.retention_swept')).toBe(1);
  // What went beyond one's reach is nobody's news.
  expect(await cleanUp({ hours: 1 })).toMatchObject({ runners: [{ name: 'theirs' }] });
  const { body } = await cloud.call(
    'GET',
    '/api/v1/audit/events?category=fleet&limit=1000',
    undefined,
    token,
  );
  expect(JSON.stringify(body)).not.toContain('theirs');
});

test('a runner that came back while it was being looked at stays', async () => {
  await using cloud = await startRunningCloud();
  const token = await comeAndGo(cloud, 'back');
  await cloud.clock.leap(2 * HOUR);
  using back = await bringOnline(cloud, 'back', token);
  expect((await cloud.call('POST', '/api/v1/runners/cleanup', { hours: 1 })).body.runners).toEqual([]);
  expect(back.closed).toBeNull();
});
