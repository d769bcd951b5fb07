// What waits for people: evidence in the operator's words first, approving and denying behind the act menu.
import { expect, test } from 'vitest';
import {
  approve,
  deny,
  getApproval,
  listApprovals,
  type Approval,
  type ApprovalDetail,
} from '../../../src/protocol/api/approvals.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { Problem, startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { AT, HASH_A, run } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const LATER = '2999-01-01T00:00:00.000Z';

function approval(id: string, change: Partial<Approval> = {}): Approval {
  return {
    id,
    run_id: 'run_1',
    operation_id: 'op_1',
    status: 'pending',
    action_id: 'linux.systemctl_restart',
    risk: 'high',
    pack_id: 'linux-core',
    pack_version: '1.0.0',
    runner_id: 'rnr_1',
    runner_name: 'web-1',
    requested_by: 'mara',
    token_name: 'ci',
    requested_at: AT,
    reason: 'new config',
    min_approvals: 2,
    allow_self_approval: false,
    approvals_count: 1,
    expires_at: LATER,
    decided_at: null,
    decided_by: null,
    decision_note: null,
    ...change,
  };
}

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
  const served = serveTopics(plane, { runs: [run('run_1', { status: 'pending_approval' })] }, role);
  plane.answer(listApprovals, () => ({
    items: [approval('apr_old', { status: 'denied', runner_name: 'db-1' }), approval('apr_1')],
    next_cursor: null,
    total: 2,
  }));
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

test('a run that begins or stops to wait makes the list be read anew; a viewer decides nothing', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane, 'viewer');
  await using screen = openScreen(plane.url, ':approvals');
  const frame = await screen.shows(/▲ pending/);
  expect(frame).not.toContain('a act');
  const asked = () => plane.asked.filter(({ path }) => path.endsWith('/approvals')).length;
  const before = asked();
  plane.answer(listApprovals, () => ({ items: [], next_cursor: null, total: 0 }));
  await served.tell('runs', { type: 'run.updated', run: run('run_1', { status: 'pending' }) });
  await screen.shows(/Nothing waits for approval/);
  expect(asked()).toBeGreaterThan(before);
});
