import { expect, test } from 'vitest';
import { Me } from '../../../src/protocol/api/session.ts';
import { VERSION } from '../../../src/cloud/config.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';

test.each([
  ['no JSON', '{', 'the request body'],
  ['a value of the wrong type', '{"count":"many"}', 'count in the request body'],
  ['a number beyond the bound', '{"count":501}', 'count in the request body'],
])('a body that is %s is refused with the field named', async (_what, body, names) => {
  await using cloud = await startRunningCloud();
  const answer = await cloud.call('POST', '/api/v1/enrollment-keys', body);
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  expect(answer.body.detail).toContain(names);
});

test('a bug is answered internal, and its stack stands in the log without the token', async () => {
  await using cloud = await startRunningCloud();
  await cloud.cloud.database.write((tx) => tx.sql.schema.dropTable('run_output').execute());
  await cloud.cloud.database.write((tx) =>
    tx.sql.schema.alterTable('enrollment_keys').renameTo('gone').execute(),
  );
  const answer = await cloud.call('GET', '/api/v1/enrollment-keys');
  expect(answer).toMatchObject({ status: 500, body: { code: 'internal' } });
  expect(JSON.stringify(answer.body)).not.toContain('enrollment_keys');
  const line = cloud.logged.find((text) => text.includes('call failed'));
  expect(JSON.parse(line ?? '{}')).toMatchObject({
    level: 'error',
    err: { stack: expect.stringMatching(/no such table|does not exist/) },
  });
  expect(cloud.logged.join('')).not.toContain(cloud.ownerToken);
});

test('who is asking is told their member, role, permissions and token', async () => {
  await using cloud = await startRunningCloud();
  const me = Me.parse((await cloud.call('GET', '/api/v1/me')).body);
  expect(me).toMatchObject({
    server: { product: 'emisar-cloud', version: VERSION },
    account: { name: 'test' },
    member: { name: 'owner', role: 'owner' },
    token: { name: 'first token' },
  });
});

test('health is open to all, figures to this machine', async () => {
  await using cloud = await startRunningCloud();
  expect((await cloud.call('GET', '/healthz', undefined, null)).body).toEqual({ status: 'ok' });
  expect((await cloud.call('GET', '/readyz', undefined, null)).body).toEqual({ status: 'ready' });
  const figures = await fetch(`${cloud.url}/metrics`);
  expect(await figures.text()).toMatch(/^emisar_runner_sessions 0$/m);
  const forwarded = await fetch(`${cloud.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect(forwarded.status).toBe(401);
});
