import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AccountPolicy, PolicyDocument } from '../../../src/protocol/api/policy.ts';
import { defaultPolicy, type PolicyRules } from '../../../src/protocol/policy.ts';
import { caller, descriptor, startFleet, type Fleet } from '../runs/fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const account = { kind: 'account' } as const;
const group = (name: string) => ({ kind: 'group', group: name }) as const;
const runner = (reference: string) => ({ kind: 'runner', runner: reference }) as const;
const denyAll: PolicyRules = {
  ...defaultPolicy,
  overrides: [{ name: 'nothing', action: '*', decision: 'deny' }],
};
const edit = (
  scope: Parameters<Fleet['policy']['edit']>[1],
  rules: PolicyRules,
  expectedVersion: number | null,
) => fleet.policy.edit(caller(), scope, { rules, expectedVersion });
const statuses = async (body: Parameters<Fleet['dispatch']>[0]) =>
  (await fleet.dispatch(body)).results.map(({ runner_name, run, refusal }) => [
    runner_name,
    refusal?.code ?? run?.status,
  ]);

test('PO1: an account begins with rules of its own at version 1', async () => {
  expect(await fleet.policy.account(caller())).toEqual({
    scope: { kind: 'account', ref: null, name: 'account' },
    version: 1,
    rules: defaultPolicy,
    updated_at: expect.any(String),
    updated_by: null,
    scopes: [],
  } satisfies AccountPolicy);
});

test('PO5: rules of a runner stand before those of its group, and those before the rules of the account', async () => {
  for (const name of ['web-1', 'web-2']) await fleet.ready(name);
  await fleet.addRunner('db-1', 'db');
  await fleet.advertise('rnr_db-1');
  const all = { runners: ['db-1', 'web-1', 'web-2'] };
  await edit(account, denyAll, 1);
  await edit(group('web'), defaultPolicy, 0);
  await edit(runner('web-2'), denyAll, 0);
  expect(await statuses(all)).toEqual([
    ['db-1', 'denied_by_policy'],
    ['web-1', 'sent'],
    ['web-2', 'denied_by_policy'],
  ]);
  await fleet.policy.remove(caller(), runner('web-2'), 4);
  expect(await statuses({ runners: ['web-2'] })).toEqual([['web-2', 'sent']]);
});

test('a run carries the edit that decided, whose rules they were and which of them it was', async () => {
  await fleet.ready('web-1');
  await edit(group('web'), denyAll, 0);
  const { results } = await fleet.dispatch({ runners: ['web-1'] });
  expect(results[0]?.refusal).toMatchObject({
    code: 'denied_by_policy',
    detail: expect.stringContaining('"nothing"'),
    fix: expect.stringContaining('policy resolve'),
  });
  await edit(group('web'), defaultPolicy, 2);
  expect(await fleet.runs.detail(caller(), results[0]?.run?.id ?? '')).toMatchObject({
    status: 'denied',
    policy_decision: 'deny',
    policy_version: 2,
    policy_scope: 'group:web',
    policy_rule: 'nothing',
  });
});

test('an edit takes effect only on the version that was looked at, and every edit of any scope raises the version', async () => {
  await expect(edit(account, denyAll, null)).rejects.toMatchObject({
    code: 'invalid_request',
    about: { field: 'expected_version' },
  });
  await expect(edit(account, denyAll, 0)).rejects.toMatchObject({ code: 'conflict', about: { version: 1 } });
  await expect(edit(account, denyAll, 2)).rejects.toMatchObject({ code: 'conflict' });
  expect(await edit(account, denyAll, 1)).toMatchObject({ version: 2, updated_by: 'Ada' });
  expect(await edit(group('web'), denyAll, 0)).toMatchObject({ version: 3 });
  await expect(edit(group('web'), denyAll, 0)).rejects.toMatchObject({ code: 'conflict' });
  await expect(fleet.policy.remove(caller(), group('web'), 2)).rejects.toMatchObject({ code: 'conflict' });
  await fleet.policy.remove(caller(), group('web'), 3);
  await expect(fleet.policy.remove(caller(), group('web'), 3)).rejects.toMatchObject({ code: 'not_found' });
  expect(await edit(account, defaultPolicy, 2)).toMatchObject({ version: 5 });
});

test('of many edits from one version one takes effect', async () => {
  const edits = await Promise.allSettled(Array.from({ length: 50 }, () => edit(account, denyAll, 1)));
  const done = edits.filter(
    (one): one is PromiseFulfilledResult<PolicyDocument> => one.status === 'fulfilled',
  );
  expect(done.map((one) => one.value.version)).toEqual([2]);
});

test('edits stand in the trail with the rules before and after; one that was refused leaves none', async () => {
  await edit(account, denyAll, 1);
  await edit(group('web'), denyAll, 0);
  await fleet.policy.remove(caller(), group('web'), 3);
  await expect(edit(account, denyAll, 1)).rejects.toMatchObject({ code: 'conflict' });
  expect(await fleet.events()).toEqual(['policy.updated', 'policy.updated', 'policy.scope_deleted']);
  const [first] = await fleet.database.read.selectFrom('audit_events').select('payload').execute();
  expect(JSON.parse(first?.payload ?? '')).toEqual({
    version: 2,
    previous_version: 1,
    rules: denyAll,
    previous_rules: defaultPolicy,
  });
});

test('PO3: rules that the store lost or cannot read deny everything', async () => {
  await fleet.ready('web-1');
  await fleet.database.write((tx) => tx.sql.updateTable('policies').set({ rules: '{}' }).execute());
  expect(await statuses({ runners: ['web-1'] })).toEqual([['web-1', 'denied_by_policy']]);
  expect(await fleet.policy.account(caller())).toMatchObject({ rules: null, version: 1 });
  await fleet.database.write((tx) => tx.sql.deleteFrom('policies').execute());
  expect(await statuses({ runners: ['web-1'] })).toEqual([['web-1', 'denied_by_policy']]);
});

test('a group or runner out of reach is absent, and rules that reach further than their author are refused', async () => {
  await fleet.addRunner('db-1', 'db');
  await edit(group('db'), denyAll, 0);
  await edit(runner('db-1'), denyAll, 0);
  const web = { runners: { groups: new Set(['web']), runners: new Set<string>() }, packs: 'all' as const };
  const scoped = { ...caller('admin'), reach: web };
  const change = { rules: denyAll, expectedVersion: 0 };
  await expect(fleet.policy.document(scoped, group('db'))).rejects.toMatchObject({ code: 'not_found' });
  await expect(fleet.policy.edit(scoped, runner('db-1'), change)).rejects.toMatchObject({
    code: 'runner_not_found',
  });
  await expect(fleet.policy.edit(scoped, account, change)).rejects.toMatchObject({
    code: 'insufficient_privileges',
  });
  expect((await fleet.policy.account(scoped)).scopes).toEqual([]);
  expect((await fleet.policy.account(caller())).scopes.map(({ scope }) => scope.name)).toEqual([
    'db',
    'db-1',
  ]);
  expect(await fleet.policy.edit(scoped, group('web'), change)).toMatchObject({ version: 4 });
  const onePack = { ...scoped, reach: { ...web, packs: new Set(['demo']) } };
  await expect(
    fleet.policy.edit(onePack, group('web'), { rules: denyAll, expectedVersion: 4 }),
  ).rejects.toMatchObject({ code: 'insufficient_privileges' });
});

test('a simulation speaks of the actions that runners in reach have, and stores nothing', async () => {
  await fleet.ready('web-1', [descriptor('demo.ping'), descriptor('demo.reboot', { risk: 'high' })]);
  const answer = await fleet.policy.simulate(caller(), {
    ...defaultPolicy,
    overrides: [{ name: 'old habit', action: 'demo.p.ng', decision: 'deny' }],
  });
  expect(answer).toMatchObject({
    known_actions: 2,
    decisions: [
      { decision: 'allow', count: 1, examples: ['demo.ping'] },
      { decision: 'require_approval', count: 1, examples: ['demo.reboot'] },
      { decision: 'deny', count: 0 },
    ],
    warnings: [{ kind: 'matches_nothing', name: 'old habit' }],
  });
  const nowhere = { ...caller(), reach: { runners: 'none' as const, packs: 'all' as const } };
  expect(await fleet.policy.simulate(nowhere, defaultPolicy)).toMatchObject({ known_actions: 0 });
  expect(await fleet.policy.account(caller())).toMatchObject({ version: 1, rules: defaultPolicy });
});

test('a resolution says decision, rule and scope for one action on one runner', async () => {
  await fleet.ready('web-1', [descriptor('demo.reboot', { risk: 'high' })]);
  await edit(
    group('web'),
    { ...defaultPolicy, approval: { min_approvals: 2, allow_self_approval: false } },
    0,
  );
  const asked = { runner: 'web-1', action: 'demo.reboot' };
  expect(await fleet.policy.resolve(caller(), asked)).toMatchObject({
    risk: 'high',
    decision: 'require_approval',
    rule: 'defaults.high',
    scope: { kind: 'group', ref: 'web', name: 'web' },
    version: 2,
    min_approvals: 2,
    allow_self_approval: false,
  });
  await expect(fleet.policy.resolve(caller(), { ...asked, runner: 'nobody' })).rejects.toMatchObject({
    code: 'runner_not_found',
  });
  await expect(fleet.policy.resolve(caller(), { ...asked, action: 'demo.none' })).rejects.toMatchObject({
    code: 'action_not_found',
  });
});

test('a dispatch on many runners reads the policy once', async () => {
  for (let index = 0; index < 12; index += 1) await fleet.addRunner(`web-${index}`);
  for (let index = 0; index < 12; index += 1) await fleet.advertise(`rnr_web-${index}`);
  let reads = 0;
  const { read } = fleet.policy;
  fleet.policy.read = (...asked) => {
    reads += 1;
    return read(...asked);
  };
  const { results } = await fleet.dispatch({ group: 'web' });
  expect([results.length, reads]).toEqual([12, 1]);
});
