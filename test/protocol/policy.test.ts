import { expect, test } from 'vitest';
import {
  countDecisions,
  decidePolicy,
  defaultPolicy,
  mostSpecific,
  PolicyRules,
  readPolicy,
  warnOfOverrides,
  type PolicyDecision,
  type PolicyOverride,
} from '../../src/protocol/policy.ts';

const withOverrides = (...overrides: PolicyOverride[]): PolicyRules => ({ ...defaultPolicy, overrides });
const over = (name: string, action: string, decision: PolicyDecision) => ({ name, action, decision });

test.each([
  ['low', 'allow'],
  ['medium', 'allow'],
  ['high', 'require_approval'],
  ['critical', 'deny'],
] as const)('PO1: a new account meets an action of %s risk with %s', (risk, decision) => {
  const verdict = decidePolicy(defaultPolicy, { id: 'demo.x', risk });
  expect(verdict).toEqual({
    decision,
    rule: `defaults.${risk}`,
    approval: { min_approvals: 1, allow_self_approval: true },
  });
});

test('PO2: the first override that fits decides, whatever its strictness and whatever comes after', () => {
  const rules = withOverrides(
    over('logs', 'linux.tail_*', 'allow'),
    over('linux', 'linux.*', 'deny'),
    over('all', '*', 'require_approval'),
  );
  const decide = (id: string) => decidePolicy(rules, { id, risk: 'critical' });
  expect(decide('linux.tail_log')).toMatchObject({ decision: 'allow', rule: 'logs' });
  expect(decide('linux.uptime')).toMatchObject({ decision: 'deny', rule: 'linux' });
  expect(decide('docker.ps')).toMatchObject({ decision: 'require_approval', rule: 'all' });
});

test.each([
  ['nothing at all', null],
  ['no JSON', '{'],
  ['JSON of another kind', '[]'],
  [
    'a risk that is missing',
    '{"defaults":{"low":"allow"},"overrides":[],"approval":{"min_approvals":1,"allow_self_approval":true}}',
  ],
  ['an unknown key', JSON.stringify({ ...defaultPolicy, extra: 1 })],
  ['an unknown decision', JSON.stringify(withOverrides(over('x', '*', 'maybe' as PolicyDecision)))],
  [
    'a higher risk treated more laxly',
    JSON.stringify({
      ...defaultPolicy,
      defaults: { low: 'deny', medium: 'allow', high: 'deny', critical: 'deny' },
    }),
  ],
  [
    'no approver',
    JSON.stringify({ ...defaultPolicy, approval: { min_approvals: 0, allow_self_approval: true } }),
  ],
])('PO3: rules that are %s deny everything', (_what, text) => {
  const rules = readPolicy(text);
  expect(rules).toBeNull();
  expect(decidePolicy(rules, { id: 'demo.x', risk: 'low' })).toMatchObject({
    decision: 'deny',
    rule: 'missing',
  });
});

test.each([
  [['allow', 'allow', 'allow', 'allow'], true],
  [['allow', 'allow', 'require_approval', 'deny'], true],
  [['deny', 'deny', 'deny', 'deny'], true],
  [['require_approval', 'allow', 'deny', 'deny'], false],
  [['allow', 'deny', 'require_approval', 'deny'], false],
  [['allow', 'allow', 'deny', 'require_approval'], false],
] as const)('PO4: defaults %j are monotone: %s', ([low, medium, high, critical], ok) => {
  expect(PolicyRules.safeParse({ ...defaultPolicy, defaults: { low, medium, high, critical } }).success).toBe(
    ok,
  );
});

test.each([
  ['linux.*', true],
  ['*', true],
  ['linux.(a|b)', false],
  ['linux. *', false],
  ['^linux', false],
])('a pattern %s is taken: %s', (action, ok) => {
  expect(PolicyRules.safeParse(withOverrides(over('x', action, 'deny'))).success).toBe(ok);
});

test('PO5: the most specific scope decides alone, wherever it stands in the list', () => {
  const [account, group, runner] = (['account', 'group', 'runner'] as const).map((kind) => ({ kind }));
  expect(mostSpecific([account, group, runner].flatMap((one) => one ?? []))).toBe(runner);
  expect(mostSpecific([group, account].flatMap((one) => one ?? []))).toBe(group);
  expect(mostSpecific([account].flatMap((one) => one ?? []))).toBe(account);
  expect(mostSpecific([])).toBeNull();
});

test('a simulation counts what each decision covers, with three examples at most', () => {
  const known = ['a', 'b', 'c', 'd'].map((name) => ({ id: `demo.${name}`, risk: 'low' as const }));
  const counts = countDecisions(withOverrides(over('a', 'demo.a', 'deny')), known.toReversed());
  expect(counts).toEqual([
    { decision: 'allow', count: 3, examples: ['demo.b', 'demo.c', 'demo.d'] },
    { decision: 'require_approval', count: 0, examples: [] },
    { decision: 'deny', count: 1, examples: ['demo.a'] },
  ]);
  expect(countDecisions(defaultPolicy, known)[0]).toMatchObject({
    count: 4,
    examples: ['demo.a', 'demo.b', 'demo.c'],
  });
});

test('warnings name overrides that never decide and those that fit nothing', () => {
  const known = [{ id: 'linux.uptime', risk: 'low' as const }];
  const rules = withOverrides(
    over('broad', 'linux.*', 'allow'),
    over('dead', 'linux.uptime', 'deny'),
    over('regex habit', 'linux.up.*', 'deny'),
    over('elsewhere', 'docker.*', 'deny'),
  );
  expect(warnOfOverrides(rules, known).map(({ override, kind, name }) => [override, kind, name])).toEqual([
    [1, 'shadowed', 'dead'],
    [2, 'shadowed', 'regex habit'],
    [3, 'matches_nothing', 'elsewhere'],
  ]);
  expect(warnOfOverrides(withOverrides(over('fits', 'linux.*', 'deny')), known)).toEqual([]);
});
