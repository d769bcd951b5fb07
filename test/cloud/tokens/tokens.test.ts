import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

const mint = async (cloud: RunningCloud, wish: Record<string, unknown> = { name: 'laptop' }) => {
  const { status, body } = await cloud.call('POST', '/api/v1/tokens', wish);
  expect(status).toBe(201);
  return { secret: String(body.secret), token: body.token as { id: string; prefix: string } };
};

test('a token is minted, used, listed with its last use, and revoked at once', async () => {
  await using cloud = await startRunningCloud();
  const { secret, token } = await mint(cloud);
  expect(secret).toMatch(/^emop-[A-Za-z0-9_-]{43}$/);
  expect((await cloud.call('GET', '/api/v1/me', undefined, secret)).status).toBe(200);
  // The note of a use is a write that no call waits for; the next write stands behind it.
  await cloud.cloud.database.write(async () => {});
  const list = await cloud.call('GET', '/api/v1/tokens', undefined, secret);
  expect(list.body.items).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'laptop', current: true, last_used_at: '2030-01-01T00:00:00.000Z' }),
      expect.objectContaining({ name: 'first token', current: false }),
    ]),
  );
  expect((await cloud.call('POST', `/api/v1/tokens/${token.id}/revoke`)).body).toMatchObject({
    revoked_at: expect.any(String),
  });
  expect(await cloud.call('GET', '/api/v1/me', undefined, secret)).toMatchObject({
    status: 401,
    body: { code: 'token_invalid' },
  });
  expect(await cloud.auditEvents()).toEqual(
    expect.arrayContaining(['operator_token.minted', 'operator_token.revoked']),
  );
});

test('only a hash of the secret is stored', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await mint(cloud);
  const rows = await cloud.cloud.database.read.selectFrom('operator_tokens').selectAll().execute();
  const trail = await cloud.cloud.database.read.selectFrom('audit_events').selectAll().execute();
  expect(JSON.stringify([rows, trail])).not.toContain(secret.slice(12));
});

test('a token ends when it said it would', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await mint(cloud, { name: 'short', expires_in_seconds: 60 });
  await cloud.clock.advance(59_999);
  expect((await cloud.call('GET', '/api/v1/me', undefined, secret)).status).toBe(200);
  await cloud.clock.advance(1);
  expect((await cloud.call('GET', '/api/v1/me', undefined, secret)).status).toBe(401);
});

test('uses within a minute are one write', async () => {
  await using cloud = await startRunningCloud();
  const { secret, token } = await mint(cloud);
  const lastUse = async () => {
    const { last_used_at } = await cloud.cloud.database.read
      .selectFrom('operator_tokens')
      .select('last_used_at')
      .where('id', '=', token.id)
      .executeTakeFirstOrThrow();
    return last_used_at;
  };
  const use = async () => expect((await cloud.call('GET', '/api/v1/me', undefined, secret)).status).toBe(200);
  await use();
  await cloud.cloud.database.write(async () => {});
  const first = await lastUse();
  await cloud.clock.advance(59_999);
  await use();
  await cloud.cloud.database.write(async () => {});
  expect(await lastUse()).toBe(first);
  await cloud.clock.advance(1);
  await use();
  await cloud.cloud.database.write(async () => {});
  expect(await lastUse()).toBe(cloud.clock.now());
});

test("C30: a suspended member's tokens end, and so do all tokens of a disabled account", async () => {
  await using cloud = await startRunningCloud();
  const { database } = cloud.cloud;
  await database.write(
    async (tx) => void (await tx.sql.updateTable('accounts').set({ disabled_at: 1 }).execute()),
  );
  expect(await cloud.call('GET', '/api/v1/me')).toMatchObject({
    status: 403,
    body: { code: 'account_disabled' },
  });
  await database.write(
    async (tx) => void (await tx.sql.updateTable('members').set({ suspended_at: 1 }).execute()),
  );
  expect(await cloud.call('GET', '/api/v1/me')).toMatchObject({
    status: 401,
    body: { code: 'token_invalid' },
  });
});

test('tokens are paged newest first, and a forged cursor is refused', async () => {
  await using cloud = await startRunningCloud();
  for (let count = 0; count < 4; count += 1) await mint(cloud, { name: `t${count}` });
  const ids: string[] = [];
  let cursor = '';
  do {
    const { body } = await cloud.call('GET', `/api/v1/tokens?limit=2${cursor && `&cursor=${cursor}`}`);
    expect(body.total).toBe(5);
    ids.push(...(body.items as { id: string }[]).map(({ id }) => id));
    cursor = String(body.next_cursor ?? '');
  } while (cursor !== '');
  expect(new Set(ids).size).toBe(5);
  expect(await cloud.call('GET', '/api/v1/tokens?cursor=nonsense')).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  });
});

test('the event stream wants a token, and closes with 4401 when it is revoked', async () => {
  await using cloud = await startRunningCloud();
  const { secret, token } = await mint(cloud);
  const url = `${cloud.url.replace('http', 'ws')}/api/v1/stream`;
  const status = await new Promise((resolve) => {
    const nobody = new WebSocket(url);
    nobody.on('unexpected-response', (_request, response) => resolve(response.statusCode));
    nobody.on('error', () => {});
  });
  expect(status).toBe(401);
  const stream = new WebSocket(url, { headers: { authorization: `Bearer ${secret}` } });
  const closed = new Promise((resolve) => stream.once('close', resolve));
  await new Promise((resolve) => stream.once('message', resolve));
  await cloud.call('POST', `/api/v1/tokens/${token.id}/revoke`);
  expect(await closed).toBe(4401);
});
