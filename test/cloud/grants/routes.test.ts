// Standing grants over HTTP: what an approval may ask for, who lists and ends them, and what is absent to whom.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { online } from '../../console/support/held-runner.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import type { WireRunner } from '../../support/wire-runner.ts';

let cloud: RunningCloud;
let runner: WireRunner;
beforeEach(async () => {
  cloud = await startRunningCloud();
  runner = await online(cloud, 'web-1');
});
afterEach(async () => {
  runner[Symbol.dispose]();
  await cloud[Symbol.asyncDispose]();
});

const post = (path: string, body: object, token?: string) =>
  cloud.call('POST', `/api/v1${path}`, body, token);
const get = (path: string, token?: string) => cloud.call('GET', `/api/v1${path}`, undefined, token);

async function askedFor(token?: string): Promise<string> {
  const body = { action_id: 'demo.restart', runners: ['web-1'], reason: 'hangs' };
  expect((await post('/dispatches', body, token)).status).toBe(201);
  const { items } = (await get('/approvals?status=pending')).body as { items: { id: string }[] };
  return items[0]?.id ?? '';
}

test('what an approval asks for beside itself is checked whole, and nothing is decided by a wrong one', async () => {
  const id = await askedFor();
  for (const [body, field] of [
    [{ max_uses: 3 }, 'duration'],
    [{ scope: { args: 'any' } }, 'duration'],
    [{ duration: '2d' }, 'duration'],
    [{ duration: '1d', max_uses: 1 }, 'max_uses'],
    [{ duration: '1d', scope: { args: 'most' } }, 'scope.args'],
    [{ duration: '1d', forever: true }, 'forever'],
  ] as const) {
    const answer = await post(`/approvals/${id}/approve`, body);
    expect(answer, JSON.stringify(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(answer.body.detail, JSON.stringify(body)).toContain(field);
  }
  expect((await get(`/approvals/${id}`)).body).toMatchObject({ status: 'pending', votes: [] });
  const approved = await post(`/approvals/${id}/approve`, { duration: '1h', scope: { args: 'any' } });
  expect(approved.body).toMatchObject({
    status: 'approved',
    grant: { args: null, runner_name: 'web-1', duration: '1h', uses_count: 1, state: 'active' },
  });
});

test('a grant is of the token that asked: of no other one of the same member', async () => {
  const ci = await post('/tokens', { name: 'ci' });
  const secret = String(ci.body.secret);
  await post(`/approvals/${await askedFor(secret)}/approve`, { duration: '1h' });
  const statusOf = async (token?: string) => {
    const body = { action_id: 'demo.restart', runners: ['web-1'], reason: 'hangs' };
    const { results } = (await post('/dispatches', body, token)).body as {
      results: { run: { status: string } }[];
    };
    return results[0]?.run.status;
  };
  expect(await statusOf(secret)).toBe('sent');
  expect(await statusOf()).toBe('pending_approval');
});

test('an operator approves with a grant and reads the cap, and neither lists nor ends grants', async () => {
  const token = await tokenOf(cloud, 'operator');
  await cloud.cloud.database.write((tx) =>
    tx.sql.updateTable('members').set({ runner_access: 'all' }).where('role', '=', 'operator').execute(),
  );
  const approved = await post(`/approvals/${await askedFor()}/approve`, { duration: '1h' }, token);
  const { grant } = approved.body as { grant: { id: string } };
  expect(grant).toMatchObject({ granted_by: 'a operator' });
  expect((await get('/settings/grant-cap', token)).body).toEqual({ max_seconds: null });
  for (const [method, path, body] of [
    ['GET', '/grants'],
    ['POST', `/grants/${grant.id}/revoke`, {}],
    ['POST', '/grants/revoke-all', {}],
    ['PUT', '/settings/grant-cap', { max_seconds: 0 }],
  ] as const) {
    const answer = await cloud.call(method, `/api/v1${path}`, body, token);
    expect(answer, path).toMatchObject({ status: 403, body: { code: 'insufficient_privileges' } });
  }
});

test('a grant out of reach is answered as one that does not exist, and is in no list, count or trail', async () => {
  const approved = await post(`/approvals/${await askedFor()}/approve`, { duration: '1h' });
  const { grant } = approved.body as { grant: { id: string } };
  const access = { runner_access: 'restricted', runner_selectors: ['group:other'], pack_access: 'all' };
  using other = await online(cloud, 'db-1');
  other.sendState({ hostname: 'db-1', group: 'other', packs: {} });
  await expect.poll(async () => (await cloud.runner('db-1')).group).toBe('other');
  const invited = await post('/members', { name: 'mara', role: 'admin', access });
  const { body } = await cloud.call('POST', '/api/v1/auth/invitation', { code: invited.body.code }, null);
  const token = String(body.secret);
  expect((await get('/grants', token)).body).toEqual({ items: [], next_cursor: null, total: 0 });
  const outside = await post(`/grants/${grant.id}/revoke`, {}, token);
  const absent = await post('/grants/grt_absent/revoke', {}, token);
  expect([outside.status, outside.body]).toEqual([absent.status, absent.body]);
  expect((await post('/grants/revoke-all', {}, token)).body).toEqual({ dry_run: false, grants: [] });
  const trail = (await get('/audit/events?category=decisions&limit=100', token)).body as {
    items: { target: { id: string } }[];
  };
  expect(trail.items.filter(({ target }) => target.id === grant.id)).toEqual([]);
  expect((await get('/grants')).body).toMatchObject({ items: [{ id: grant.id, state: 'active' }], total: 1 });
});
