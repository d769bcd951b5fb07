// What hangs on one runner: packs, tokens, its part of the trail, its runs; each 404 for one that is absent.
import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

test('tokens are listed newest first with how each ended, and without secrets', async () => {
  await using cloud = await startRunningCloud();
  const first = await enroll(cloud, 'web-1');
  const runner = await bringOnline(cloud, 'web-1', first);
  runner.socket.close();
  await until('offline', async () => (await cloud.runner('web-1')).state === 'offline');
  await cloud.clock.advance(1_000);
  const second = await enroll(cloud, 'web-1');
  const { items } = (await cloud.call('GET', '/api/v1/runners/web-1/tokens')).body;
  expect(items).toMatchObject([
    {
      prefix: second.slice(0, 12),
      last_used_at: null,
      revoked_at: null,
      enrollment_key_id: expect.stringMatching(/^key_/),
    },
    { prefix: first.slice(0, 12), last_used_at: expect.any(String), revoked_at: expect.any(String) },
  ]);
  expect(JSON.stringify(items)).not.toMatch(/rnrtok-[\w-]{10}/);
});

test('events, runs and packs are those of this runner alone', async () => {
  await using cloud = await startRunningCloud();
  for (const host of ['web-1', 'web-2']) {
    const runner = await bringOnline(cloud, host, await enroll(cloud, host));
    runner.sendState({
      hostname: host,
      packs: { [`${host}-pack`]: { version: '1.0.0', hash: `sha256:${'a'.repeat(64)}` } },
    });
    await until(`${host} has its pack`, async () => (await cloud.runner(host)).packs_count === 1);
  }
  await cloud.call('POST', '/api/v1/runners/web-1/hold');
  const { id } = await cloud.runner('web-1');
  const get = async (path: string) => (await cloud.call('GET', `/api/v1/runners/web-1/${path}`)).body;
  const events = (await get('events?limit=1000')) as { items: { runner_id: string; event_type: string }[] };
  expect(events.items[0]).toMatchObject({ event_type: 'runner.held' });
  expect(new Set(events.items.map(({ runner_id: about }) => about))).toEqual(new Set([id]));
  const page = await get('events?limit=1');
  expect((await get(`events?limit=1&cursor=${String(page.next_cursor)}`)).items).not.toEqual(page.items);
  expect((await get('packs')).items).toMatchObject([{ pack_id: 'web-1-pack', trust: 'pending' }]);
  expect(await get('runs')).toEqual({ items: [], next_cursor: null, total: 0 });
});

test.each(['packs', 'tokens', 'events', 'runs'])('%s of a runner that nobody knows are 404', async (part) => {
  await using cloud = await startRunningCloud();
  expect(await cloud.call('GET', `/api/v1/runners/rnr_x/${part}`)).toMatchObject({
    status: 404,
    body: { code: 'runner_not_found' },
  });
});
