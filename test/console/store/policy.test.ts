// Rules as rows: what a key does to a draft, and what a draft would change.
import { expect, test } from 'vitest';
import { defaultPolicy, PolicyRules, type PolicyRules as Rules } from '../../../src/protocol/policy.ts';
import {
  actionChanges,
  appliesTo,
  movedOverride,
  policyRows,
  ruleChanges,
  runChanges,
  stepped,
  withOverride,
  withoutOverride,
} from '../../../src/console/store/policy.ts';
import { AT, run } from '../support/rows.ts';

const restart = { name: 'no restarts', action: 'linux.*_restart', decision: 'deny' } as const;
const logs = { name: 'logs', action: 'linux.*_log', decision: 'allow' } as const;
const rowOf = (rules: Rules, id: string) => {
  const row = policyRows(rules).find((one) => one.id === id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  return row;
};

test('no way of pressing keys makes rules that the server would not take', () => {
  let rules: Rules = { ...defaultPolicy, overrides: [restart, logs] };
  for (let press = 0; press < 400; press += 1) {
    const rows = policyRows(rules);
    const row = rows[(press * 7) % rows.length];
    if (row !== undefined) rules = stepped(rules, row, press % 3 === 0 ? -1 : 1);
    expect(PolicyRules.safeParse(rules).success).toBe(true);
  }
});

test('a stricter risk takes the higher ones with it; a laxer one than the risk below is no choice', () => {
  const denied = stepped(
    stepped(defaultPolicy, rowOf(defaultPolicy, 'default low'), 1),
    { id: 'x', kind: 'default', risk: 'low', decision: 'require_approval' },
    1,
  );
  expect(denied.defaults).toEqual({ low: 'deny', medium: 'deny', high: 'deny', critical: 'deny' });
  expect(stepped(denied, rowOf(denied, 'default high'), 1)).toEqual(denied);
});

test.each([
  [
    'a default',
    stepped(defaultPolicy, rowOf(defaultPolicy, 'default high'), 1),
    ['high risk: asks → denied'],
  ],
  ['a new rule', withOverride(defaultPolicy, null, restart), ['+ linux.*_restart denied (no restarts)']],
  ['people', stepped(defaultPolicy, rowOf(defaultPolicy, 'people'), 1), ['people who approve: 1 → 2']],
  ['who asked', stepped(defaultPolicy, rowOf(defaultPolicy, 'self'), 1), ['who asks may not approve']],
  ['nothing', defaultPolicy, []],
])('what changes is said in words: %s', (_what, rules, said) => {
  expect(ruleChanges(defaultPolicy, rules)).toEqual(said);
});

test('rules change places and go; the order alone is a change', () => {
  const two = { ...defaultPolicy, overrides: [restart, logs] };
  const moved = movedOverride(two, 1, -1);
  if (moved === null) throw new Error('it has somewhere to go');
  expect(moved.overrides).toEqual([logs, restart]);
  expect(ruleChanges(two, moved)).toEqual(['the order of the rules']);
  expect(movedOverride(two, 0, -1)).toBeNull();
  expect(withoutOverride(two, 0).overrides).toEqual([logs]);
});

test('actions and runs that would be decided otherwise, and no others', () => {
  const rules = withOverride(defaultPolicy, null, restart);
  const [risky, mild] = [
    run('run_1', { action_id: 'linux.systemctl_restart', risk: 'high' }),
    run('run_2', { action_id: 'linux.uptime', risk: 'low' }),
  ];
  const known = [risky, risky, mild].map((one) => ({ id: one.action_id, risk: one.risk }));
  expect(actionChanges(defaultPolicy, rules, known)).toEqual([
    { id: 'linux.systemctl_restart', risk: 'high', before: 'require_approval', after: 'deny' },
  ]);
  expect(runChanges(defaultPolicy, rules, [risky, mild]).map((change) => change.run.id)).toEqual(['run_1']);
  // Without readable rules everything is denied.
  expect(runChanges(null, defaultPolicy, [mild])).toMatchObject([{ before: 'deny', after: 'allow' }]);
});

test.each([
  ['account', null, { id: 'rnr_1', group: 'db' }, true],
  ['account', null, { id: 'rnr_1', group: 'web' }, false],
  ['account', null, { id: 'rnr_9', group: 'db' }, false],
  ['group', 'web', { id: 'rnr_1', group: 'web' }, true],
  ['group', 'web', { id: 'rnr_9', group: 'web' }, false],
  ['runner', 'rnr_9', { id: 'rnr_9', group: 'web' }, true],
] as const)('rules of %s %s decide on %o: %s', (kind, ref, runner, applies) => {
  const entry = (of: 'group' | 'runner', name: string) => ({
    scope: { kind: of, ref: name, name },
    version: 1,
    updated_at: AT,
  });
  const own = [entry('group', 'web'), entry('runner', 'rnr_9')];
  expect(appliesTo({ kind, ref, name: ref ?? 'account' }, own, runner)).toBe(applies);
});
