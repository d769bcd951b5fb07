// Tokens that reach less than their member, and tokens of others in the hands of who manages them.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => {
  cloud = await startRunningCloud();
  for (const host of ['web-1', 'db-1']) {
    await enroll(cloud, host);
    await cloud.cloud.database.write((tx) =>
      tx.sql
        .updateTable('runners')
        .set({ group_name: host.slice(0, -2) })
        .where('name', '=', host)
        .execute(),
    );
  }
});
afterEach(() => cloud[Symbol.asyncDispose]());

const only = (...selectors: string[]) => ({ runner_access: 'restricted', runner_selectors: selectors });
const mint = (token: string, scope?: unknown) =>
  cloud.call('POST', '/api/v1/tokens', { name: 'narrow', ...(scope === undefined ? {} : { scope }) }, token);
const hosts = async (token: unknown) => {
  const { body } = await cloud.call('GET', '/api/v1/runners', undefined, String(token));
  return (body.items as { name: string }[]).map(({ name }) => name);
};
async function join(name: string, role: string, access: unknown): Promise<string> {
  const invited = await cloud.call('POST', '/api/v1/members', { name, role, access });
  const { body } = await cloud.call('POST', '/api/v1/auth/invitation', { code: invited.body.code }, null);
  return String(body.secret);
}

test('a token reaches what both it and its member reach, on every call', async () => {
  const mara = await join('mara', 'operator', only('group:web', 'group:db'));
  const { body } = await mint(mara, only('group:web'));
  expect(await hosts(body.secret)).toEqual(['web-1']);
  expect(body.token).toMatchObject({ scope: { runner_selectors: ['group:web'] } });
  await cloud.call('PATCH', '/api/v1/members/mara', { access: only('group:db') });
  expect(await hosts(body.secret)).toEqual([]);
});

test('a host in reach may be named alone; a group or host that is not in reach may not', async () => {
  const mara = await join('mara', 'operator', only('group:web'));
  const [web, db] = [await cloud.runner('web-1'), await cloud.runner('db-1')];
  expect(await hosts((await mint(mara, only(`runner:${web.id}`))).body.secret)).toEqual(['web-1']);
  // What does not exist is refused as what exists out of reach.
  const nowhere = [only('group:nowhere'), only('runner:rnr_nowhere')];
  for (const scope of [only('group:db'), only(`runner:${db.id}`), { runner_access: 'all' }, ...nowhere])
    expect(await mint(mara, scope)).toMatchObject({
      status: 403,
      body: { code: 'runner_access_exceeds_subject' },
    });
  for (const scope of [only('label:x'), { runner_access: 'restricted' }])
    expect((await mint(mara, scope)).body).toMatchObject({ code: 'invalid_request' });
});

test('nobody gets out of a narrow token: what it mints is as narrow, what it gives is within it', async () => {
  const { body } = await mint(cloud.ownerToken, only('group:web'));
  const narrow = String(body.secret);
  expect(await hosts((await mint(narrow)).body.secret)).toEqual(['web-1']);
  expect((await mint(narrow, { runner_access: 'all' })).body).toMatchObject({
    code: 'runner_access_exceeds_subject',
  });
  const give = (access: unknown) =>
    cloud.call('POST', '/api/v1/members', { name: 'otto', role: 'admin', access }, narrow);
  expect((await give({ runner_access: 'all' })).body.code).toBe('runner_access_exceeds_subject');
  expect((await give(only('group:db'))).body.code).toBe('runner_access_exceeds_subject');
  expect((await give(only('group:web'))).status).toBe(201);
  await join('wide', 'viewer', only('group:db'));
  const suspended = await cloud.call('POST', '/api/v1/members/wide/suspend', undefined, narrow);
  expect(suspended.body.code).toBe('member_runner_access_exceeds_subject');
  expect((await cloud.call('POST', '/api/v1/enrollment-keys', {}, narrow)).status).toBe(403);
});

test('who manages tokens lists those of others and ends them; nobody else learns that they exist', async () => {
  const [admin, viewer] = [await tokenOf(cloud, 'admin'), await tokenOf(cloud, 'viewer')];
  const list = (member: string, token: string) =>
    cloud.call('GET', `/api/v1/tokens?member=${encodeURIComponent(member)}`, undefined, token);
  const all = await list('*', admin);
  expect(all.body.total).toBe(3);
  const theirs = (await list('a viewer', admin)).body.items as { id: string; member_name: string }[];
  expect(theirs.map((token) => token.member_name)).toEqual(['a viewer']);
  expect((await list('nobody', admin)).body.code).toBe('not_found');
  expect((await list('*', viewer)).body.code).toBe('insufficient_privileges');
  const owners = (await list('owner', admin)).body.items as { id: string }[];
  const revoke = (id: string | undefined, token: string) =>
    cloud.call('POST', `/api/v1/tokens/${id}/revoke`, undefined, token);
  const [outside, absent] = [await revoke(owners[0]?.id, viewer), await revoke('tok_absent', viewer)];
  expect([outside.status, outside.body]).toEqual([absent.status, absent.body]);
  expect((await revoke(owners[0]?.id, admin)).body.code).toBe('insufficient_privileges');

  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${viewer}` },
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('message', resolve));
  expect((await revoke(theirs[0]?.id, admin)).status).toBe(200);
  expect(await closed).toBe(4401);
  expect((await cloud.call('GET', '/api/v1/me', undefined, viewer)).status).toBe(401);
});
