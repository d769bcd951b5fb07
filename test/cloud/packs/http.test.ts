import { expect, test } from 'vitest';
import { descriptor } from '../runs/fleet.ts';
import { enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect } from '../../support/wire-runner.ts';

const hash = `sha256:${'a'.repeat(64)}`;

async function withDemo(cloud: RunningCloud) {
  const runner = await connect(cloud.url, await enroll(cloud, 'web-1'));
  const packs = { demo: { version: '1.0.0', hash } };
  runner.sendState({ packs, actions: [descriptor('demo.ping')] });
  await until('advertised', async () => (await cloud.runner('web-1')).packs_count === 1);
  return runner;
}

test('settings of packs are offered values only, and only for who may decide about packs', async () => {
  await using cloud = await startRunningCloud();
  const put = (path: string, body: object, token?: string) =>
    cloud.call('PUT', `/api/v1/settings/${path}`, body, token);
  expect(await put('pack-retention', { days: 8 })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  });
  expect(await put('pack-retention', { days: 30 })).toMatchObject({ status: 200, body: { days: 30 } });
  expect((await cloud.call('GET', '/api/v1/settings/pack-retention')).body).toEqual({ days: 30 });
  expect((await put('pack-retention', { days: null })).body).toEqual({ days: null });
  expect(await put('pack-auto-trust', { pack_auto_trust: 'always' })).toMatchObject({ status: 400 });
  expect((await put('pack-auto-trust', { pack_auto_trust: 'never' })).body).toEqual({
    pack_auto_trust: 'never',
  });
  expect(await cloud.auditEvents()).toEqual(
    expect.arrayContaining(['pack_retention_set', 'pack_retention_set', 'pack_auto_trust_set']),
  );
  const operator = await tokenOf(cloud, 'operator');
  for (const answer of [
    await put('pack-retention', { days: 7 }, operator),
    await put('pack-auto-trust', { pack_auto_trust: 'first' }, operator),
    await cloud.call('POST', '/api/v1/packs/cleanup', {}, operator),
  ])
    expect(answer).toMatchObject({ status: 403, body: { code: 'insufficient_privileges' } });
  expect((await cloud.call('GET', '/api/v1/settings/pack-auto-trust', undefined, operator)).status).toBe(200);
});

test('a version is decided on by calls that name its hash; what the screens ask is one call each', async () => {
  await using cloud = await startRunningCloud();
  using _runner = await withDemo(cloud);
  const at = '/api/v1/pack-versions/demo@1.0.0';
  const get = async (path: string) => (await cloud.call('GET', path)).body;
  const decide = (verb: string) => cloud.call('POST', `${at}/${verb}`, { expected_hash: hash });
  expect(await get(`${at}/diff`)).toMatchObject({ pending_hash: hash, changes: [{ id: 'demo.ping' }] });
  expect(await get(`${at}/runners`)).toMatchObject({ total: 1, coverage: 'complete' });
  expect(await get(`${at}/actions`)).toMatchObject({ trusted: [], pending: [{ id: 'demo.ping' }] });
  expect((await decide('trust')).status).toBe(200);
  expect(await decide('override-retirement')).toMatchObject({
    status: 409,
    body: { code: 'nothing_to_override', fix: expect.any(String) },
  });
  expect((await decide('revoke-trust')).body).toMatchObject({ state: 'rejected' });
  expect(await get('/api/v1/packs')).toMatchObject({ total: 1, items: [{ id: 'demo', versions_count: 1 }] });
  expect(await get('/api/v1/packs/demo')).toMatchObject({ versions: [{ version: '1.0.0' }] });
  expect(await get('/api/v1/actions?q=demo')).toMatchObject({
    total: 1,
    items: [{ id: 'demo.ping', blocked: [{ code: 'pack_untrusted', runners_count: 1 }] }],
  });
  expect(await get('/api/v1/actions/demo.ping')).toMatchObject({ runners: { items: [{ name: 'web-1' }] } });
  expect((await cloud.call('DELETE', '/api/v1/packs/demo')).body).toEqual({
    deleted: true,
    id: 'demo',
    versions: ['1.0.0'],
  });
  expect(await cloud.call('DELETE', '/api/v1/packs/none')).toMatchObject({ status: 404 });
});

test('a host whose version was swept while it was away is asked about again when it comes back', async () => {
  await using cloud = await startRunningCloud();
  const runner = await withDemo(cloud);
  await cloud.call('POST', '/api/v1/pack-versions/demo@1.0.0/trust', { expected_hash: hash });
  await cloud.call('PUT', '/api/v1/settings/pack-retention', { days: 1 });
  runner[Symbol.dispose]();
  await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  await cloud.cloud.database.write(async (tx) => {
    await tx.sql.updateTable('runners').set({ last_disconnected_at: 0 }).execute();
    await tx.sql.updateTable('pack_versions').set({ last_seen_at: 0 }).execute();
  });
  expect((await cloud.call('POST', '/api/v1/packs/cleanup', { dry_run: true })).body).toMatchObject({
    dry_run: true,
    versions: [{ pack_id: 'demo', version: '1.0.0' }],
  });
  await cloud.call('POST', '/api/v1/packs/cleanup', {});
  expect((await cloud.call('GET', '/api/v1/pack-versions/demo@1.0.0')).status).toBe(404);
  const { body } = await cloud.call('GET', '/api/v1/runners/web-1/actions');
  expect(body).toMatchObject({ items: [{ blocked_by: 'pack_untrusted' }] });
  // The very same words as before: the host does not know that it was forgotten.
  using again = await connect(cloud.url, await enroll(cloud, 'web-1'));
  again.sendState({ packs: { demo: { version: '1.0.0', hash } }, actions: [descriptor('demo.ping')] });
  await until('asked again', async () => {
    const found = await cloud.call('GET', '/api/v1/pack-versions/demo@1.0.0');
    return found.body.state === 'pending';
  });
});
