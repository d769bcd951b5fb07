import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Runner } from '../../../src/protocol/api/runners.ts';
import { FleetSummary } from '../../../src/protocol/api/session.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { fillFleet } from '../../support/filled-fleet.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

const names = (body: Record<string, unknown>) => (body.items as { name: string }[]).map(({ name }) => name);

test('the fleet is listed by group and name, filtered by text, group, label, pack and badge', async () => {
  await using cloud = await startRunningCloud();
  const hosts = [
    ['db-1', 'db', { role: 'primary' }],
    ['web-1', 'web', { role: 'front' }],
    ['web-2', 'web', {}],
  ] as const;
  const runners = [];
  for (const [host, group, labels] of hosts) {
    const runner = await bringOnline(cloud, host, await enroll(cloud, host));
    const packs = host === 'web-1' ? { demo: { version: '1.0.0', hash: `sha256:${'a'.repeat(64)}` } } : {};
    runner.sendState({ hostname: host, group, labels, packs });
    runners.push(runner);
  }
  await enroll(cloud, 'zz-new');
  const list = async (query: string) => names((await cloud.call('GET', `/api/v1/runners?${query}`)).body);
  await expect.poll(() => list('pack=demo')).toEqual(['web-1']);
  expect(await list('')).toEqual(['db-1', 'zz-new', 'web-1', 'web-2']);
  expect(await list('group=web')).toEqual(['web-1', 'web-2']);
  expect(await list('q=WEB-')).toEqual(['web-1', 'web-2']);
  expect(await list('label=role')).toEqual(['db-1', 'web-1']);
  expect(await list('label=role%3Dfront')).toEqual(['web-1']);
  expect(await list('pack=demo%401.0.0')).toEqual(['web-1']);
  expect(await list('pack=demo%402.0.0')).toEqual([]);
  expect(await list('state=pending')).toEqual(['zz-new']);
  await cloud.clock.advance(45_000);
  expect(await list('state=stale')).toEqual(['db-1', 'web-1', 'web-2']);
  expect(await list('state=online')).toEqual(['db-1', 'web-1', 'web-2']);
  expect(await cloud.call('GET', '/api/v1/runners?state=happy')).toMatchObject({
    status: 400,
    body: { about: { field: 'state' } },
  });
  for (const runner of runners) runner[Symbol.dispose]();
});

test('summary and groups count by state', async () => {
  await using cloud = await startRunningCloud();
  using online = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  for (const host of ['new-1', 'off-1', 'rev-1']) await enroll(cloud, host);
  await cloud.call('POST', '/api/v1/runners/off-1/disable');
  await cloud.call('POST', '/api/v1/runners/rev-1/revoke-token');
  const summary = FleetSummary.parse((await cloud.call('GET', '/api/v1/fleet/summary')).body);
  expect(summary).toMatchObject({
    total: 4,
    online: 1,
    pending: 1,
    disabled: 1,
    revoked: 1,
    offline: 0,
    active: 2,
    held: 0,
    ready: 1,
    queueable: 1,
    blocked: 2,
    signature_mode: 'unsigned_allowed',
    flags: ['runners_online'],
    badges: { all_offline: false },
  });
  await cloud.call('POST', '/api/v1/runners/web-1/hold');
  const degraded_packs = [{ pack: 'demo', reason: 'broken' }];
  online.sendState({ enforce_signatures: true, max_attestation_age_seconds: 60, degraded_packs });
  const after = async () => (await cloud.call('GET', '/api/v1/fleet/summary')).body;
  await expect
    .poll(after)
    .toMatchObject({ held: 1, ready: 0, signed_only: 1, degraded: 1, degraded_packs: 1 });
  expect(await after()).toMatchObject({
    signature_mode: 'mixed',
    flags: ['runners_online', 'mixed_signature_modes', 'degraded_packs'],
  });
  for (const [query, total] of [
    ['degraded=true', 1],
    ['degraded=false', 3],
    ['signed_only=true', 1],
    ['version=supported', 1],
  ] as const)
    expect((await cloud.call('GET', `/api/v1/runners?${query}`)).body.total, query).toBe(total);
  expect((await cloud.call('GET', '/api/v1/groups')).body.items).toEqual([
    { name: 'default', total: 3, online: 0 },
    { name: 'web', total: 1, online: 1 },
  ]);
  expect(online.closed).toBeNull();
});

test('a runner is found by id and by exact name, and by nothing else', async () => {
  await using cloud = await startRunningCloud();
  await enroll(cloud, 'web-1');
  const { id } = await cloud.runner('web-1');
  expect(await cloud.runner(id)).toMatchObject({ name: 'web-1' });
  for (const other of ['web', 'WEB-1', `${id}x`]) {
    expect((await cloud.call('GET', `/api/v1/runners/${other}`)).status).toBe(404);
  }
  const { body } = await cloud.call('GET', '/api/v1/runners/web-1');
  expect(body).toMatchObject({
    external_id: 'web-1',
    token: { last_used_at: null },
    enrollment_key: { description: '' },
  });
  expect(JSON.stringify(body)).not.toMatch(/rnrtok-[A-Za-z0-9_-]{20}/);
});

describe('ten thousand runners', () => {
  let cloud: RunningCloud;
  beforeAll(async () => {
    cloud = await startRunningCloud();
    await enroll(cloud, 'model');
    await fillFleet(cloud.cloud.database, 10_000);
  }, 60_000);
  afterAll(() => cloud[Symbol.asyncDispose]());

  test('pages neither repeat nor lose a row, and say how many there are', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await cloud.call('GET', `/api/v1/runners?limit=1000${cursor && `&cursor=${cursor}`}`);
      expect(body.total).toBe(10_000);
      seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
      if (seen.length === 1_000) expect(() => Runner.parse((body.items as unknown[])[0])).not.toThrow();
      cursor = String(body.next_cursor ?? '');
    } while (cursor !== '');
    expect(new Set(seen).size).toBe(10_000);
  });
});
