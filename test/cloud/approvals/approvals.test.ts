import { afterEach, beforeEach, expect, test } from 'vitest';
import { noAccess, type Access } from '../../../src/protocol/access.ts';
import { APPROVAL_EXPIRES_AFTER_MS } from '../../../src/protocol/approval.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import { fullReach } from '../../../src/protocol/scope.ts';
import { ACCOUNT, caller, descriptor, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const SCOPE = { accountId: ACCOUNT, reach: fullReach };
const restart = descriptor('demo.restart', { risk: 'high' });
const person = (id: string) => ({
  ...caller('operator'),
  memberId: id,
  memberName: id,
  actor: { ...caller().actor, id, label: id },
});
const terms = (min_approvals: number, allow_self_approval = true) =>
  fleet.policy.edit(
    caller(),
    { kind: 'account' },
    {
      rules: { ...defaultPolicy, approval: { min_approvals, allow_self_approval } },
      expectedVersion: 1,
    },
  );

/** A run of high risk on `web-1` that waits, with its request. */
async function waiting() {
  const socket = await fleet.ready('web-1', [restart]);
  const { results } = await fleet.dispatch({ runners: ['web-1'], action_id: 'demo.restart' });
  const run = results[0]?.run;
  const { items } = await fleet.approvals.list(SCOPE, { limit: 10 });
  const [request] = items;
  if (!run || !request) throw new Error('nothing waits');
  return { socket, runId: run.id, id: request.id, operationId: request.operation_id };
}
const statusOf = async (runId: string) => (await fleet.runs.detail(SCOPE, runId))?.status;

test('AP5: what policy holds back waits with its request, says what it is bound to, and nothing is sent', async () => {
  const { socket, runId, id } = await waiting();
  expect(await statusOf(runId)).toBe('pending_approval');
  expect(socket.sent).toEqual([]);
  expect(await fleet.approvals.detail(SCOPE, id)).toMatchObject({
    status: 'pending',
    action_id: 'demo.restart',
    risk: 'high',
    runner_name: 'web-1',
    reason: 'to see',
    requested_by: 'Ada',
    min_approvals: 1,
    policy_rule: 'defaults.high',
    args: {},
    votes: [],
  });
  expect(await fleet.events()).toContain('action_run.pending_approval');
});

test('AP2: with enough people behind it the run goes out, once, and later votes are refused', async () => {
  await terms(2);
  const { socket, runId, id } = await waiting();
  expect(await fleet.approvals.approve(person('bob'), id, 'seen')).toMatchObject({
    status: 'pending',
    approvals_count: 1,
  });
  await fleet.approvals.approve(person('bob'), id, undefined);
  expect(await statusOf(runId)).toBe('pending_approval');
  expect(await fleet.approvals.approve(person('cy'), id, undefined)).toMatchObject({
    status: 'approved',
    decided_by: 'cy',
    votes: [{ member_name: 'bob', note: 'seen' }, { member_name: 'cy' }],
  });
  await fleet.runs.resume(socket);
  expect(await statusOf(runId)).toBe('sent');
  await expect(fleet.approvals.deny(person('di'), id, undefined)).rejects.toMatchObject({
    code: 'already_decided',
  });
  const events = (await fleet.events()).filter((event) => event.startsWith('approval.'));
  expect(events).toEqual(['approval.decision_recorded', 'approval.approved']);
});

test('AP2: of 100 people who approve at once exactly as many count as are needed, and the run goes out once', async () => {
  await terms(20);
  const { socket, runId, id } = await waiting();
  const votes = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => fleet.approvals.approve(person(`p${index}`), id, undefined)),
  );
  expect(votes.filter((vote) => vote.status === 'fulfilled')).toHaveLength(20);
  await fleet.runs.resume(socket);
  expect(new Set(socket.sent).size).toBe(1);
  expect(await statusOf(runId)).toBe('sent');
  const events = await fleet.events();
  expect(events.filter((event) => event === 'approval.approved')).toHaveLength(1);
  expect(events.filter((event) => event === 'approval.decision_recorded')).toHaveLength(19);
});

test('AP3: a denial cancels the run and says who and why', async () => {
  const { socket, runId, id } = await waiting();
  await fleet.approvals.deny(person('bob'), id, 'not on a Friday');
  expect(await fleet.runs.detail(SCOPE, runId)).toMatchObject({
    status: 'cancelled',
    cause: 'approval_denied',
    explanation: expect.stringContaining('bob denied the approval: not on a Friday'),
  });
  await fleet.runs.resume(socket);
  expect(socket.sent).toEqual([]);
});

test('AP1: a request is over after a day, at once for readers and by the sweep for its run', async () => {
  const { runId, id } = await waiting();
  await fleet.clock.leap(APPROVAL_EXPIRES_AFTER_MS - 1);
  expect(await fleet.approvals.detail(SCOPE, id)).toMatchObject({ status: 'pending' });
  await fleet.clock.leap(1);
  expect(await fleet.approvals.detail(SCOPE, id)).toMatchObject({ status: 'expired' });
  expect((await fleet.approvals.list(SCOPE, { status: 'expired', limit: 9 })).total).toBe(1);
  expect((await fleet.approvals.list(SCOPE, { status: 'pending', limit: 9 })).total).toBe(0);
  await expect(fleet.approvals.approve(person('bob'), id, undefined)).rejects.toMatchObject({
    code: 'expired',
  });
  fleet.approvals.start();
  await fleet.clock.advance(10_000);
  await fleet.approvals.stop();
  expect(await fleet.runs.detail(SCOPE, runId)).toMatchObject({
    status: 'cancelled',
    cause: 'approval_expired',
  });
  expect(await fleet.events()).toContain('approval.expired');
});

test('a run that is cancelled, or whose runner is deleted, takes its request with it', async () => {
  const { runId, id } = await waiting();
  await fleet.runs.cancel({ ...SCOPE, runId, reason: undefined, actor: caller().actor });
  expect(await fleet.approvals.detail(SCOPE, id)).toMatchObject({ status: 'cancelled' });
  await expect(fleet.approvals.approve(person('bob'), id, undefined)).rejects.toMatchObject({
    code: 'run_cancelled',
  });
  await fleet.dispatch({ runners: ['web-1'], action_id: 'demo.restart' });
  await fleet.database.write((tx) => fleet.runs.runnerDeleted(tx, 'rnr_web-1'));
  expect((await fleet.approvals.list(SCOPE, { status: 'cancelled', limit: 9 })).total).toBe(2);
});

test('AP4: who asked may not approve where policy forbids it', async () => {
  await terms(1, false);
  const { id } = await waiting();
  await expect(fleet.approvals.approve(caller(), id, undefined)).rejects.toMatchObject({
    code: 'self_approval_forbidden',
  });
  expect(await fleet.approvals.approve(person('bob'), id, undefined)).toMatchObject({ status: 'approved' });
});

test('a note that is too long is refused, one at the limit is kept', async () => {
  const { id } = await waiting();
  await expect(fleet.approvals.approve(person('bob'), id, 'x'.repeat(2001))).rejects.toMatchObject({
    code: 'decision_reason_too_long',
  });
  const { decision_note } = await fleet.approvals.approve(person('bob'), id, 'x'.repeat(2000));
  expect(decision_note).toHaveLength(2000);
});

const runner = (change: object) =>
  fleet.database.write((tx) => tx.sql.updateTable('runners').set(change).execute());
const member = (change: object) =>
  fleet.database.write((tx) => tx.sql.updateTable('members').set(change).execute());
const token = (scope: Access) =>
  fleet.database.write((tx) =>
    tx.sql
      .updateTable('operator_tokens')
      .set({ scope: JSON.stringify(scope) })
      .execute(),
  );
const none = JSON.stringify([]);

test.each<[string, string, () => Promise<unknown>]>([
  [
    'the host carries other bytes',
    'pack_untrusted',
    () => fleet.advertise('rnr_web-1', { hash: HASH_B, actions: [restart] }),
  ],
  [
    'the host lost the action',
    'action_not_found',
    () => fleet.advertise('rnr_web-1', { actions: [descriptor('demo.ping')] }),
  ],
  [
    'its contract changed',
    'action_contract_changed',
    () => fleet.advertise('rnr_web-1', { actions: [descriptor('demo.restart', { risk: 'critical' })] }),
  ],
  [
    'its program is gone',
    'action_unavailable',
    () =>
      fleet.advertise('rnr_web-1', {
        actions: [{ ...restart, primary_executable_available: false, missing_executable: 'systemctl' }],
      }),
  ],
  ['the runner is held', 'runner_held', () => runner({ held_at: 1 })],
  ['the runner is disabled', 'runner_disabled', () => runner({ disabled_at: 1 })],
  ['the runner is revoked', 'runner_revoked', () => runner({ revoked_at: 1 })],
  ['the runner takes only signed runs', 'runner_requires_attestation', () => runner({ signed_only: 1 })],
  ['who asked is a viewer by now', 'insufficient_privileges', () => member({ role: 'viewer' })],
  ['who asked is suspended', 'insufficient_privileges', () => member({ suspended_at: 1 })],
  ['who asked lost the runner', 'runner_out_of_scope', () => member({ runner_access: 'none' })],
  [
    'the token that asked does not reach the runner',
    'runner_out_of_scope',
    () => token({ ...noAccess, runner_access: 'restricted', runner_selectors: ['group:db'] }),
  ],
  [
    'who asked lost the pack',
    'pack_out_of_scope',
    () => member({ pack_access: 'restricted', pack_ids: none }),
  ],
])('C32: when %s the approval is refused as %s, and no vote is kept', async (_what, code, change) => {
  const { runId, id } = await waiting();
  await change();
  await expect(fleet.approvals.approve(person('bob'), id, undefined)).rejects.toMatchObject({ code });
  expect(await statusOf(runId)).toBe('pending_approval');
  expect(await fleet.approvals.detail(SCOPE, id)).toMatchObject({ status: 'pending', votes: [] });
});

test.each(['pack_hash', 'args_sha256', 'action_id'])(
  'C32: an approval does not release a run whose %s is not the one that was asked for',
  async (column) => {
    const { runId, id } = await waiting();
    await fleet.database.write((tx) =>
      tx.sql
        .updateTable('runs')
        .set({ [column]: 'other' })
        .execute(),
    );
    await expect(fleet.approvals.approve(person('bob'), id, undefined)).rejects.toMatchObject({
      code: 'action_contract_changed',
    });
    expect(await statusOf(runId)).toBe('pending_approval');
  },
);

test('an approval for a runner that is away queues the run, with a grace that starts at the approval', async () => {
  const { runId, id } = await waiting();
  await fleet.disconnect('rnr_web-1');
  await fleet.clock.leap(3_600_000);
  await fleet.approvals.approve(person('bob'), id, undefined);
  fleet.runs.start();
  await fleet.clock.advance(60_000);
  expect(await statusOf(runId)).toBe('pending');
  const socket = await fleet.connect('rnr_web-1');
  expect(socket.frames()).toMatchObject([{ type: 'run_action', action_id: 'demo.restart' }]);
});

test('one call decides every request of a dispatch that is in reach, each by itself', async () => {
  const { operationId: alone } = await waiting();
  await fleet.ready('web-2', [restart]);
  const { id } = await fleet.dispatch({ runners: ['web-1', 'web-2'], action_id: 'demo.restart' });
  await runner({ held_at: null });
  await fleet.database.write((tx) =>
    tx.sql.updateTable('runners').set({ held_at: 1 }).where('name', '=', 'web-2').execute(),
  );
  const results = await fleet.approvals.approveOperation(person('bob'), id, undefined);
  expect(
    results.map(({ runner_name, approval, refusal }) => [runner_name, approval?.status ?? refusal?.code]),
  ).toEqual([
    ['web-1', 'approved'],
    ['web-2', 'runner_held'],
  ]);
  const nowhere = { ...person('bob'), reach: { runners: 'none' as const, packs: 'all' as const } };
  await expect(fleet.approvals.approveOperation(nowhere, alone, undefined)).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('a request out of reach is absent and not counted', async () => {
  const { id } = await waiting();
  for (const reach of [
    { runners: 'none' as const, packs: 'all' as const },
    { runners: 'all' as const, packs: new Set(['other']) },
  ]) {
    const scoped = { ...person('bob'), reach };
    expect(await fleet.approvals.list(scoped, { limit: 9 })).toMatchObject({ items: [], total: 0 });
    await expect(fleet.approvals.detail(scoped, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(fleet.approvals.deny(scoped, id, undefined)).rejects.toMatchObject({ code: 'not_found' });
  }
});
