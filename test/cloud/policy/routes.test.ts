import { expect, test } from 'vitest';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

const put = (cloud: RunningCloud, headers: Record<string, string>, body: object) =>
  fetch(`${cloud.url}/api/v1/policy/groups/web%2Feast`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${cloud.ownerToken}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  });

test('If-Match says the same as expected_version, and what is no version is refused', async () => {
  await using cloud = await startRunningCloud();
  expect((await put(cloud, { 'if-match': '"0"' }, { rules: defaultPolicy })).status).toBe(200);
  expect((await put(cloud, { 'if-match': '"0"' }, { rules: defaultPolicy })).status).toBe(409);
  expect((await put(cloud, { 'if-match': '*' }, { rules: defaultPolicy })).status).toBe(400);
  expect((await put(cloud, {}, { rules: defaultPolicy, expected_version: 2 })).status).toBe(200);
  const gone = await cloud.call('DELETE', '/api/v1/policy/groups/web%2Feast?expected_version=3');
  expect(gone).toMatchObject({ status: 200, body: { deleted: true, scope: { ref: 'web/east' } } });
});

test('rules that are wrong are refused with the place named', async () => {
  await using cloud = await startRunningCloud();
  const rules = { ...defaultPolicy, defaults: { ...defaultPolicy.defaults, critical: 'allow' } };
  const answer = await cloud.call('PUT', '/api/v1/policy', { rules, expected_version: 1 });
  expect(answer).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', about: { field: 'rules.defaults' } },
  });
});
