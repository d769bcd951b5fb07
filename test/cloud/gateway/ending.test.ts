import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, dial } from '../../support/wire-runner.ts';

const verb = async (cloud: RunningCloud, name: string) => {
  const { status, body } = await cloud.call('POST', `/api/v1/runners/web-1/${name}`);
  expect(status).toBe(200);
  return body;
};

test.each([
  ['one of ours', true, 401],
  ['another build', false, 403],
])(
  'RE2: disabling %s closes its socket at once, refuses its next dial and lets it back after enable',
  async (_who, exitsOnDisable, status) => {
    await using cloud = await startRunningCloud();
    const token = await enroll(cloud, 'web-1');
    using runner = await bringOnline(cloud, 'web-1', token, { exitsOnDisable });
    expect(await verb(cloud, 'disable')).toMatchObject({ state: 'disabled' });
    expect(await runner.frame('shutdown')).toMatchObject({ reason: 'runner_disabled', protocol_version: 1 });
    expect(await runner.closing()).toEqual({ code: 1000 });
    expect(await dial(cloud.url, token, { exitsOnDisable })).toEqual({
      refused: { status, body: { error: 'runner_disabled' } },
    });
    await verb(cloud, 'enable');
    using back = await bringOnline(cloud, 'web-1', token, { exitsOnDisable });
    expect(back.closed).toBeNull();
  },
);

test.each([
  ['one of ours', true],
  ['another build', false],
])(
  'RE1: revoking %s closes its socket with 1008 and its token is worth nothing any more',
  async (_who, exitsOnDisable) => {
    await using cloud = await startRunningCloud();
    const token = await enroll(cloud, 'web-1');
    using runner = await bringOnline(cloud, 'web-1', token, { exitsOnDisable });
    expect(await verb(cloud, 'revoke-token')).toMatchObject({ state: 'revoked' });
    expect(await runner.frame('shutdown')).toMatchObject({ reason: 'runner_revoked' });
    expect(await runner.closing()).toEqual({ code: 1008 });
    for (const attempt of [1, 2]) {
      expect(await dial(cloud.url, token, { exitsOnDisable }), `attempt ${attempt}`).toEqual({
        refused: { status: 401, body: { error: 'token_invalid' } },
      });
    }
  },
);

test('delete is refused while the runner is online, and afterwards its token is worth nothing', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using runner = await bringOnline(cloud, 'web-1', token);
  expect(await cloud.call('DELETE', '/api/v1/runners/web-1')).toMatchObject({
    status: 409,
    body: { code: 'runner_online' },
  });
  runner.socket.close();
  await until('offline', async () => (await cloud.call('DELETE', '/api/v1/runners/web-1')).status === 200);
  expect(await cloud.call('GET', '/api/v1/runners/web-1')).toMatchObject({
    status: 404,
    body: { code: 'runner_not_found' },
  });
  expect(await dial(cloud.url, token)).toMatchObject({
    refused: { status: 401, body: { error: 'token_invalid' } },
  });
});

test('C30: a deleted runner that enrolls again is another runner', async () => {
  await using cloud = await startRunningCloud();
  await enroll(cloud, 'web-1');
  const before = await cloud.runner('web-1');
  await cloud.call('DELETE', '/api/v1/runners/web-1');
  await enroll(cloud, 'web-1');
  expect((await cloud.runner('web-1')).id).not.toBe(before.id);
});

test.each([
  ['no token', null, 'missing_bearer'],
  ['an unknown token', `rnrtok-${'z'.repeat(43)}`, 'token_invalid'],
  ['an enrollment key', `emkey-auth-${'z'.repeat(43)}`, 'token_invalid'],
])('a dial with %s is told 401', async (_what, token, error) => {
  await using cloud = await startRunningCloud();
  expect(await dial(cloud.url, token)).toEqual({ refused: { status: 401, body: { error } } });
});

test('a token whose last character differs is refused', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  const forged = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
  expect(await dial(cloud.url, forged)).toMatchObject({ refused: { status: 401 } });
});

test('a token ends after ninety days, and says so only while its runner is enabled', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  await cloud.clock.leap(90 * 86_400_000);
  expect(await dial(cloud.url, token)).toEqual({
    refused: { status: 401, body: { error: 'token_expired' } },
  });
  await verb(cloud, 'disable');
  expect(await dial(cloud.url, token, { exitsOnDisable: false })).toEqual({
    refused: { status: 403, body: { error: 'runner_disabled' } },
  });
});

test('a successor is given from the sixtieth day on, and the old token works one day more', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  const refresh = (secret: string | null) => cloud.call('POST', '/runner/token/refresh', undefined, secret);
  expect(await refresh(token)).toMatchObject({ status: 409, body: { error: 'not_due' } });
  expect(await refresh(null)).toMatchObject({ status: 401, body: { error: 'missing_bearer' } });
  await cloud.clock.leap(60 * 86_400_000);
  const answer = await refresh(token);
  expect(answer.status).toBe(200);
  expect(Object.keys(answer.body).sort()).toEqual(['refresh_after', 'token']);
  using old = await connect(cloud.url, token);
  old.socket.close();
  await old.closing();
  await cloud.clock.leap(86_400_000);
  expect(await dial(cloud.url, token)).toMatchObject({ refused: { body: { error: 'token_expired' } } });
  using fresh = await connect(cloud.url, String(answer.body.token));
  expect(fresh.closed).toBeNull();
});

test('a planned stop tells every runner and closes with 1000; the next start finds nobody online', async () => {
  await using cloud = await startRunningCloud();
  const token = await enroll(cloud, 'web-1');
  using runner = await bringOnline(cloud, 'web-1', token);
  await cloud.restart();
  expect(await runner.frame('shutdown')).toMatchObject({ reason: 'cloud_shutdown' });
  expect(await runner.closing()).toEqual({ code: 1000 });
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'offline', disconnect_note: null });
  using back = await bringOnline(cloud, 'web-1', token);
  expect(back.closed).toBeNull();
});
