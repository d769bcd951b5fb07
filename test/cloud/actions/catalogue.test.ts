import { afterEach, beforeEach, expect, test } from 'vitest';
import { createActions, type Actions } from '../../../src/cloud/actions/actions.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import type { Reach } from '../../../src/protocol/scope.ts';
import { SCOPE, caller, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

let fleet: Fleet;
let actions: Actions;
beforeEach(async () => {
  fleet = await startFleet();
  const { database, packs, policy } = fleet;
  const presence = { isOnline: (id: string) => fleet.sockets.has(id) };
  actions = createActions({ database, offers: packs.offers, policy, presence });
});
afterEach(() => fleet.close());

const offer = [
  descriptor('demo.ping', { title: 'Ping', search_terms: ['alive'] }),
  descriptor('demo.restart', { risk: 'high', title: 'Restart', summary: 'Restarts what does not ping.' }),
  descriptor('demo.wipe', { risk: 'critical', title: 'Wipe' }),
];

const list = (query: object = {}, as = caller()) => actions.list(as, { limit: 100, ...query });
const ids = async (query: object = {}, as = caller()) => (await list(query, as)).items.map(({ id }) => id);
const detail = (id: string, query: object = {}, as = caller()) =>
  actions.detail(as, id, { limit: 100, ...query });
const one = async (id: string, as = caller()) =>
  (await list({}, as)).items.find((action) => action.id === id);
const only = (reach: Partial<Reach>) => ({ ...caller(), reach: { ...SCOPE.reach, ...reach } });

/** Two connected hosts and one that is away, all with the same trusted pack. */
async function threeHosts() {
  await fleet.ready('web-1', offer);
  await fleet.ready('web-2', offer);
  await fleet.advertise(await fleet.addRunner('db-1', 'db'), { actions: offer });
}

test('each action is listed once, with where it can be started and why not elsewhere', async () => {
  await threeHosts();
  expect(await one('demo.ping')).toEqual({
    id: 'demo.ping',
    pack_id: 'demo',
    title: 'Ping',
    summary: 'Says something.',
    kind: 'exec',
    risk: 'low',
    pack_versions: ['1.0.0'],
    runners_count: 3,
    ready_count: 2,
    queueable_count: 1,
    blocked: [],
    approval_count: 0,
  });
  expect(await one('demo.restart')).toMatchObject({ ready_count: 2, queueable_count: 1, approval_count: 3 });
  expect(await one('demo.wipe')).toMatchObject({
    ready_count: 0,
    blocked: [{ code: 'denied_by_policy', runners_count: 3 }],
  });
});

const marks = { disabled: 'disabled_at', revoked: 'revoked_at', held: 'held_at' } as const;

test.each([
  ['disabled', 'runner_disabled'],
  ['revoked', 'runner_revoked'],
  ['held', 'runner_held'],
] as const)('a runner that is %s is counted as blocked by %s, whatever the action', async (mark, code) => {
  await threeHosts();
  await fleet.database.write((tx) =>
    tx.sql
      .updateTable('runners')
      .set({ [marks[mark]]: 1 })
      .where('id', '=', 'rnr_web-1')
      .execute(),
  );
  expect(await one('demo.ping')).toMatchObject({ ready_count: 1, blocked: [{ code, runners_count: 1 }] });
  const { runners } = await detail('demo.ping');
  expect(runners.items.map(({ name, blocked_by }) => [name, blocked_by])).toEqual([
    ['web-2', null],
    ['db-1', null],
    ['web-1', code],
  ]);
});

test('a signed-only host, a missing program and bytes that nobody trusts block one host each', async () => {
  await threeHosts();
  await fleet.database.write((tx) =>
    tx.sql.updateTable('runners').set({ signed_only: 1 }).where('id', '=', 'rnr_db-1').execute(),
  );
  const missing = descriptor('demo.ping', {
    title: 'Ping',
    search_terms: ['alive'],
    primary_executable_available: false,
    missing_executable: 'fping',
  });
  await fleet.advertise('rnr_web-2', { actions: [missing] });
  await fleet.advertise('rnr_web-1', { hash: HASH_B, actions: offer });
  const { runners, blocked, ready_count } = await detail('demo.ping');
  expect(ready_count).toBe(0);
  expect(blocked.map(({ code }) => code)).toEqual([
    'action_unavailable',
    'pack_untrusted',
    'runner_requires_attestation',
  ]);
  expect(
    runners.items.map(({ name, state, blocked_by, missing_executable }) => [
      name,
      state,
      blocked_by,
      missing_executable,
    ]),
  ).toEqual([
    ['db-1', 'pending', 'runner_requires_attestation', null],
    ['web-1', 'online', 'pack_untrusted', null],
    ['web-2', 'online', 'action_unavailable', 'fping'],
  ]);
  expect((await one('demo.ping'))?.blocked).toEqual(blocked);
});

test('a role that may start nothing is what blocks where nothing else does', async () => {
  await threeHosts();
  expect(await one('demo.ping', caller('viewer'))).toMatchObject({
    ready_count: 0,
    blocked: [{ code: 'insufficient_privileges', runners_count: 3 }],
  });
  expect((await one('demo.wipe', caller('viewer')))?.blocked).toMatchObject([{ code: 'denied_by_policy' }]);
});

test('rules of a group and of one runner count for their runners alone', async () => {
  await threeHosts();
  const rule = { name: 'no ping', action: 'demo.ping', decision: 'deny' as const };
  const rules = { ...defaultPolicy, overrides: [rule] };
  await fleet.policy.edit(caller(), { kind: 'group', group: 'db' }, { rules, expectedVersion: 0 });
  expect(await one('demo.ping')).toMatchObject({
    ready_count: 2,
    queueable_count: 0,
    blocked: [{ code: 'denied_by_policy', runners_count: 1 }],
  });
  await fleet.policy.edit(caller(), { kind: 'runner', runner: 'web-1' }, { rules, expectedVersion: 0 });
  expect(await one('demo.ping')).toMatchObject({ ready_count: 1 });
});

test('the best match comes first, and filters narrow by risk, pack and group', async () => {
  await threeHosts();
  await fleet.advertise(await fleet.addRunner('cache-1', 'cache'), {
    packId: 'cache',
    actions: [descriptor('cache.flush', { title: 'Flush the ping table' })],
  });
  expect(await ids()).toEqual(['cache.flush', 'demo.ping', 'demo.restart', 'demo.wipe']);
  expect(await ids({ q: 'demo.' })).toEqual(['demo.ping', 'demo.restart', 'demo.wipe']);
  expect(await ids({ q: 'ping' })).toEqual(['cache.flush', 'demo.ping', 'demo.restart']);
  expect(await ids({ q: 'demo.ping' })).toEqual(['demo.ping']);
  expect(await ids({ q: 'alive' })).toEqual(['demo.ping']);
  expect(await ids({ q: 'nothing at all' })).toEqual([]);
  expect(await ids({ risk: 'critical' })).toEqual(['demo.wipe']);
  expect(await ids({ pack: 'cache' })).toEqual(['cache.flush']);
  expect(await ids({ group: 'cache' })).toEqual(['cache.flush']);
  expect((await list({ group: 'db' })).items[0]).toMatchObject({ id: 'demo.ping', runners_count: 1 });
});

test('pages of actions and of runners join without a gap or a double', async () => {
  await threeHosts();
  const pages: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await list({ limit: 2, q: 'demo.', ...(cursor === null ? {} : { cursor }) });
    expect(page.total).toBe(3);
    pages.push(...page.items.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(pages).toEqual(['demo.ping', 'demo.restart', 'demo.wipe']);
  const first = (await detail('demo.ping', { limit: 2 })).runners;
  const second = (await detail('demo.ping', { limit: 2, cursor: first.next_cursor })).runners;
  expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['web-1', 'web-2', 'db-1']);
  expect([first.total, second.total, second.next_cursor]).toEqual([3, 3, null]);
  await expect(list({ cursor: 'x' })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('two versions of one action are two contracts, and the catalogue says the higher risk', async () => {
  await fleet.ready('web-1', offer);
  await fleet.advertise(await fleet.addRunner('web-2'), {
    version: '1.10.0',
    hash: HASH_B,
    actions: [descriptor('demo.ping', { risk: 'high' })],
  });
  const found = await detail('demo.ping');
  expect(found).toMatchObject({ risk: 'high', pack_versions: ['1.10.0', '1.0.0'], runners_count: 2 });
  expect(
    found.contracts.map((contract) => [contract.pack_version, contract.pack_hash, contract.blocked_by]),
  ).toEqual(
    expect.arrayContaining([
      ['1.0.0', HASH_A, null],
      ['1.10.0', HASH_B, 'pack_untrusted'],
    ]),
  );
  expect(found.contracts.map(({ action }) => action.risk).toSorted()).toEqual(['high', 'low']);
});

test('what is out of reach is absent: runners are not counted, packs and their actions do not exist', async () => {
  await threeHosts();
  const dbOnly = only({ runners: { groups: new Set(['db']), runners: new Set() } });
  expect(await one('demo.ping', dbOnly)).toMatchObject({ runners_count: 1, ready_count: 0 });
  expect((await detail('demo.ping', {}, dbOnly)).runners).toMatchObject({
    total: 1,
    items: [{ name: 'db-1' }],
  });
  const otherPack = only({ packs: new Set(['other']) });
  expect(await ids({}, otherPack)).toEqual([]);
  await expect(detail('demo.ping', {}, otherPack)).rejects.toMatchObject({ code: 'not_found' });
  expect(await ids({}, only({ runners: 'none' }))).toEqual([]);
  await expect(detail('demo.nothing')).rejects.toMatchObject({ code: 'not_found' });
});

test('hosts that advertise the same share what is stored of it, and deleted ones are not counted', async () => {
  await threeHosts();
  const sets = await fleet.database.read.selectFrom('action_sets').selectAll().execute();
  expect(sets).toHaveLength(3);
  await fleet.database.write(async (tx) => {
    await tx.sql.updateTable('runners').set({ deleted_at: 1 }).where('id', '=', 'rnr_web-2').execute();
    await tx.sql.updateTable('runners').set({ catalogue_digest: 'same' }).execute();
  });
  expect(await one('demo.ping')).toMatchObject({ runners_count: 2, ready_count: 1, queueable_count: 1 });
});

test('what is kept of hosts that said the same gives way as soon as one says something else', async () => {
  await threeHosts();
  const said = (id: string, catalogue_digest: string) =>
    fleet.database.write((tx) =>
      tx.sql.updateTable('runners').set({ catalogue_digest }).where('id', '=', id).execute(),
    );
  for (const id of ['rnr_web-1', 'rnr_web-2', 'rnr_db-1']) await said(id, 'one');
  expect(await one('demo.ping')).toMatchObject({ runners_count: 3 });
  await fleet.advertise('rnr_web-2', { packId: 'cache', actions: [descriptor('cache.flush')] });
  await said('rnr_web-2', 'two');
  expect(await one('demo.ping')).toMatchObject({ runners_count: 2 });
  expect(await one('cache.flush')).toMatchObject({ runners_count: 1 });
});
