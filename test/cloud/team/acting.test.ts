// Looking as another member: what both reach, a viewer's permissions, nothing changed, and it stands on record.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { routes } from '../../../src/protocol/api/routes.ts';
import { enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => {
  cloud = await startRunningCloud();
  for (const host of ['web-1', 'db-1']) await enroll(cloud, host);
  await cloud.cloud.database.write(async (tx) => {
    await tx.sql.updateTable('runners').set({ group_name: 'web' }).where('name', '=', 'web-1').execute();
    await tx.sql.updateTable('runners').set({ group_name: 'db' }).where('name', '=', 'db-1').execute();
  });
});
afterEach(() => cloud[Symbol.asyncDispose]());

async function join(name: string, role: string, selectors: string[]): Promise<string> {
  const access = { runner_access: 'restricted', runner_selectors: selectors };
  const invited = await cloud.call('POST', '/api/v1/members', { name, role, access });
  const { body } = await cloud.call('POST', '/api/v1/auth/invitation', { code: invited.body.code }, null);
  return String(body.secret);
}

async function as(member: string, method: string, path: string, token = cloud.ownerToken) {
  const response = await fetch(`${cloud.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'emisar-as': member },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const hosts = (body: Record<string, unknown>) => (body.items as { name: string }[]).map(({ name }) => name);

test('the fleet as another member sees it, with the permissions of a viewer', async () => {
  await join('mara', 'admin', ['group:web']);
  const { body } = await as('mara', 'GET', '/runners');
  expect([hosts(body), body.total]).toEqual([['web-1'], 1]);
  const me = await as('mara', 'GET', '/me');
  expect(me.body).toMatchObject({ member: { name: 'owner', role: 'viewer' }, acting_as: { name: 'mara' } });
  expect((await as('mara', 'GET', '/enrollment-keys')).status).toBe(403);
  expect((await cloud.call('GET', '/api/v1/me')).body).not.toHaveProperty('acting_as');
});

test('nobody sees more by it: what counts is what both reach', async () => {
  const mara = await join('mara', 'admin', ['group:web']);
  await join('otto', 'viewer', ['group:db']);
  expect(hosts((await as('otto', 'GET', '/runners', mara)).body)).toEqual([]);
  expect(hosts((await as('owner', 'GET', '/runners', mara)).body)).toEqual(['web-1']);
});

test('every call that changes something is refused, whatever it is', async () => {
  await join('mara', 'admin', ['group:web']);
  const changing = routes.filter(({ method, path }) => method !== 'GET' && !path.startsWith('/auth/'));
  expect(changing.length).toBeGreaterThan(20);
  for (const { method, path } of changing) {
    const answer = await as('mara', method, path.replaceAll(/:\w+/g, 'web-1'));
    expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 'acting_as_read_only' } });
  }
});

test('a member that does not exist, or is gone, is not found', async () => {
  await join('mara', 'viewer', ['group:web']);
  await cloud.call('DELETE', '/api/v1/members/mara');
  for (const name of ['mara', 'nobody', 'caf%C3%A9'])
    expect((await as(name, 'GET', '/runners')).body).toMatchObject({ code: 'not_found' });
  expect((await as('%E0%A4%A', 'GET', '/runners')).body).toMatchObject({ code: 'invalid_request' });
});

test('it is on record once an hour for each token and member', async () => {
  await join('mara', 'viewer', ['group:web']);
  await join('otto', 'viewer', ['group:web']);
  const noted = async () =>
    (await cloud.auditEvents()).filter((type) => type === 'membership.viewed_as').length;
  await Promise.all(Array.from({ length: 20 }, () => as('mara', 'GET', '/runners')));
  expect(await noted()).toBe(1);
  await as('otto', 'GET', '/runners');
  await cloud.clock.advance(3_599_999);
  await as('mara', 'GET', '/runners');
  expect(await noted()).toBe(2);
  await cloud.clock.advance(1);
  await as('mara', 'GET', '/runners');
  expect(await noted()).toBe(3);
});

test('a stream looked at as another member ends when that member reaches something else', async () => {
  await join('mara', 'viewer', ['group:web']);
  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${cloud.ownerToken}`, 'emisar-as': 'mara' },
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const snapshot = new Promise<string>((resolve) =>
    socket.on('message', (data) => String(data).includes('"snapshot"') && resolve(String(data))),
  );
  socket.on('open', () => socket.send(JSON.stringify({ type: 'subscribe', id: 1, topic: 'fleet' })));
  expect(await snapshot).toContain('web-1');
  expect(await snapshot).not.toContain('db-1');
  await cloud.call('PATCH', '/api/v1/members/mara', { access: { runner_access: 'none' } });
  expect(await closed).toBe(1001);
});

test('C30: a stream ends in the second in which its token expires', async () => {
  const wish = { name: 'short', expires_in_seconds: 60 };
  const { body } = await cloud.call('POST', '/api/v1/tokens', wish);
  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${String(body.secret)}` },
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('message', resolve));
  await cloud.clock.advance(59_000);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  await cloud.clock.advance(1_000);
  expect(await closed).toBe(4401);
});
