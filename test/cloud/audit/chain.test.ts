// The trail is a chain: whatever is done to the rows beside the program is found, and what is let go is not missed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyAudit } from '../../../src/cloud/audit/verify.ts';
import { CHAIN_START, chainText } from '../../../src/protocol/audit.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => void (cloud = await startRunningCloud()));
afterEach(() => cloud[Symbol.asyncDispose]());

const database = () => cloud.cloud.database;
const mint = (count: number) => Promise.all(Array.from({ length: count }, () => cloud.mintKey()));
const proof = async () => {
  const [first] = await verifyAudit(database());
  return first;
};
const events = () => database().read.selectFrom('audit_events').selectAll().orderBy('chain_seq').execute();

test('AU2: the text that is hashed is the hash before and the fields in order, as JSON', () => {
  const event = {
    seq: 1,
    id: 'aud_1',
    account_id: 'acc_1',
    occurred_at: 1_900_000_000_000,
    event_type: 'runner.disabled',
    actor_kind: 'member',
    actor_id: 'mem_1',
    actor_label: 'Ada "the first"',
    token_id: null,
    ip_address: '::1',
    target_kind: 'runner',
    target_id: 'rnr_1',
    target_label: 'web-1',
    request_id: null,
    runner_id: 'rnr_1',
    pack_id: null,
    payload: '{"a":1}',
  };
  expect(chainText(CHAIN_START, event)).toBe(
    `["${CHAIN_START}",1,"aud_1","acc_1",1900000000000,"runner.disabled","member","mem_1","Ada \\"the first\\"",null,"::1","runner","rnr_1","web-1",null,"rnr_1",null,"{\\"a\\":1}"]`,
  );
});

test('AU1: events that come at the same time follow one another, and the whole chain proves itself', async () => {
  await mint(40);
  const rows = await events();
  expect(rows.map((row) => row.chain_seq)).toEqual(rows.map((_, at) => at + 1));
  expect(await proof()).toMatchObject({ events: rows.length, from: 1, fault: null });
});

test.each([
  ['changed', 3, 'changed'],
  ['removed', 3, 'missing'],
  ['swapped', 3, 'changed'],
  ['cut', 5, 'cut'],
  ['added', 0, 'inserted'],
  ['replaced with a hash of its own', 5, 'changed'],
] as const)('AU3: an event that is %s is found', async (how, seq, what) => {
  await mint(3);
  const rows = await events();
  const [second, third, last] = [rows[1], rows[2], rows.at(-1)];
  if (!second || !third || !last) throw new Error('there are events');
  await database().write(async ({ sql }) => {
    const set = (id: string, change: object) =>
      sql.updateTable('audit_events').set(change).where('id', '=', id).execute();
    if (how === 'changed') await set(third.id, { actor_label: 'somebody else' });
    if (how === 'removed') await sql.deleteFrom('audit_events').where('id', '=', third.id).execute();
    if (how === 'cut') await sql.deleteFrom('audit_events').where('id', '=', last.id).execute();
    if (how === 'swapped') {
      await set(second.id, { chain_seq: 900 });
      await set(third.id, { chain_seq: 2 });
      await set(second.id, { chain_seq: 3 });
    }
    if (how === 'added')
      await sql
        .insertInto('audit_events')
        .values({ ...third, position: undefined, id: 'aud_new', chain_seq: null, hash: null })
        .execute();
    if (how.startsWith('replaced')) await set(last.id, { hash: 'f'.repeat(64) });
  });
  const found = await proof();
  expect(found?.fault?.what).toBe(what);
  if (how !== 'swapped') expect(found?.fault?.seq).toBe(seq === 5 ? rows.length : seq);
});

test('AU4: events go after their time from the beginning, the rest proves itself, and one event says so', async () => {
  await mint(2);
  const before = (await events()).length;
  await cloud.clock.leap(3 * 24 * 3600_000);
  expect(await cloud.call('PUT', '/api/v1/settings/audit-retention', { days: 2 })).toMatchObject({
    status: 200,
    body: { days: 2 },
  });
  await cloud.clock.leap(24 * 3600_000);
  await expect.poll(() => cloud.auditEvents()).toContain('audit.retention_swept');
  expect(await cloud.auditEvents()).toEqual(['audit.retention_set', 'audit.retention_swept']);
  expect(await proof()).toMatchObject({ from: before + 1, events: 2, fault: null });
  await database().write(({ sql }) =>
    sql.deleteFrom('audit_events').where('event_type', '=', 'audit.retention_set').execute(),
  );
  expect((await proof())?.fault).toMatchObject({ seq: before + 1, what: 'missing' });
});

test('events of before the chain become its beginning', async () => {
  await mint(2);
  const count = (await events()).length;
  await database().write(async ({ sql }) => {
    await sql.deleteFrom('audit_heads').execute();
    await sql.updateTable('audit_events').set({ chain_seq: null, hash: null }).execute();
  });
  await mint(1);
  const rows = await events();
  expect(rows.map((row) => row.chain_seq)).toEqual(Array.from({ length: count + 1 }, (_, at) => at + 1));
  expect(await proof()).toMatchObject({ fault: null, events: count + 1 });
});
