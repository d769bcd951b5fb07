// The rules on screen: read at a glance, changed as a draft, saved against the version that was looked at.
import { expect, test } from 'vitest';
import { listActions } from '../../../src/protocol/api/actions.ts';
import {
  deleteGroupPolicy,
  getGroupPolicy,
  getPolicy,
  putGroupPolicy,
  putPolicy,
  resolvePolicy,
  simulatePolicy,
  type PolicyDocument,
} from '../../../src/protocol/api/policy.ts';
import { countDecisions, defaultPolicy, type PolicyRules } from '../../../src/protocol/policy.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { policyDocument } from '../support/decision-rows.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { catalogueAction } from '../support/account-rows.ts';
import { AT, run, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const account = { kind: 'account', ref: null, name: 'account' } as const;
const web = { kind: 'group', ref: 'web', name: 'web' } as const;
const known = [
  { id: 'linux.uptime', risk: 'low' },
  { id: 'linux.restart', risk: 'high' },
] as const;

interface Served {
  rules: PolicyRules;
  version: number;
  web: PolicyRules | null;
}

function serve(plane: ControlPlane, role: Role = 'owner') {
  const served: Served = {
    rules: { ...defaultPolicy, overrides: [{ name: 'logs', action: '*_log', decision: 'allow' }] },
    version: 7,
    web: null,
  };
  const own = (): PolicyDocument => ({
    scope: account,
    version: served.version,
    rules: served.rules,
    updated_at: AT,
    updated_by: 'ada',
  });
  const ofWeb = (): PolicyDocument => ({
    scope: web,
    version: served.web === null ? 0 : 8,
    rules: served.web,
    updated_at: served.web === null ? null : AT,
    updated_by: null,
  });
  const { tell } = serveTopics(
    plane,
    {
      runners: [runner('rnr_1', { name: 'web-1', group: 'web' })],
      runs: [
        run('run_1', { action_id: 'linux.restart', risk: 'high', runner_name: 'web-1' }),
        run('run_2', { action_id: 'linux.uptime', risk: 'low' }),
      ],
    },
    role,
  );
  plane.answer(getPolicy, () => ({
    ...own(),
    scopes: served.web === null ? [] : [{ scope: web, version: 8, updated_at: AT }],
  }));
  plane.answer(putPolicy, ({ body }) => {
    const { rules, expected_version: expected } = body as { rules: PolicyRules; expected_version: number };
    if (expected !== served.version) throw new Problem('policy_moved', { status: 409 });
    served.rules = rules;
    served.version += 1;
    return own();
  });
  plane.answer(getGroupPolicy, ofWeb);
  plane.answer(putGroupPolicy, ({ body }) => {
    served.web = (body as { rules: PolicyRules }).rules;
    return ofWeb();
  });
  plane.answer(deleteGroupPolicy, () => {
    served.web = null;
    return { deleted: true as const, scope: web };
  });
  plane.answer(listActions, () => {
    const items = known.map(({ id, risk }) => catalogueAction(id, { risk }));
    return { items, next_cursor: null, total: items.length };
  });
  plane.answer(simulatePolicy, ({ body }) => ({
    known_actions: known.length,
    decisions: countDecisions((body as { rules: PolicyRules }).rules, known),
    warnings: [],
  }));
  return Object.assign(served, { tell });
}
const sent = (plane: ControlPlane, method: string) => plane.asked.filter((call) => call.method === method);

test('rules stand in the order in which they decide, with what they do to the actions there are', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  const frame = await screen.shows(/2 known actions +✓ 1 allowed +▲ 1 asks +✗ 0 denied/);
  expect(frame).toMatch(/7 Policy[^]*Policy › the account › version 7/);
  expect(frame).toMatch(
    /1 {2}\*_log +✓ allowed +logs[^]*low risk +✓ allowed[^]*high risk +▲ asks[^]*critical risk +✗ denied[^]*1 person/,
  );
});

test('a decision is changed as a draft; saving says what changes and sends the version that was seen', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*space next/);
  screen.type('jjj ');
  await screen.shows(/draft +high risk: asks → denied[^]*▲ 1 → 0 asks +✗ 0 → 1 denied/);
  expect(sent(plane, 'PUT')).toEqual([]);
  screen.type('a');
  await screen.shows(/w +Save these rules…/);
  screen.type('w');
  await screen.shows(
    /Save the rules of the account on 127[^]*replace version 7[^]*high risk: asks → denied[^]*▌ Cancel/,
  );
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/The rules of the account are at version 8/);
  await screen.shows(/Policy › the account › version 8/);
  expect(screen.frame()).not.toMatch(/draft/);
  expect(sent(plane, 'PUT')[0]?.body).toMatchObject({ expected_version: 7 });
  expect(served.rules.defaults.high).toBe('deny');
});

test('rules that moved meanwhile are not overwritten, and the draft stays', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*space next/);
  served.version = 9;
  screen.type('-');
  await screen.shows(/draft +- \*_log allowed \(logs\)/);
  screen.type('a');
  await screen.shows(/Save these rules…/);
  screen.type('w');
  await screen.shows(/▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/policy_moved/);
  screen.type(keys.escape);
  await screen.shows(/draft +- \*_log/);
  screen.type('u');
  await screen.shows(/▌? +1 {2}\*_log/);
  expect(screen.frame()).not.toMatch(/draft/);
});

test('a new rule is typed, moved and said before it is saved; a bad pattern is refused where it stands', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*n new rule/);
  screen.type('n');
  await screen.shows(/A new rule[^]*▌ action/);
  screen.type(`linux restart${keys.tab.repeat(3)}`);
  await screen.shows(/▌ +Put it in front/);
  screen.type(keys.enter);
  await screen.shows(/✗ is an action id in which/);
  screen.type(`\u0015linux.re*${keys.tab.repeat(3)}`);
  await screen.shows(/▌ +Put it in front/);
  screen.type(keys.enter);
  await screen.shows(/draft +\+ linux\.re\* asks \(linux\.re\*\)[^]*1 {2}linux\.re\*[^]*2 {2}\*_log/);
  screen.type('g>');
  await screen.shows(/1 {2}\*_log[^]*▌ +2 {2}linux\.re\*/);
});

test('what would change names actions and recent runs', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*space next/);
  screen.type('jjj ');
  await screen.shows(/draft/);
  screen.type('a');
  await screen.shows(/c +What would change/);
  screen.type('c');
  await screen.shows(
    /1 action of 2 that runners here have[^]*linux\.restart {2}▲ asks → ✗ denied[^]*1 run of the last 2 here[^]*linux\.restart on web-1/,
  );
});

test('a group gets rules of its own from a copy of the wider ones, and loses them again', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':policy group:web');
  await screen.shows(/group:web has no rules of its own[^]*n new rule/);
  screen.type('n');
  await screen.shows(/draft +rules of its own, where there were none[^]*\*_log/);
  screen.type('a');
  await screen.shows(/Save these rules…/);
  screen.type('w');
  await screen.shows(/They decide from now on for group web, in place of the/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/The rules of group web are at version 8/);
  expect(sent(plane, 'PUT')[0]?.body).toMatchObject({ expected_version: 0 });
  await screen.shows(/Policy › group web › version 8/);
  screen.type('a');
  await screen.shows(/x +Take these rules away…/);
  screen.type('x');
  await screen.shows(/Those of the account decide there again/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/group:web has no rules of its own/);
  expect(sent(plane, 'DELETE')[0]?.query).toEqual({ expected_version: '8' });
});

test('what holds for one action on one runner is asked of the server', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(resolvePolicy, ({ query }) => ({
    runner_id: 'rnr_1',
    runner_name: String(query['runner']),
    action_id: String(query['action']),
    risk: 'high' as const,
    decision: 'require_approval' as const,
    rule: 'defaults.high',
    scope: account,
    version: 7,
    min_approvals: 2,
    allow_self_approval: false,
  }));
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*a act/);
  screen.type('a');
  await screen.shows(/h +What holds…/);
  screen.type('h');
  await screen.shows(/▌ runner/);
  screen.type(`web-1${keys.tab}linux.restart${keys.tab}`);
  await screen.shows(/▌ +Ask/);
  screen.type(keys.enter);
  await screen.shows(
    /▲ asks {2}linux\.restart on web-1[^]*by defaults\.high of the account, version 7[^]*2 people, never who asks/,
  );
});

test('an edit of somebody else is shown at once, and a draft stays beside it', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/Policy › the account › version 7[^]*space next/);
  screen.type('jjj ');
  await screen.shows(/draft +high risk: asks → denied/);
  served.version = 8;
  served.rules = { ...served.rules, overrides: [] };
  await served.tell('policy', { type: 'policy.updated', policy: policyDocument(account, 8) });
  await screen.shows(/version 8[^]*draft +high risk: asks → denied[^]*\+ \*_log allowed/);
});

test('T6: a viewer reads the rules and changes none', async () => {
  await using plane = await startControlPlane();
  serve(plane, 'viewer');
  await using screen = openScreen(plane.url, ':policy');
  await screen.shows(/▌ +1 {2}\*_log[^]*a act/);
  screen.type(' ');
  await screen.shows(/space does nothing here/);
  screen.type('a');
  const frame = await screen.shows(/What holds…/);
  expect(frame).not.toMatch(/Save these rules/);
});
