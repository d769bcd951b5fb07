import { expect, test } from 'vitest';
import { hostDocuments, hostForms } from '../../../src/protocol/host-forms.ts';
import type { MintedKey } from '../../../src/protocol/api/enrollment-keys.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';

test('several keys are minted in one call, one a host, each with its own secret and command', async () => {
  await using cloud = await startRunningCloud();
  const { status, body } = await cloud.call('POST', '/api/v1/enrollment-keys', {
    hosts: ['a', 'b', 'c'],
    description: 'rack 7',
  });
  expect(status).toBe(201);
  const items = body.items as { secret: string; command: string; key: Record<string, unknown> }[];
  expect(items.map(({ key }) => key.host)).toEqual(['a', 'b', 'c']);
  expect(new Set(items.map(({ secret }) => secret)).size).toBe(3);
  for (const { secret, command, key } of items) {
    expect(secret).toMatch(/^emkey-auth-[A-Za-z0-9_-]{43}$/);
    expect(command).toContain(secret);
    expect(key).toMatchObject({
      prefix: secret.slice(0, 27),
      state: 'active',
      created_by: 'owner',
      description: 'rack 7',
    });
  }
  expect((await cloud.auditEvents()).filter((event) => event === 'enrollment_key.minted')).toHaveLength(3);
});

test('the secret of a key is in the answer of the mint and nowhere else', async () => {
  await using cloud = await startRunningCloud();
  const { secret, key } = await cloud.mintKey();
  await cloud.register(secret, 'web-1');
  const { database } = cloud.cloud;
  const seen = [
    (await cloud.call('GET', '/api/v1/enrollment-keys')).body,
    (await cloud.call('GET', `/api/v1/enrollment-keys/${key.id}`)).body,
    await database.read.selectFrom('enrollment_keys').selectAll().execute(),
    await database.read.selectFrom('audit_events').selectAll().execute(),
    cloud.logged,
  ];
  expect(JSON.stringify(seen)).not.toContain(secret.slice(27));
});

test('keys are paged newest first, also those of one moment, and counted by state', async () => {
  await using cloud = await startRunningCloud();
  await cloud.call('POST', '/api/v1/enrollment-keys', { count: 25 });
  await cloud.register((await cloud.mintKey()).secret, 'web-1');
  const seen: string[] = [];
  let cursor = '';
  do {
    const { body } = await cloud.call(
      'GET',
      `/api/v1/enrollment-keys?state=active&limit=10${cursor && `&cursor=${cursor}`}`,
    );
    expect(body.total).toBe(25);
    seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
    cursor = String(body.next_cursor ?? '');
  } while (cursor !== '');
  expect(new Set(seen).size).toBe(25);
  expect((await cloud.call('GET', '/api/v1/enrollment-keys?state=spent')).body.total).toBe(1);
});

test('a key that can enroll nobody any more cannot be revoked; revoking twice changes nothing', async () => {
  await using cloud = await startRunningCloud();
  const spent = await cloud.mintKey();
  await cloud.register(spent.secret, 'web-1');
  expect(await cloud.call('POST', `/api/v1/enrollment-keys/${spent.key.id}/revoke`)).toMatchObject({
    status: 409,
    body: { code: 'enrollment_key_spent' },
  });
  const fresh = await cloud.mintKey();
  const first = await cloud.call('POST', `/api/v1/enrollment-keys/${fresh.key.id}/revoke`);
  await cloud.clock.advance(1_000);
  expect((await cloud.call('POST', `/api/v1/enrollment-keys/${fresh.key.id}/revoke`)).body).toEqual(
    first.body,
  );
});

test('a limit on a key that is not reusable is refused', async () => {
  await using cloud = await startRunningCloud();
  expect(await cloud.call('POST', '/api/v1/enrollment-keys', { max_uses: 2 })).toMatchObject({
    status: 400,
    body: { about: { field: 'max_uses' } },
  });
});

test('keys of an account that was disabled enroll nobody', async () => {
  await using cloud = await startRunningCloud();
  const { secret } = await cloud.mintKey();
  await cloud.cloud.database.write((tx) => tx.sql.updateTable('accounts').set({ disabled_at: 1 }).execute());
  expect(await cloud.register(secret, 'web-1')).toMatchObject({
    status: 403,
    body: { error: 'account_disabled' },
  });
});

test('what a host is told goes into its command: group, labels and packs, on one line whatever they hold', async () => {
  await using cloud = await startRunningCloud();
  const { secret, command, settings } = await cloud.mintKey({
    group: 'a\nb',
    labels: { role: "it's" },
    packs: ['linux-core'],
  });
  expect(settings).toEqual({
    url: cloud.url,
    group: 'a⏎b',
    labels: { role: "it's" },
    packs: ['linux-core'],
  });
  expect(command).toBe(
    ` EMISAR_URL=${cloud.url} EMISAR_AUTH_KEY=${secret} EMISAR_GROUP='a⏎b' EMISAR_LABEL_ROLE='it'\\''s' EMISAR_PACKS=linux-core emisar connect`,
  );
  for (const wrong of [{ labels: { 'a b': 'c' } }, { labels: { A: 'c' } }, { packs: ['../x'] }])
    expect((await cloud.call('POST', '/api/v1/enrollment-keys', wrong)).status).toBe(400);
});

test.each(hostForms)(
  'an install command as %s is one audited key, written down for its host',
  async (variant) => {
    await using cloud = await startRunningCloud();
    const { status, body } = await cloud.call('POST', '/api/v1/install-commands', {
      variant,
      host: 'web-1',
      group: 'web',
      expires_in_seconds: 3600,
    });
    expect(status).toBe(201);
    const minted = body.minted as MintedKey;
    expect(minted.key).toMatchObject({ host: 'web-1', reusable: false, state: 'active' });
    expect(body).toMatchObject({ variant, document: hostDocuments(variant, [minted])[0] });
    expect((await cloud.register(minted.secret, 'web-1')).status).toBe(201);
    expect((await cloud.auditEvents()).filter((event) => event === 'enrollment_key.minted')).toHaveLength(1);
  },
);

test('no command is given out that hosts could not dial: plain http beyond this machine', async () => {
  await using cloud = await startRunningCloud({ publicUrl: 'http://cp.example.test' });
  for (const path of ['/api/v1/enrollment-keys', '/api/v1/install-commands'])
    expect(await cloud.call('POST', path, {})).toMatchObject({ status: 400, body: { code: 'insecure_url' } });
  expect((await cloud.call('GET', '/api/v1/enrollment-keys')).body.total).toBe(0);
});
