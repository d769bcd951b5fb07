import { expect, test } from 'vitest';
import { startRunningCloud } from '../../support/running-cloud.ts';
import { connect, dial } from '../../support/wire-runner.ts';

const MINUTE = 60_000;

test('EN1: a fresh key registers a host, and the answer holds exactly what runners decode', async () => {
  await using cloud = await startRunningCloud();
  const { secret, command } = await cloud.mintKey({ hosts: ['web-1'] });
  expect(command).toBe(` EMISAR_URL=${cloud.url} EMISAR_AUTH_KEY=${secret} emisar connect`);
  const answer = await cloud.register(secret, 'web-1', { group: 'web', version: '1.0.0' });
  expect(answer.status).toBe(201);
  expect(Object.keys(answer.body).sort()).toEqual(['refresh_after', 'token']);
  expect(answer.body.token).toMatch(/^rnrtok-[A-Za-z0-9_-]{43}$/);
  expect(answer.body.refresh_after).toBe('2030-03-02T00:00:00Z');
  expect(await cloud.runner('web-1')).toMatchObject({ name: 'web-1', group: 'web', state: 'pending' });
});

test('C14: of a hundred parallel redemptions of one key exactly one wins', async () => {
  await using cloud = await startRunningCloud();
  const { secret, key } = await cloud.mintKey();
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, index) => cloud.register(secret, `racer-${index}`)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const { body } = await cloud.call('GET', '/api/v1/runners');
  expect(body.total).toBe(1);
  const after = await cloud.call('GET', `/api/v1/enrollment-keys/${key.id}`);
  expect(after.body).toMatchObject({ state: 'spent', uses_count: 1 });
});

test.each([
  ['no bearer', null, { external_id: 'a' }, 401, 'missing_bearer'],
  ['an unknown key', `emkey-auth-${'x'.repeat(43)}`, { external_id: 'a' }, 401, 'enrollment_key_invalid'],
  ['something that is no key', 'hello', { external_id: 'a' }, 401, 'enrollment_key_invalid'],
])('RE3: registration with %s is refused', async (_what, key, body, status, error) => {
  await using cloud = await startRunningCloud();
  const answer = await cloud.call('POST', '/runner/register', body, key);
  expect(answer).toMatchObject({ status, body: { error } });
});

test.each([
  ['blank', ''],
  ['surrounded by space', ' web-1'],
  ['longer than 255 characters', 'x'.repeat(256)],
  ['with an escape in it', 'web\u001b[31m'],
  ['no text', 7],
  ['absent', undefined],
])('C15: an identity that is %s is refused and the key stays good', async (_what, externalId) => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey();
  const refused = await cloud.register(secret, externalId as string, { hostname: 'web-1' });
  expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_external_id' } });
  expect((await cloud.register(secret, 'web-1')).status).toBe(201);
});

test.each([
  ['no JSON', '{'],
  ['of another shape', { external_id: 'web-1', labels: ['web'] }],
])(
  'a registration that is %s is refused in the words of the wire, and the key stays good',
  async (_what, body) => {
    await using cloud = await startRunningCloud();
    const { secret } = await cloud.mintKey();
    const refused = await cloud.call('POST', '/runner/register', body, secret);
    expect(refused).toMatchObject({ status: 400, body: { error: 'register_failed' } });
    expect((await cloud.register(secret, 'web-1')).status).toBe(201);
  },
);

test('C15: a key is not consumed when the name is taken', async () => {
  await using cloud = await startRunningCloud();
  await cloud.register((await cloud.mintKey()).secret, 'one', { hostname: 'web-1' });
  const second = await cloud.mintKey();
  const refused = await cloud.register(second.secret, 'two', { hostname: 'web-1' });
  expect(refused).toMatchObject({ status: 409, body: { error: 'runner_name_taken', name: 'web-1' } });
  expect((await cloud.register(second.secret, 'two', { hostname: 'web-2' })).status).toBe(201);
});

test('EN3: a host that lost the answer gets another token, and the lost one is dead', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey();
  const lost = await cloud.register(secret, 'web-1');
  await cloud.clock.advance(9 * MINUTE);
  const again = await cloud.register(secret, 'web-1');
  expect(again.status).toBe(201);
  expect(await dial(cloud.url, String(lost.body.token))).toMatchObject({ refused: { status: 401 } });
  using runner = await connect(cloud.url, String(again.body.token));
  expect(runner.closed).toBeNull();
});

test.each([
  ['another identity', async () => {}, 'web-2'],
  ['the same identity after ten minutes', (cloud: Cloud) => cloud.clock.advance(10 * MINUTE), 'web-1'],
  ['the same identity after its token was used', useToken, 'web-1'],
  ['the same identity after a disable that was taken back', disableAndEnable, 'web-1'],
  ['the same identity after a revoke', (cloud: Cloud) => verb(cloud, 'revoke-token'), 'web-1'],
  ['the same identity after a delete', remove, 'web-1'],
])('EN3, C13: a spent key is refused to %s', async (_what, before, externalId) => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey();
  const first = await cloud.register(secret, 'web-1');
  await before(cloud, String(first.body.token));
  const refused = await cloud.register(secret, externalId, { hostname: externalId });
  expect(refused).toMatchObject({ status: 401, body: { error: 'enrollment_key_invalid' } });
});

test('a fresh key with a known identity is refused while that runner is online, and takes it over afterwards', async () => {
  await using cloud = await startRunningCloud();
  const first = await cloud.register((await cloud.mintKey()).secret, 'web-1');
  const { secret } = await cloud.mintKey();
  using runner = await connect(cloud.url, String(first.body.token));
  runner.sendState();
  await cloud.clock.advance(1);
  const { id } = await cloud.runner('web-1');
  expect(await cloud.register(secret, 'web-1')).toMatchObject({
    status: 409,
    body: { error: 'runner_online' },
  });
  runner.socket.close();
  await runner.closing();
  const taken = await untilRegistered(cloud, secret);
  expect(taken.status).toBe(201);
  expect(await cloud.runner('web-1')).toMatchObject({ id, reenrolled_at: expect.any(String) });
  expect(await dial(cloud.url, String(first.body.token))).toMatchObject({ refused: { status: 401 } });
  expect(await cloud.auditEvents()).toContain('runner.reenrolled');
});

test('a revoked runner comes back with a fresh key', async () => {
  await using cloud = await startRunningCloud();
  await cloud.register((await cloud.mintKey()).secret, 'web-1');
  await verb(cloud, 'revoke-token');
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'revoked' });
  const back = await cloud.register((await cloud.mintKey()).secret, 'web-1');
  expect(back.status).toBe(201);
  expect(await cloud.runner('web-1')).toMatchObject({ state: 'pending' });
});

test('C14: of forty hosts at once a key for five brings in five', async () => {
  await using cloud = await startRunningCloud();
  const { secret, key } = await cloud.mintKey({ reusable: true, max_uses: 5 });
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, index) => cloud.register(secret, `host-${index}`)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  expect((await cloud.call('GET', '/api/v1/runners')).body.total).toBe(5);
  const { body } = await cloud.call('GET', `/api/v1/enrollment-keys/${key.id}`);
  expect(body).toMatchObject({ state: 'spent', uses_count: 5 });
});

test('a reusable key enrolls as many hosts as it says', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey({ reusable: true, max_uses: 2 });
  const statuses = [];
  for (const host of ['a', 'b', 'c']) statuses.push((await cloud.register(secret, host)).status);
  expect(statuses).toEqual([201, 201, 401]);
});

test.each([
  [
    'revoked',
    (cloud: Cloud, id: string) => cloud.call('POST', `/api/v1/enrollment-keys/${id}/revoke`),
    'revoked',
  ],
  ['expired', (cloud: Cloud) => cloud.clock.advance(60_000), 'expired'],
])('RE3: a key that is %s enrolls nobody', async (_what, end, state) => {
  await using cloud = await startRunningCloud();
  const { secret, key } = await cloud.mintKey({ expires_in_seconds: 60 });
  await end(cloud, key.id);
  expect((await cloud.register(secret, 'web-1')).status).toBe(401);
  const { body } = await cloud.call('GET', `/api/v1/enrollment-keys?state=${state}`);
  expect(body.total).toBe(1);
});

test('failed registrations of one address are limited to thirty a minute, successes are not counted', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey({ reusable: true });
  for (let host = 0; host < 40; host += 1)
    expect((await cloud.register(secret, `host-${host}`)).status).toBe(201);
  const wrong = `emkey-auth-${'y'.repeat(43)}`;
  for (let attempt = 0; attempt < 30; attempt += 1)
    expect((await cloud.register(wrong, 'x')).status).toBe(401);
  const limited = await cloud.register(secret, 'late');
  expect(limited).toMatchObject({ status: 429, body: { error: 'rate_limited' } });
  expect(Number(limited.headers.get('retry-after'))).toBe(60);
  await cloud.clock.advance(60_000);
  expect((await cloud.register(secret, 'late')).status).toBe(201);
});

test('T17: what a host says of itself is stored without control characters', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey();
  await cloud.register(secret, 'web-1', { hostname: 'un\u202etrusted\r\u001b[2J', group: 'a\nb' });
  const { body } = await cloud.call('GET', '/api/v1/runners');
  const text = JSON.stringify(body);
  expect(text).not.toMatch(/\\u001b|\\r|\\n|\u202e/);
  expect((body.items as unknown[])[0]).toMatchObject({ name: 'un·trusted␍␛[2J', group: 'a⏎b' });
});

type Cloud = Awaited<ReturnType<typeof startRunningCloud>>;

async function verb(cloud: Cloud, name: string): Promise<void> {
  const { status } = await cloud.call('POST', `/api/v1/runners/web-1/${name}`);
  expect(status).toBe(200);
}

async function disableAndEnable(cloud: Cloud): Promise<void> {
  await verb(cloud, 'disable');
  await verb(cloud, 'enable');
}

async function remove(cloud: Cloud): Promise<void> {
  expect((await cloud.call('DELETE', '/api/v1/runners/web-1')).status).toBe(200);
}

async function useToken(cloud: Cloud, token: string): Promise<void> {
  using runner = await connect(cloud.url, token);
  runner.sendState();
  runner.beat();
  runner.socket.close();
  await runner.closing();
}

async function untilRegistered(cloud: Cloud, secret: string) {
  for (;;) {
    const answer = await cloud.register(secret, 'web-1');
    if (answer.status !== 409) return answer;
  }
}
