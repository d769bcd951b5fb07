// Standing grants on screen: what may be repeated unasked, ended one by one or all, made with an approval.
import { expect, test } from 'vitest';
import { approve, getApproval } from '../../../src/protocol/api/approvals.ts';
import { getGrantCap, putGrantCap, revokeAllGrants, revokeGrant } from '../../../src/protocol/api/grants.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { approval, grant } from '../support/decision-rows.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { AT, HASH_A } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const wide = grant('grt_2', {
  action_id: 'linux.tail_log',
  args: null,
  runner_id: null,
  runner_name: null,
  token_name: 'logs',
  max_uses: 20,
  uses_count: 3,
  expires_at: '2999-02-01T00:00:00.000Z',
});

function serve(plane: ControlPlane, capSeconds: number | null = 30 * 86_400, role: Role = 'owner') {
  const served = serveTopics(plane, { grants: [wide, grant('grt_1')], approvals: [approval('apr_1')] }, role);
  plane.answer(getGrantCap, () => ({ max_seconds: capSeconds }));
  plane.answer(revokeGrant, ({ params }) =>
    grant(String(params['id']), { state: 'revoked', revoked_at: AT }),
  );
  return served;
}
const posted = (plane: ControlPlane) => plane.asked.filter(({ method }) => method !== 'GET');

test('grants stand with what they cover and for whom; what is wide is marked', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':grants', { columns: 160 });
  const frame = await screen.shows(/Grants › at most 30d[^]*● stands/);
  expect(frame).toMatch(/● stands .*linux\.systemctl_restart +web-1 +unit=nginx +ci {2}mara +1 /);
  expect(frame).toMatch(/● stands .*linux\.tail_log +any runner +any arguments +logs {2}mara +3\/20/);
});

test('revoking takes a second key, and the marked ones go together; the row leaves with the event', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':grants');
  await screen.shows(/▌ +● stands[^]*a act/);
  screen.type('*a');
  await screen.shows(/x +Revoke… +the 2 marked/);
  screen.type('x');
  await screen.shows(/Revoke 2 grants on 127[^]*asks people again[^]*▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/Revoked: 2 grants/);
  expect(posted(plane).map(({ path }) => path.split('/').at(-2))).toEqual(['grt_1', 'grt_2']);
  await served.tell('grants', {
    type: 'grant.revoked',
    grant: grant('grt_1', { state: 'revoked', revoked_at: AT, revoked_by: 'mara' }),
  });
  await screen.hides(/linux\.sys/);
});

test('revoking all says which there are and takes a phrase; turning them off does too', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(revokeAllGrants, ({ body }) => ({
    dry_run: (body as { dry_run?: boolean }).dry_run === true,
    grants: [grant('grt_1'), wide],
  }));
  plane.answer(putGrantCap, ({ body }) => ({ ...(body as { max_seconds: number | null }), revoked: 2 }));
  await using screen = openScreen(plane.url, ':grants');
  await screen.shows(/▌ +● stands[^]*a act/);
  screen.type('a');
  await screen.shows(/z +Revoke all…/);
  screen.type('z');
  await screen.shows(/Revoke 2 grants on[^]*linux\.tail_log[^]*Type +revoke all grants/);
  screen.pass(DEAF_MS);
  screen.type(keys.enter);
  screen.type(`revoke all grants${keys.enter}`);
  await screen.shows(/Revoked: 2 grants/);
  expect(posted(plane).map(({ body }) => body)).toEqual([{ dry_run: true }, {}]);
  screen.type('a');
  await screen.shows(/l +Longest grant… +at most 30d/);
  screen.type('l');
  await screen.shows(/n +no cap[^]*at most 1h[^]*o +off…/);
  screen.type('o');
  await screen.shows(/whoever[^]*Type +revoke all grants/);
  screen.pass(DEAF_MS);
  screen.type(`revoke all grants${keys.enter}`);
  await screen.shows(/Grants: off; 2 grants revoked/);
  expect(posted(plane).at(-1)?.body).toEqual({ max_seconds: 0 });
});

function serveApproval(plane: ControlPlane, capSeconds: number | null): void {
  serve(plane, capSeconds);
  const detail = {
    ...approval('apr_1', { min_approvals: 1, approvals_count: 0 }),
    args: { unit: 'nginx' },
    pack_hash: HASH_A,
    args_sha256: 'b'.repeat(64),
    policy_version: 3,
    policy_scope: 'account',
    policy_rule: 'defaults.high',
    votes: [],
  };
  plane.answer(getApproval, () => detail);
  plane.answer(approve, ({ body }) => {
    if ((body as { max_uses?: number }).max_uses === 3) throw new Problem('grant_token_ended');
    return { ...detail, status: 'approved' as const, grant: grant('grt_1', { max_uses: 5 }) };
  });
}

test('an approval leaves a grant of the length that the account allows, as narrow as was said', async () => {
  await using plane = await startControlPlane();
  serveApproval(plane, 86_400);
  await using screen = openScreen(plane.url, ':approval apr_1');
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/g +Approve, and let it repeat…/);
  screen.type('g');
  const frame = await screen.shows(/token ci[^]*▌ for +‹ 1h ›/);
  expect(frame).toMatch(/Approve and grant on 127\.0\.0\.1:\d+[^]*linux\.systemctl_restart on web-1/);
  // Within the cap there are two lengths alone.
  screen.type(keys.right);
  await screen.shows(/for +‹ 1d ›/);
  screen.type(`${keys.right}${keys.right}${keys.tab}${keys.tab}`);
  await screen.shows(/▌ runner +‹ this ›/);
  screen.type(`${keys.right}${keys.tab}3${keys.tab}${keys.tab}`);
  await screen.shows(/▌ +Approve and grant/);
  screen.type(keys.enter);
  await screen.shows(/grant_token_ended/);
  screen.type(`${keys.up}${keys.up}\u00155${keys.tab}${keys.tab}${keys.enter}`);
  await screen.shows(/Approved: linux\.systemctl_restart on web-1; ci may repeat it, 5 times in all/);
  expect(posted(plane).at(-1)?.body).toEqual({
    duration: '1d',
    scope: { args: 'exact', runner: 'any' },
    max_uses: 5,
  });
});

test('with grants off none is offered; where more votes are needed it is said', async () => {
  await using plane = await startControlPlane();
  serveApproval(plane, 0);
  await using screen = openScreen(plane.url, ':approval apr_1');
  await screen.shows(/a act/);
  screen.type('ag');
  await screen.shows(/Standing grants are off/);
  await using other = await startControlPlane();
  serve(other);
  other.answer(getApproval, () => {
    throw new Problem('not_found');
  });
  await using list = openScreen(other.url, ':approvals');
  await list.shows(/▌ +▲ pending[^]*a act/);
  list.type('a');
  await list.shows(/let it repeat… +(it needs 2 votes|a standing grant)/);
});

test('T6: an operator is told that grants are not theirs to manage', async () => {
  await using plane = await startControlPlane();
  serve(plane, null, 'operator');
  await using screen = openScreen(plane.url, ':grants');
  await screen.shows(/▌ +● stands/);
  expect(screen.frame()).not.toMatch(/a act/);
  screen.type('9');
  const frame = await screen.shows(/╭ More/);
  expect(frame).not.toMatch(/Grants +:grants/);
});
