// One verb on a selection: a result or a refusal for each, within reach, and in the trail once for each that changed.
import { expect, test } from 'vitest';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

type Result = { id: string; name: string; changed: boolean; refusal: { code: string; fix: string } | null };

async function bulk(cloud: RunningCloud, verb: string, selector: unknown, more: object = {}, token?: string) {
  const body = { verb, selector, ...more };
  const answer = await cloud.call('POST', '/api/v1/runners/bulk', body, token);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body.results as Result[];
}

async function fleet(cloud: RunningCloud) {
  const runners = [];
  for (const [host, group, role] of [
    ['db-1', 'db', 'primary'],
    ['web-1', 'web', 'front'],
    ['web-2', 'web', 'back'],
  ] as const) {
    const runner = await bringOnline(cloud, host, await enroll(cloud, host));
    runner.sendState({ hostname: host, group, labels: { role } });
    await until(`${host} has its group`, async () => (await cloud.runner(host)).group === group);
    runners.push(runner);
  }
  return runners;
}

const changed = (results: Result[]) => results.filter((one) => one.changed).map(({ name }) => name);
const events = async (cloud: RunningCloud, name: string) =>
  (await cloud.auditEvents()).filter((event) => event === name).length;

test('a group, a label, ids and names, and all of them together', async () => {
  await using cloud = await startRunningCloud();
  await fleet(cloud);
  const dry = { dry_run: true };
  const { id } = await cloud.runner('web-2');
  expect(changed(await bulk(cloud, 'hold', { group: 'web' }, dry))).toEqual(['web-1', 'web-2']);
  expect(changed(await bulk(cloud, 'hold', { label: 'role' }, dry))).toEqual(['db-1', 'web-1', 'web-2']);
  expect(changed(await bulk(cloud, 'hold', { label: 'role=front' }, dry))).toEqual(['web-1']);
  expect(changed(await bulk(cloud, 'hold', { ids: ['db-1', id] }, dry))).toEqual(['db-1', 'web-2']);
  expect(changed(await bulk(cloud, 'hold', { ids: ['db-1', id], group: 'web' }, dry))).toEqual(['web-2']);
  expect(await bulk(cloud, 'hold', { group: 'nobody' }, dry)).toEqual([]);
  expect(await events(cloud, 'runner.held')).toBe(0);
  for (const selector of [{}, { ids: [] }, { colour: 'red' }]) {
    const answer = await cloud.call('POST', '/api/v1/runners/bulk', { verb: 'hold', selector });
    expect(answer.status, JSON.stringify(selector)).toBe(400);
  }
});

test('each verb does what it does to one, and says of whom it was so already', async () => {
  await using cloud = await startRunningCloud();
  const [, web] = await fleet(cloud);
  await cloud.call('POST', '/api/v1/runners/web-1/hold');
  expect(changed(await bulk(cloud, 'hold', { group: 'web' }))).toEqual(['web-2']);
  expect(await events(cloud, 'runner.held')).toBe(2);
  expect(changed(await bulk(cloud, 'release', { group: 'web' }))).toEqual(['web-1', 'web-2']);
  const foreseen = await bulk(cloud, 'delete', { group: 'web' }, { dry_run: true });
  const refused = await bulk(cloud, 'delete', { group: 'web' });
  expect(refused).toEqual(foreseen);
  expect(refused.map(({ refusal }) => refusal?.code)).toEqual(['runner_online', 'runner_online']);
  expect(changed(await bulk(cloud, 'disable', { ids: ['web-1'] }))).toEqual(['web-1']);
  expect(await web?.frame('shutdown')).toMatchObject({ reason: 'runner_disabled' });
  const mixed = await bulk(cloud, 'delete', { group: 'web' });
  expect(mixed).toMatchObject([
    { name: 'web-1', changed: true, refusal: null },
    { name: 'web-2', changed: false, refusal: { code: 'runner_online', fix: expect.any(String) } },
  ]);
  expect(await events(cloud, 'runner.deleted')).toBe(1);
  expect(changed(await bulk(cloud, 'revoke-token', { label: 'role' }))).toEqual(['db-1', 'web-2']);
  expect(changed(await bulk(cloud, 'enable', { label: 'role' }))).toEqual([]);
});

test('what is out of reach is as absent as what nobody knows', async () => {
  await using cloud = await startRunningCloud();
  await fleet(cloud);
  const access = {
    runner_access: 'restricted',
    runner_selectors: ['group:web'],
    pack_access: 'all',
    pack_ids: [],
  };
  const { body } = await cloud.call('POST', '/api/v1/members', { name: 'mara', role: 'admin', access });
  const token = String(
    (await cloud.call('POST', '/api/v1/auth/invitation', { code: body.code }, null)).body.secret,
  );
  const { id } = await cloud.runner('db-1');
  const [outside, absent] = await bulk(cloud, 'hold', { ids: [id, 'rnr_absent'] }, {}, token);
  expect({ ...outside, id: '' }).toEqual({ ...absent, id: '' });
  expect(outside).toMatchObject({ id, name: null, refusal: { code: 'runner_not_found' } });
  expect(changed(await bulk(cloud, 'hold', { label: 'role' }, {}, token))).toEqual(['web-1', 'web-2']);
  expect(await bulk(cloud, 'hold', { group: 'db' }, {}, token)).toEqual([]);
  expect(await cloud.runner('db-1')).toMatchObject({ held: false });
});
