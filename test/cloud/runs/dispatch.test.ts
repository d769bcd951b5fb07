import { afterEach, beforeEach, expect, test } from 'vitest';
import { ACCOUNT, SCOPE, caller, descriptor, HASH_B, startFleet, type Fleet } from './fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const codes = (operation: Awaited<ReturnType<Fleet['dispatch']>>) =>
  operation.results.map((result) => result.refusal?.code ?? result.run?.status);

test('a request without a target, an action or a reason is refused before anything is looked at', async () => {
  await expect(fleet.dispatch({ runners: [] })).rejects.toMatchObject({ code: 'runner_required' });
  await expect(fleet.dispatch({ runners: ['web-1'], action_id: '' })).rejects.toMatchObject({
    code: 'action_required',
  });
  await expect(fleet.dispatch({ runners: ['web-1'], reason: '  ' })).rejects.toMatchObject({
    code: 'reason_required',
  });
  await expect(fleet.dispatch({ group: 'nobody' })).rejects.toMatchObject({ code: 'runner_not_found' });
  expect(await fleet.events()).toEqual([]);
});

test('each runner of a dispatch gets its own run or its own refusal', async () => {
  await fleet.ready('ok');
  for (const name of ['disabled', 'revoked', 'signed', 'bare']) await fleet.addRunner(name);
  const set = (name: string, change: object) =>
    fleet.database.write((tx) =>
      tx.sql.updateTable('runners').set(change).where('name', '=', name).execute(),
    );
  await set('disabled', { disabled_at: 1 });
  await set('revoked', { revoked_at: 1 });
  await set('signed', { signed_only: 1 });
  const operation = await fleet.dispatch({
    runners: ['ok', 'disabled', 'revoked', 'signed', 'bare', 'nobody'],
  });
  expect(
    Object.fromEntries(
      operation.results.map((result, index) => [result.runner_name, codes(operation)[index]]),
    ),
  ).toEqual({
    ok: 'sent',
    disabled: 'runner_disabled',
    revoked: 'runner_revoked',
    signed: 'runner_requires_attestation',
    bare: 'action_not_found',
    nobody: 'runner_not_found',
  });
  expect(await fleet.events()).toContain('dispatch_blocked_requires_attestation');
});

test('TR1: an action of bytes that nobody trusts is refused and the refusal is audited', async () => {
  const id = await fleet.addRunner('web-1');
  await fleet.advertise(id);
  expect(codes(await fleet.dispatch({ runners: ['web-1'] }))).toEqual(['pack_untrusted']);
  expect(await fleet.events()).toContain('dispatch_blocked_pack_untrusted');
});

test('an action that differs from the trusted contract, or lacks its program, is refused', async () => {
  await fleet.ready('web-1');
  await fleet.advertise('rnr_web-1', { actions: [descriptor('demo.ping', { risk: 'medium' })] });
  expect(codes(await fleet.dispatch({ runners: ['web-1'] }))).toEqual(['action_contract_changed']);
  const absent = descriptor('demo.ping', { primary_executable_available: false, missing_executable: 'pong' });
  await fleet.advertise('rnr_web-1', { actions: [absent] });
  const operation = await fleet.dispatch({ runners: ['web-1'] });
  expect(operation.results[0]?.refusal).toMatchObject({
    code: 'action_unavailable',
    detail: expect.stringContaining('pong'),
  });
});

test('PO1: low and medium go out, high waits for an approval, critical is kept as a denied run', async () => {
  const actions = (['low', 'medium', 'high', 'critical'] as const).map((risk) =>
    descriptor(`demo.${risk}`, { risk }),
  );
  await fleet.ready('web-1', actions);
  for (const [risk, code] of [
    ['low', 'sent'],
    ['medium', 'sent'],
    ['high', 'pending_approval'],
    ['critical', 'denied_by_policy'],
  ]) {
    expect(codes(await fleet.dispatch({ runners: ['web-1'], action_id: `demo.${risk}` }))).toEqual([code]);
  }
  const { items } = await fleet.runs.list(SCOPE, { limit: 10, status: 'denied' });
  expect(items).toMatchObject([{ action_id: 'demo.critical', status: 'denied' }]);
  expect(await fleet.runs.detail(SCOPE, items[0]?.id ?? '')).toMatchObject({
    cause: 'denied_by_policy',
    policy_decision: 'deny',
  });
  expect(await fleet.events()).toContain('action_run.denied');
});

test('arguments are checked against the trusted contract, where a path leads is left to the host', async () => {
  const args = [
    { name: 'path', type: 'path' as const, required: true, validation: { allowed_prefixes: ['/var/log'] } },
    { name: 'lines', type: 'integer' as const, required: false, validation: { max: 100 } },
  ];
  await fleet.ready('web-1', [descriptor('demo.ping', { args })]);
  expect(codes(await fleet.dispatch({ runners: ['web-1'] }, '{"path":"/etc/shadow"}'))).toEqual(['sent']);
  const refused = await fleet.dispatch({ runners: ['web-1'] }, '{"path":"/var/log/x","lines":101}');
  expect(refused.results[0]?.refusal).toMatchObject({
    code: 'invalid_arguments',
    detail: expect.stringContaining('lines'),
  });
  expect(codes(await fleet.dispatch({ runners: ['web-1'] }, '{"path":"/x","other":1}'))).toEqual([
    'invalid_arguments',
  ]);
  await expect(fleet.dispatch({ runners: ['web-1'] }, '{"path":"/x","path":"/y"}')).rejects.toMatchObject({
    code: 'invalid_request',
  });
});

test('sensitive arguments travel, and are masked wherever they are shown', async () => {
  const args = [{ name: 'password', type: 'string' as const, required: true, sensitive: true }];
  const socket = await fleet.ready('web-1', [descriptor('demo.ping', { args })]);
  const { results } = await fleet.dispatch({ runners: ['web-1'] }, '{"password":"hunter2"}');
  expect(socket.sent[0]).toContain('hunter2');
  const detail = await fleet.runs.detail(SCOPE, results[0]?.run?.id ?? '');
  expect(detail?.args).toEqual({ password: '[REDACTED]' });
  const audit = await fleet.database.read.selectFrom('audit_events').selectAll().execute();
  expect(JSON.stringify(audit)).not.toContain('hunter2');
});

test('arguments beyond 32 KiB are refused, at the limit they go', async () => {
  const args = [{ name: 'text', type: 'string' as const, required: true }];
  await fleet.ready('web-1', [descriptor('demo.ping', { args })]);
  const text = (bytes: number) => `{"text":"${'x'.repeat(bytes - '{"text":""}'.length)}"}`;
  expect(codes(await fleet.dispatch({ runners: ['web-1'] }, text(32_768)))).toEqual(['sent']);
  await expect(fleet.dispatch({ runners: ['web-1'] }, text(32_769))).rejects.toMatchObject({
    code: 'invalid_arguments',
  });
});

test('a dry run answers what would happen and makes nothing', async () => {
  const socket = await fleet.ready('web-1');
  const before = await fleet.events();
  const operation = await fleet.dispatch({ runners: ['web-1', 'nobody'], dry_run: true });
  expect(operation.results).toMatchObject([
    { run: null, refusal: null },
    { refusal: { code: 'runner_not_found' } },
  ]);
  expect(socket.sent).toEqual([]);
  expect(await fleet.events()).toEqual(before);
});

test('TR5: trust that moved while a run was queued ends it as refused at the hand-over', async () => {
  await fleet.ready('web-1');
  const id = await fleet.addRunner('web-2');
  await fleet.advertise(id);
  const { results } = await fleet.dispatch({ runners: ['web-2'] });
  expect(results[0]?.run?.status).toBe('pending');
  await fleet.advertise(id, { hash: HASH_B });
  const socket = await fleet.connect(id);
  expect(socket.sent).toEqual([]);
  const detail = await fleet.runs.detail(SCOPE, results[0]?.run?.id ?? '');
  expect(detail).toMatchObject({ status: 'refused', cause: 'trust_moved' });
});

test('a group is dispatched to all of its runners, offline ones are queued', async () => {
  await fleet.ready('web-1');
  for (const name of ['web-2', 'web-3']) await fleet.advertise(await fleet.addRunner(name));
  const operation = await fleet.dispatch({ group: 'web' });
  expect(codes(operation)).toEqual(['sent', 'pending', 'pending']);
  expect((await fleet.runs.operation(SCOPE, operation.id)).results).toHaveLength(3);
  await expect(
    fleet.runs.operation({ ...SCOPE, accountId: 'acc_other' }, operation.id),
  ).rejects.toMatchObject({ code: 'not_found' });
  expect(caller().accountId).toBe(ACCOUNT);
});
