import { afterEach, beforeEach, expect, test } from 'vitest';
import type { GrantWish } from '../../../src/cloud/grants/mint.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import type { Reach } from '../../../src/protocol/scope.ts';
import { caller, descriptor, HASH_B, SCOPE, startFleet, type Fleet } from '../runs/fleet.ts';
import { grantOn, person, restart, startsAs } from './granted.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const DAY = 86_400_000;
const grantsOf = async (reach: Reach = SCOPE.reach) =>
  (await fleet.grants.list({ ...SCOPE, reach }, { limit: 99 })).items;
const again = (body: Parameters<Fleet['dispatch']>[0] = {}, args = '{}', more = {}) =>
  startsAs(fleet, body, args, more);

test('GR1: the approval that decides leaves a grant of the token, and the approved run is its first use', async () => {
  const grant = await grantOn(fleet, 'web-1', { duration: '1d', maxUses: 3 });
  expect(grant).toMatchObject({
    action_id: 'demo.restart',
    token_name: 'ci',
    member_name: 'Ada',
    runner_name: 'web-1',
    args: {},
    granted_by: 'bob',
    uses_count: 1,
    max_uses: 3,
    state: 'active',
  });
  expect(Date.parse(grant.expires_at) - Date.parse(grant.granted_at)).toBe(DAY);
  expect(await fleet.events()).toContain('approval.grant_created');
});

test('GR1: who is not the last to approve makes no grant, and then has not voted either', async () => {
  const rules = { ...defaultPolicy, approval: { min_approvals: 2, allow_self_approval: true } };
  await fleet.policy.edit(caller(), { kind: 'account' }, { rules, expectedVersion: 1 });
  await fleet.ready('web-1', [restart]);
  await again();
  const [request] = (await fleet.approvals.list(SCOPE, { limit: 9 })).items;
  const wish: GrantWish = { duration: '1h', scope: { args: 'exact', runner: 'this' }, maxUses: null };
  const approve = (id: string, grant?: GrantWish) =>
    fleet.approvals.approve(person(id), request?.id ?? '', undefined, grant);
  await expect(approve('bob', wish)).rejects.toMatchObject({ code: 'grant_needs_deciding_vote' });
  expect(await fleet.approvals.detail(SCOPE, request?.id ?? '')).toMatchObject({ votes: [] });
  await approve('bob');
  expect(await approve('cy', wish)).toMatchObject({ status: 'approved', grant: { granted_by: 'cy' } });
});

test('GR2: the same call goes out without people, says by which grant, and both stand in the trail', async () => {
  const { id } = await grantOn(fleet, 'web-1');
  const { status, runId } = await again();
  expect(status).toBe('sent');
  expect(await fleet.runs.detail(SCOPE, runId)).toMatchObject({
    grant_id: id,
    policy_decision: 'require_approval',
  });
  expect(await grantsOf()).toMatchObject([{ id, uses_count: 2 }]);
  const events = await fleet.events();
  expect(events.filter((event) => event === 'approval.grant_used')).toHaveLength(1);
  expect(await fleet.approvals.countPending(SCOPE)).toBe(0);
});

const other = { actor: { ...caller().actor, tokenId: 'tok_2' } };
test.each<[string, () => Promise<{ status: string | undefined }>]>([
  ['token', () => again({}, '{}', other)],
  ['arguments', () => again({ runners: ['web-1'] }, '{"unit":"nginx"}')],
  ['action', () => again({ action_id: 'demo.reboot' })],
])('GR2: a call with another %s waits for people', async (_what, call) => {
  const unit = [{ name: 'unit', type: 'string' as const, required: false }];
  const actions = [{ ...restart, args: unit }, descriptor('demo.reboot', { risk: 'high' })];
  await grantOn(fleet, 'web-1', {}, actions);
  expect((await call()).status).toBe('pending_approval');
});

test('GR2: another runner waits for people; with a grant for any runner, and any arguments, it does not', async () => {
  const unit = [{ name: 'unit', type: 'string' as const, required: false }];
  const actions = [{ ...restart, args: unit }];
  await grantOn(fleet, 'web-1', {}, actions);
  await fleet.ready('web-2', actions);
  expect((await again({ runners: ['web-2'] })).status).toBe('pending_approval');
  const [request] = (await fleet.approvals.list(SCOPE, { status: 'pending', limit: 1 })).items;
  await fleet.approvals.approve(person('bob'), request?.id ?? '', undefined, {
    duration: '1h',
    scope: { args: 'any', runner: 'any' },
    maxUses: null,
  });
  await fleet.ready('web-3', actions);
  expect((await again({ runners: ['web-3'] }, '{"unit":"nginx"}')).status).toBe('sent');
});

test('GR2: other bytes of the pack wait for people, even once they are trusted', async () => {
  await grantOn(fleet, 'web-1');
  await fleet.advertise('rnr_web-1', { hash: HASH_B, actions: [restart] });
  await fleet.packs.trust({
    ...SCOPE,
    reference: 'demo@1.0.0',
    expectedHash: HASH_B,
    actor: caller().actor,
  });
  expect((await again()).status).toBe('pending_approval');
});

test('GR2: after its time is over everything waits again', async () => {
  await grantOn(fleet, 'web-1', { duration: '1h' });
  await fleet.clock.leap(3_600_000 - 1);
  expect((await again()).status).toBe('sent');
  await fleet.clock.leap(1);
  expect((await again()).status).toBe('pending_approval');
  expect(await grantsOf()).toMatchObject([{ state: 'expired' }]);
});

test('GR3: of a hundred calls at once with one use left one goes out and the others wait', async () => {
  await grantOn(fleet, 'web-1', { maxUses: 2 });
  const all = await Promise.all(Array.from({ length: 100 }, () => again()));
  const outcomes = Map.groupBy(all, ({ status }) => status);
  expect(outcomes.get('sent')).toHaveLength(1);
  expect(outcomes.get('pending_approval')).toHaveLength(99);
  expect(await grantsOf()).toMatchObject([{ uses_count: 2, state: 'spent' }]);
  expect((await fleet.events()).filter((event) => event === 'approval.grant_used')).toHaveLength(1);
});

test('GR3: of one call on three runners as many go out as uses are left, and a dry run says so before', async () => {
  await grantOn(fleet, 'web-1', { maxUses: 3, scope: { args: 'exact', runner: 'any' } });
  for (const name of ['web-2', 'web-3']) await fleet.ready(name, [restart]);
  const body = { action_id: 'demo.restart', runners: ['web-1', 'web-2', 'web-3'] };
  const dry = await fleet.dispatch({ ...body, dry_run: true });
  expect(dry.results.map(({ refusal }) => refusal?.code)).toEqual([
    undefined,
    undefined,
    'approval_required',
  ]);
  expect(await grantsOf()).toMatchObject([{ uses_count: 1 }]);
  const { results } = await fleet.dispatch(body);
  expect(results.map(({ run }) => run?.status)).toEqual(['sent', 'sent', 'pending_approval']);
});

test.each([
  [2, true],
  [1, false],
])(
  'GR4: where policy wants %i people, who asked among them: %s, a grant of one who asked does nothing',
  async (min_approvals, allow_self_approval) => {
    await grantOn(fleet, 'web-1', {}, undefined, 'mem_1');
    expect((await again()).status).toBe('sent');
    const rules = { ...defaultPolicy, approval: { min_approvals, allow_self_approval } };
    await fleet.policy.edit(caller(), { kind: 'group', group: 'web' }, { rules, expectedVersion: 0 });
    expect((await again()).status).toBe('pending_approval');
  },
);

test('GR4: what policy denies no grant lets out', async () => {
  await grantOn(fleet, 'web-1');
  const rules = { ...defaultPolicy, defaults: { ...defaultPolicy.defaults, high: 'deny' as const } };
  await fleet.policy.edit(caller(), { kind: 'account' }, { rules, expectedVersion: 1 });
  expect((await again()).status).toBe('denied');
});

const set = (table: 'operator_tokens' | 'members', change: object) =>
  fleet.database.write((tx) => tx.sql.updateTable(table).set(change).execute());
test.each<[string, () => Promise<unknown>]>([
  ['its token is revoked', () => set('operator_tokens', { revoked_at: 1 })],
  ['its token has expired', () => set('operator_tokens', { expires_at: 1 })],
  ['its member is suspended', () => set('members', { suspended_at: 1 })],
  ['its member is gone', () => set('members', { removed_at: 1 })],
])('GR5: a grant is inert when %s', async (_what, change) => {
  await grantOn(fleet, 'web-1');
  await change();
  expect(await grantsOf()).toMatchObject([{ state: 'inert', inert_because: 'token_ended' }]);
  expect((await again()).status).toBe('pending_approval');
  expect(await fleet.grants.list(SCOPE, { state: 'active', limit: 9 })).toMatchObject({ total: 0 });
  expect(await fleet.grants.list(SCOPE, { state: 'inert', limit: 9 })).toMatchObject({ total: 1 });
});

test('GR5: a cap of 0 revokes every grant, each in the trail, and none is made from then on', async () => {
  await grantOn(fleet, 'web-1');
  await grantOn(fleet, 'web-2');
  expect(await fleet.grants.setCap(caller(), 0)).toEqual({ max_seconds: 0, revoked: 2 });
  expect(await grantsOf()).toMatchObject([{ state: 'revoked' }, { state: 'revoked', revoked_by: 'Ada' }]);
  const events = await fleet.events();
  expect(events.filter((event) => event === 'approval.grant_revoked')).toHaveLength(2);
  expect(events).toContain('account.max_grant_lifetime_set');
  await expect(grantOn(fleet, 'web-3')).rejects.toMatchObject({ code: 'grant_exceeds_account_max_lifetime' });
});

test('GR5: a cap of 0 holds also for a grant that nobody has revoked yet', async () => {
  await grantOn(fleet, 'web-1');
  await fleet.database.write((tx) =>
    tx.sql.updateTable('accounts').set({ max_grant_lifetime_seconds: 0 }).execute(),
  );
  expect(await grantsOf()).toMatchObject([{ state: 'inert', inert_because: 'grants_off' }]);
  expect((await again()).status).toBe('pending_approval');
});

test('a cap hides what is longer and takes what is as long; what was made before stays', async () => {
  const before = await grantOn(fleet, 'web-1', { duration: '90d' });
  await fleet.grants.setCap(caller(), 86_400);
  expect(await fleet.grants.cap(SCOPE.accountId)).toEqual({ max_seconds: 86_400 });
  await expect(grantOn(fleet, 'web-2', { duration: '30d' })).rejects.toMatchObject({
    code: 'grant_exceeds_account_max_lifetime',
  });
  await grantOn(fleet, 'web-3', { duration: '1d' });
  expect((await grantsOf()).find(({ id }) => id === before.id)).toMatchObject({ state: 'active' });
});

test('a run whose token has ended gets no grant with its approval', async () => {
  await set('operator_tokens', { revoked_at: 1 });
  await expect(grantOn(fleet, 'web-1')).rejects.toMatchObject({ code: 'grant_token_ended' });
});

const ofRunners = (...ids: string[]): Reach => ({
  runners: { groups: new Set(), runners: new Set(ids) },
  packs: 'all',
});
test('nobody grants for any runner who does not reach every one', async () => {
  const wish = { scope: { args: 'exact' as const, runner: 'any' as const } };
  const reach = ofRunners('rnr_web-1');
  await expect(grantOn(fleet, 'web-1', wish, undefined, 'bob', reach)).rejects.toMatchObject({
    code: 'unrestricted_access_required',
  });
});

test('out of reach a grant is absent: not listed, not counted, not revoked, one by one or all at once', async () => {
  const { id } = await grantOn(fleet, 'web-1');
  await grantOn(fleet, 'web-2');
  for (const reach of [
    ofRunners('rnr_web-2'),
    { runners: 'all' as const, packs: new Set(['other']) },
    { runners: 'none' as const, packs: 'all' as const },
  ]) {
    const seen = await fleet.grants.list({ ...SCOPE, reach }, { limit: 9 });
    expect(seen.items.map((grant) => grant.id)).not.toContain(id);
    expect(seen.total).toBe(seen.items.length);
    await expect(fleet.grants.revoke({ ...caller(), reach }, id)).rejects.toMatchObject({
      code: 'not_found',
    });
    await fleet.grants.revokeAll({ ...caller(), reach }, false);
  }
  const states = new Map((await grantsOf()).map((grant) => [grant.id === id, grant.state]));
  expect(states).toEqual(
    new Map([
      [true, 'active'],
      [false, 'revoked'],
    ]),
  );
});

test('a grant is revoked once; all at once says beforehand which, and ends those that have not ended', async () => {
  const { id } = await grantOn(fleet, 'web-1');
  await grantOn(fleet, 'web-2');
  expect(await fleet.grants.revoke(caller(), id)).toMatchObject({ state: 'revoked', revoked_by: 'Ada' });
  await fleet.grants.revoke(caller(), id);
  expect((await again()).status).toBe('pending_approval');
  expect(await fleet.grants.revokeAll(caller(), true)).toMatchObject([
    { runner_name: 'web-2', state: 'active' },
  ]);
  expect(await fleet.grants.revokeAll(caller(), false)).toMatchObject([{ state: 'revoked' }]);
  const events = await fleet.events();
  expect(events.filter((event) => event === 'approval.grant_revoked')).toHaveLength(2);
});

test('grants come newest first, a page at a time', async () => {
  for (const name of ['web-1', 'web-2', 'web-3']) {
    await grantOn(fleet, name);
    await fleet.clock.leap(1000);
  }
  const first = await fleet.grants.list(SCOPE, { limit: 2 });
  expect(first).toMatchObject({ items: [{ runner_name: 'web-3' }, { runner_name: 'web-2' }], total: 3 });
  const rest = await fleet.grants.list(SCOPE, { limit: 2, cursor: first.next_cursor ?? '' });
  expect(rest).toMatchObject({ items: [{ runner_name: 'web-1' }], next_cursor: null });
});
