// What waits for people: evidence in the operator's words first, approving and denying behind the act menu.
import { expect, test } from 'vitest';
import { approve, deny, getApproval, type ApprovalDetail } from '../../../src/protocol/api/approvals.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { approvalsWaiting } from '../../../src/console/store/approvals.ts';
import { reduce } from '../../../src/console/store/reduce.ts';
import { initialState } from '../../../src/console/store/state.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { approval, quietBadges } from '../support/decision-rows.ts';
import { AT, HASH_A } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

function detail(id: string, change: Partial<ApprovalDetail> = {}): ApprovalDetail {
  return {
    ...approval(id),
    args: { unit: 'nginx' },
    pack_hash: HASH_A,
    args_sha256: 'b'.repeat(64),
    policy_version: 3,
    policy_scope: 'group:web',
    policy_rule: 'defaults.high',
    votes: [{ member_name: 'ada', vote: 'approve', note: 'looked at it', at: AT }],
    ...change,
  };
}

function serve(plane: ControlPlane, role: Role = 'owner') {
  const approvals = [approval('apr_old', { status: 'denied', runner_name: 'db-1' }), approval('apr_1')];
  const served = serveTopics(plane, { approvals }, role);
  plane.answer(getApproval, () => detail('apr_1'));
  return served;
}

test('what waits stands first; Enter shows why, what, on what, and who said what, hashes last', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':approvals');
  await screen.shows(/▌ +▲ pending +! high +linux\.systemctl_r\S* +web-1[^]*✗ denied[^]*db-1/);
  screen.type(keys.enter);
  const frame = await screen.shows(/Approvals › linux\.systemctl_restart on web-1/);
  expect(frame).toMatch(
    /why +“new config” {2}by mara[^]*will run +linux\.systemctl_restart[^]*on +web-1[^]*args +unit=nginx[^]*whoever asked cannot approve it[^]*1 of 2 approve[^]*✓ approves +ada {2}“looked at it”[^]*sha256:a{20}/,
  );
});

test('approving says what follows and takes a second key; the tally is told', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(approve, () => ({
    ...detail('apr_1', { status: 'approved', approvals_count: 2 }),
    grant: null,
  }));
  await using screen = openScreen(plane.url, ':approval apr_1');
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/d +Deny…[^]*p +Approve…/);
  screen.type('p');
  await screen.shows(/It goes to the host as soon as you approve[^]*▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/Approved: linux\.systemctl_restart on web-1/);
});

test('denying asks why and sends it; a refusal leaves what was typed', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(deny, () => {
    throw new Problem('already_decided');
  });
  await using screen = openScreen(plane.url, ':approval apr_1');
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/Deny…/);
  screen.type('d');
  await screen.shows(/never reaches the host/);
  screen.type(`not during the day${keys.enter}`);
  await screen.shows(/already_decided[^]*/);
  expect(screen.frame()).toContain('not during the day');
  expect(plane.asked.filter(({ method }) => method === 'POST').map(({ body }) => body)).toEqual([
    { note: 'not during the day' },
  ]);
});

test('a vote or an end elsewhere is seen at once, nothing is read anew; a viewer decides nothing', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane, 'viewer');
  await using screen = openScreen(plane.url, ':approvals', { columns: 140 });
  const frame = await screen.shows(/▲ pending[^]*1 of 2/);
  expect(frame).not.toContain('a act');
  const voted = approval('apr_1', { approvals_count: 2, min_approvals: 3 });
  await served.tell('approvals', { type: 'approval.voted', approval: voted });
  await screen.shows(/▲ pending[^]*2 of 3/);
  const denied = approval('apr_1', { status: 'denied' });
  await served.tell('approvals', { type: 'approval.denied', approval: denied });
  await screen.shows(/✗ denied[^]*✗ denied/);
  expect(plane.asked.filter(({ path }) => path.endsWith('/approvals'))).toEqual([]);
});

test('an open request shows the vote of somebody else as soon as it is cast', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':approval apr_1');
  await screen.shows(/1 of 2 approve/);
  plane.answer(getApproval, () => detail('apr_1', { status: 'approved', approvals_count: 2 }));
  const approved = approval('apr_1', { status: 'approved', approvals_count: 2 });
  await served.tell('approvals', { type: 'approval.approved', approval: approved });
  await screen.shows(/2 of 2 approve/);
});

test('what waits stands beside its tab and in the title of the window, and leaves with the last decision', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  const titles: string[] = [];
  const setTitle = (text: string) => void titles.push(text);
  await using screen = openScreen(plane.url, ':audit', { setTitle });
  await screen.shows(/4 Approvals ▲1/);
  expect(titles.at(-1)).toContain('▲1');
  const denied = approval('apr_1', { status: 'denied' });
  await served.tell('approvals', { type: 'approval.denied', approval: denied });
  await screen.hides(/▲/);
  expect(titles.at(-1)).not.toContain('▲');
});

test('before the requests are known the count of the server stands beside the tab', () => {
  const badges = { ...quietBadges, pending_approvals: 3 };
  const told = { type: 'event', id: 1, seq: 1, cursor: 'c', at: AT } as const;
  const state = reduce(initialState(0), 'badges', { ...told, event: { type: 'badges.updated', badges } });
  expect(approvalsWaiting(state)).toBe(3);
});
