// The same call with the same key makes nothing twice, and shows no secret twice.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWholeCalls } from '../../../src/cloud/database/whole-calls.ts';
import { holdsSecrets, withoutSecrets } from '../../../src/protocol/api/secrets.ts';
import { isCreating } from '../../../src/protocol/api/route.ts';
import { publicRoutes, routes } from '../../../src/protocol/api/routes.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startRunningCloud, type Answer, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => {
  cloud = await startRunningCloud();
});
afterEach(() => cloud[Symbol.asyncDispose]());

const dispatch = { action_id: 'x.y', runners: ['nobody', 'nobody-else'], reason: 'to see' };

function post(path: string, body: unknown, key: string, token = cloud.ownerToken): Promise<Answer> {
  return cloud.call('POST', `/api/v1${path}`, body, token, { 'idempotency-key': key });
}

async function rowsOf(
  table: 'operations' | 'enrollment_keys' | 'idempotency_keys' | 'members' | 'audit_events',
) {
  const rows = await cloud.cloud.database.read.selectFrom(table).selectAll().execute();
  return rows.map((row) => JSON.stringify(row));
}

test('C33: twenty calls with one key are one dispatch, and each gets the same answer', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => post('/dispatches', dispatch, 'k-1')));
  const [first] = answers;
  expect(first?.status).toBe(201);
  for (const { status, body } of answers) expect([status, body]).toEqual([201, first?.body]);
  expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(19);
  expect(await rowsOf('operations')).toHaveLength(1);
});

test('the same key for another body, another path or another reach is a conflict and makes nothing', async () => {
  await post('/dispatches', dispatch, 'k-1');
  const before = await rowsOf('audit_events');
  for (const other of [
    await post('/dispatches', { ...dispatch, reason: 'something else' }, 'k-1'),
    await post('/enrollment-keys', dispatch, 'k-1'),
    await post('/dispatches', dispatch, 'k-1', await narrowedToken()),
  ])
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency_conflict' } });
  expect(await rowsOf('operations')).toHaveLength(1);
  expect((await rowsOf('audit_events')).length).toBe(before.length + 1);
});

async function narrowedToken(): Promise<string> {
  const scope = { runner_access: 'none' };
  const { body } = await cloud.call('POST', '/api/v1/tokens', { name: 'narrow', scope });
  return String(body.secret);
}

test('a key is of one member: another one uses the same for a call of their own', async () => {
  const token = await tokenOf(cloud, 'admin');
  const [mine, theirs] = [
    await post('/dispatches', dispatch, 'k-1'),
    await post('/dispatches', dispatch, 'k-1', token),
  ];
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(theirs.body.id).not.toBe(mine.body.id);
});

test('what made secrets is not made again, and says what it made but no secret; none is in the store', async () => {
  const wish = { hosts: ['web-1', 'web-2'] };
  const [first, second] = [
    await post('/enrollment-keys', wish, 'k-1'),
    await post('/enrollment-keys', wish, 'k-1'),
  ];
  const minted = first.body.items as { key: { id: string }; secret: string; command: string }[];
  expect(second).toMatchObject({
    status: 409,
    body: { code: 'secrets_gone', about: { made: { items: minted.map(({ key }) => ({ key })) } } },
  });
  expect(await rowsOf('enrollment_keys')).toHaveLength(2);
  const kept = JSON.stringify([second.body, await rowsOf('idempotency_keys')]);
  for (const { secret, command } of minted) {
    expect(kept).not.toContain(secret);
    expect(kept).not.toContain(JSON.stringify(command).slice(1, -1));
  }
  const invitation = await post('/members', { name: 'mara', role: 'viewer' }, 'k-2');
  expect(await post('/members', { name: 'mara', role: 'viewer' }, 'k-2')).toMatchObject({
    status: 409,
    body: { code: 'secrets_gone', about: { made: { member: { name: 'mara' } } } },
  });
  expect((await rowsOf('idempotency_keys')).join('')).not.toContain(String(invitation.body.code));
});

test('a call that was refused keeps no key: put right, it goes', async () => {
  const refused = await post('/dispatches', { ...dispatch, reason: ' ' }, 'k-1');
  expect(refused).toMatchObject({ status: 400, body: { code: 'reason_required' } });
  expect((await post('/dispatches', dispatch, 'k-1')).status).toBe(201);
  expect((await post('/members', { name: 'owner', role: 'viewer' }, 'k-2')).body.code).toBe('member_exists');
  expect((await post('/members', { name: 'otto', role: 'viewer' }, 'k-2')).status).toBe(201);
});

test('an answer that was never given left no effect: key, run and audit are of one transaction', async () => {
  const before = await rowsOf('audit_events');
  // The last thing that the transaction does is to keep the answer.
  await cloud.cloud.database.write((tx) =>
    tx.sql.schema.alterTable('idempotency_keys').renameColumn('holds_secrets', 'gone').execute(),
  );
  expect((await post('/enrollment-keys', {}, 'k-1')).status).toBe(500);
  expect((await post('/dispatches', dispatch, 'k-2')).status).toBe(500);
  expect(await rowsOf('enrollment_keys')).toEqual([]);
  expect(await rowsOf('operations')).toEqual([]);
  expect(await rowsOf('audit_events')).toEqual(before);
});

test('a run goes out once its transaction is through, and once only, also after a restart', async () => {
  using runner = await bringOnline(cloud, 'web-1', await enroll(cloud, 'web-1'));
  expect(runner.closed).toBeNull();
  const first = await post('/dispatches', { ...dispatch, runners: ['web-1'] }, 'k-1');
  await cloud.restart();
  const again = await post('/dispatches', { ...dispatch, runners: ['web-1'] }, 'k-1');
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(await rowsOf('operations')).toHaveLength(1);
});

test('a key counts for a day, and is gone from the store an hour later', async () => {
  const first = await post('/dispatches', dispatch, 'k-1');
  await cloud.clock.advance(24 * 3600_000 - 1);
  expect((await post('/dispatches', dispatch, 'k-1')).body.id).toBe(first.body.id);
  await cloud.clock.advance(1);
  const second = await post('/dispatches', dispatch, 'k-1');
  expect(second.body.id).not.toBe(first.body.id);
  await cloud.clock.advance(25 * 3600_000);
  await expect.poll(() => rowsOf('idempotency_keys')).toEqual([]);
});

test.each(['', 'x'.repeat(129), 'two words', 'größe'.normalize('NFC')])(
  'a key that is none is refused: %s',
  async (key) => {
    expect(await post('/dispatches', dispatch, key)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  },
);

test('a write that failed inside of a whole call takes the rest with it, whoever caught its error', async () => {
  const calls = createWholeCalls(cloud.cloud.database);
  const account_id = (await cloud.cloud.domains.members.account())?.id ?? '';
  const note = (id: string) =>
    calls.database.write((tx) =>
      tx.sql.insertInto('forgotten_packs').values({ account_id, pack_id: id }).execute(),
    );
  const noted = () => calls.database.read.selectFrom('forgotten_packs').selectAll().execute();
  const failing = calls.asOne(async () => {
    await note('one');
    expect(await noted()).toHaveLength(1);
    await calls.database.write(async () => Promise.reject(new Error('half of it'))).catch(() => 'caught');
  });
  await expect(failing).rejects.toThrow('half of it');
  expect(await noted()).toEqual([]);
});

test('every call that creates is a POST that takes a key, and shows its secrets by their schema', () => {
  const creating = routes.filter(isCreating);
  expect(creating.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['/tokens', '/enrollment-keys', '/dispatches', '/members', '/install-commands']),
  );
  const secret = [...routes, ...publicRoutes].filter(({ output }) => holdsSecrets(output));
  expect(secret.map(({ path }) => path)).toEqual(
    expect.arrayContaining([
      '/tokens',
      '/enrollment-keys',
      '/members',
      '/members/:id/resend-invite',
      '/auth/token',
    ]),
  );
  const [mint] = routes.filter(({ path }) => path === '/tokens').filter(isCreating);
  expect(mint && withoutSecrets(mint.output, { token: { id: 'tok_1' }, secret: 'emop-x' })).toEqual({
    token: expect.objectContaining({ id: 'tok_1' }),
  });
});
