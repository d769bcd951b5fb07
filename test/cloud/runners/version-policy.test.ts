// What this deployment asks of the program on the hosts: a hint, and only where it is told so a refusal.
import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect } from '../../support/wire-runner.ts';

const versions = { minimum: '1.0.0', recommended: '1.5.0', isEnforced: true };

test('RE5: a runner below the minimum is told so, sent away and on record; its runs and packs are left alone', async () => {
  await using cloud = await startRunningCloud({ versions });
  const token = await enroll(cloud, 'web-1');
  using old = await connect(cloud.url, token);
  old.sendState({ version: '0.9.9' });
  expect(await old.frame('shutdown')).toMatchObject({ reason: 'runner_version_unsupported' });
  expect(await old.closing()).toEqual({ code: 1000 });
  await until(
    'its end is on record',
    async () => (await cloud.runner('web-1')).last_disconnected_at !== null,
  );
  expect(await cloud.runner('web-1')).toMatchObject({
    state: 'pending',
    version: '0.9.9',
    version_class: 'unsupported',
    disconnect_note: 'its version is no longer accepted',
    last_connected_at: null,
  });
  const events = await cloud.auditEvents();
  expect(events.filter((event) => event === 'runner.version_rejected')).toHaveLength(1);
  expect(events).not.toContain('runner.connected');
  const { body } = await cloud.call('GET', '/api/v1/audit/events?type=runner.version_rejected');
  expect(body.items).toMatchObject([
    { payload: { version: '0.9.9', minimum: '1.0.0' }, target: { label: 'web-1' } },
  ]);
  // The token is good: a newer program on the same host is let in.
  using fresh = await connect(cloud.url, token);
  fresh.sendState({ version: '1.4.0' });
  await until('it is online', async () => (await cloud.runner('web-1')).state === 'online');
  expect(await cloud.runner('web-1')).toMatchObject({ version_class: 'outdated', disconnect_note: null });
});

test.each([
  ['nothing is enforced', '0.1.0', { ...versions, isEnforced: false }, 'unsupported'],
  ['its version says nothing', 'dev', versions, 'unknown'],
  ['it is old, but not too old', '1.0.0', versions, 'outdated'],
])('a runner is let in when %s', async (_what, version, policy, version_class) => {
  await using cloud = await startRunningCloud({ versions: policy });
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  runner.sendState({ hostname: 'web-1', version });
  await until('its version is known', async () => (await cloud.runner('web-1')).version === version);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'online', version_class });
  const { body } = await cloud.call('GET', `/api/v1/runners?version=${version_class}`);
  expect(body.total).toBe(1);
  expect((await cloud.call('GET', '/api/v1/fleet/summary')).body).toMatchObject({
    versions: { minimum: '1.0.0', recommended: '1.5.0', is_enforced: policy.isEnforced },
    outdated: version_class === 'outdated' ? 1 : 0,
    unsupported: version_class === 'unsupported' ? 1 : 0,
  });
});
