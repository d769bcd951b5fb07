// A second device: it shows a code, somebody signed in types it, and the device has a token of theirs.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => {
  cloud = await startRunningCloud();
});
afterEach(() => cloud[Symbol.asyncDispose]());

async function ask(name = 'laptop') {
  const { status, body } = await cloud.call('POST', '/api/v1/auth/device', { name }, null);
  expect(status).toBe(201);
  return { userCode: String(body.user_code), deviceCode: String(body.device_code) };
}
const claim = (device_code: string) => cloud.call('POST', '/api/v1/auth/token', { device_code }, null);
const decide = (verb: string, user_code: string, token = cloud.ownerToken) =>
  cloud.call('POST', `/api/v1/devices/${verb}`, { user_code }, token);
const waiting = async () => (await cloud.call('GET', '/api/v1/devices')).body.items as unknown[];

test('a device waits, is seen without its code, is approved by the typed code and gets one token', async () => {
  const { userCode, deviceCode } = await ask();
  expect(userCode).toMatch(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/);
  expect((await claim(deviceCode)).body).toEqual({ secret: null });
  expect(await waiting()).toEqual([
    {
      id: expect.stringMatching(/^dev_/),
      name: 'laptop',
      address: '127.0.0.1',
      requested_at: '2030-01-01T00:00:00.000Z',
      expires_at: '2030-01-01T00:15:00.000Z',
    },
  ]);
  const operator = await tokenOf(cloud, 'operator');
  expect((await decide('approve', userCode.toLowerCase().replace('-', ' '), operator)).status).toBe(200);
  expect(await waiting()).toEqual([]);
  const { body } = await claim(deviceCode);
  const me = await cloud.call('GET', '/api/v1/me', undefined, String(body.secret));
  expect(me.body).toMatchObject({ member: { name: 'a operator' }, token: { name: 'laptop' } });
  expect((await claim(deviceCode)).body.code).toBe('device_code_invalid');
  expect((await decide('approve', userCode)).body.code).toBe('not_found');
  expect(await cloud.auditEvents()).toContain('operator_token.device_approved');
});

test('a device that is denied, or whose approver is gone, gets nothing', async () => {
  const denied = await ask();
  await decide('deny', denied.userCode);
  expect((await claim(denied.deviceCode)).body.code).toBe('device_denied');
  const orphan = await ask();
  await decide('approve', orphan.userCode, await tokenOf(cloud, 'viewer'));
  await cloud.call('POST', '/api/v1/members/a%20viewer/suspend');
  expect((await claim(orphan.deviceCode)).body.code).toBe('device_denied');
});

test('the code of another device than the one that was looked at decides nothing', async () => {
  const { userCode } = await ask('laptop');
  await cloud.clock.advance(1);
  await ask('stranger');
  const [, stranger] = (await waiting()) as { id: string }[];
  const typed = { user_code: userCode, device_id: stranger?.id };
  const mistaken = await cloud.call('POST', '/api/v1/devices/approve', typed);
  expect(mistaken.body.code).toBe('not_found');
  expect(await waiting()).toHaveLength(2);
  const [laptop] = (await waiting()) as { id: string }[];
  const meant = await cloud.call('POST', '/api/v1/devices/approve', { ...typed, device_id: laptop?.id });
  expect(meant.body).toMatchObject({ name: 'laptop' });
});

test('after fifteen minutes neither code is worth anything', async () => {
  const [early, late] = [await ask(), await ask()];
  await cloud.clock.advance(15 * 60_000 - 1);
  expect((await decide('approve', early.userCode)).status).toBe(200);
  await cloud.clock.advance(1);
  expect((await decide('approve', late.userCode)).body.code).toBe('not_found');
  for (const { deviceCode } of [early, late])
    expect((await claim(deviceCode)).body.code).toBe('device_code_invalid');
});

test('a token approves no more than it reaches itself', async () => {
  const scope = { runner_access: 'none' };
  const narrow = await cloud.call('POST', '/api/v1/tokens', { name: 'narrow', scope });
  const { userCode, deviceCode } = await ask();
  await decide('approve', userCode, String(narrow.body.secret));
  const { body } = await claim(deviceCode);
  const key = await cloud.call('POST', '/api/v1/enrollment-keys', {}, String(body.secret));
  expect(key.body.code).toBe('unrestricted_access_required');
});

test('C14: of a hundred claims of one approved device one gets the token', async () => {
  const { userCode, deviceCode } = await ask();
  await decide('approve', userCode);
  const answers = await Promise.all(Array.from({ length: 100 }, () => claim(deviceCode)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  const rows = await cloud.cloud.database.read.selectFrom('operator_tokens').select('id').execute();
  expect(rows).toHaveLength(2);
});

test('guessing is slowed down: codes of devices by member, secrets by address, waiting devices by number', async () => {
  for (let count = 0; count < 30; count += 1) await decide('approve', 'BBBB-BBBB');
  const { userCode } = await ask();
  expect((await decide('approve', userCode)).body.code).toBe('rate_limited');
  await cloud.clock.advance(60_000);
  expect((await decide('approve', userCode)).status).toBe(200);
  for (let count = 0; count < 50; count += 1) await ask();
  const more = await cloud.call('POST', '/api/v1/auth/device', { name: 'one more' }, null);
  expect(more).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
  for (let count = 0; count < 30; count += 1) await claim(`emdev-${'x'.repeat(43)}`);
  expect((await claim(`emdev-${'x'.repeat(43)}`)).status).toBe(429);
});
