// Who belongs to the account: invited once, changed only by who may, and gone at once when it ends.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fullAccess, isWithin, noAccess, type Access } from '../../../src/protocol/access.ts';
import { refuseChange, refuseInvitation } from '../../../src/protocol/member.ts';
import { enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';

let cloud: RunningCloud;
beforeEach(async () => void (cloud = await startRunningCloud()));
afterEach(() => cloud[Symbol.asyncDispose]());

const invite = (body: Record<string, unknown>, token?: string) =>
  cloud.call('POST', '/api/v1/members', body, token);
const accept = (code: unknown) => cloud.call('POST', '/api/v1/auth/invitation', { code }, null);
const me = (token: string) => cloud.call('GET', '/api/v1/me', undefined, token);
async function join(name: string, role: string, access?: unknown): Promise<string> {
  const invited = await invite({ name, role, ...(access === undefined ? {} : { access }) });
  return String((await accept(invited.body.code)).body.secret);
}

test('an invitation is shown once, taken once, and reaches nothing until somebody gives it', async () => {
  const invited = await invite({ name: 'mara', role: 'operator' });
  expect(invited).toMatchObject({
    status: 201,
    body: { member: { state: 'invited', access: { runner_access: 'none' } } },
  });
  const accepted = await accept(invited.body.code);
  expect(accepted).toMatchObject({ status: 201, body: { member: 'mara', account: 'test' } });
  expect((await me(String(accepted.body.secret))).body).toMatchObject({
    member: { name: 'mara', role: 'operator' },
  });
  const second = await accept(invited.body.code);
  const wrong = await accept(`eminv-${'x'.repeat(43)}`);
  expect(second).toMatchObject({ status: 401, body: { code: 'invitation_invalid' } });
  expect(second.body).toEqual(wrong.body);
  expect(await invite({ name: 'mara', role: 'viewer' })).toMatchObject({
    status: 409,
    body: { code: 'member_exists' },
  });
  expect(cloud.logged.join('')).not.toContain(String(invited.body.code).slice(14));
  expect(await cloud.auditEvents()).toEqual(
    expect.arrayContaining(['user.invited', 'membership.invitation_accepted']),
  );
});

test('C14: a hundred accept one code at once, and one token is made', async () => {
  const { body } = await invite({ name: 'mara', role: 'viewer' });
  const answers = await Promise.all(Array.from({ length: 25 }, () => accept(body.code)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
});

test('a code ends after a week, and when a fresh one is made', async () => {
  const first = (await invite({ name: 'mara', role: 'viewer' })).body.code;
  const second = (await cloud.call('POST', '/api/v1/members/mara/resend-invite')).body.code;
  expect(await accept(first)).toMatchObject({ status: 401 });
  await cloud.clock.leap(7 * 24 * 3600_000);
  expect(await accept(second)).toMatchObject({ status: 401 });
});

test('suspended or removed: the token ends with the call, and stays ended', async () => {
  const token = await join('mara', 'operator');
  expect((await cloud.call('POST', '/api/v1/members/mara/suspend')).body).toMatchObject({
    state: 'suspended',
    tokens: 0,
  });
  expect(await me(token)).toMatchObject({ status: 401 });
  await cloud.call('POST', '/api/v1/members/mara/reinstate');
  expect(await me(token)).toMatchObject({ status: 401 });
  expect(await cloud.call('DELETE', '/api/v1/members/mara')).toMatchObject({
    status: 200,
    body: { removed: true },
  });
  expect(await cloud.call('GET', '/api/v1/members/mara')).toMatchObject({ status: 404 });
});

test('whoever has no session left gets in again by a fresh code, and each code is on record', async () => {
  const token = await join('mara', 'operator');
  const resend = () => cloud.call('POST', '/api/v1/members/mara/resend-invite');
  // While they have a session, a code for them would be a second way in that they know nothing of.
  expect(await resend()).toMatchObject({ status: 409, body: { code: 'conflict' } });
  await cloud.call('POST', '/api/v1/members/mara/suspend');
  expect(await resend()).toMatchObject({ status: 409 });
  await cloud.call('POST', '/api/v1/members/mara/reinstate');
  expect(await me(token)).toMatchObject({ status: 401 });
  const sent = await resend();
  expect(sent.status).toBe(200);
  const back = await accept(sent.body.code);
  expect(await me(String(back.body.secret))).toMatchObject({
    status: 200,
    body: { member: { name: 'mara' } },
  });
  expect((await cloud.auditEvents()).filter((event) => event === 'user.invited')).toHaveLength(2);
});

test('the last owner stays, nobody changes themselves, and an admin makes no owner', async () => {
  const { items } = (await cloud.call('GET', '/api/v1/members')).body as {
    items: { id: string; you: boolean }[];
  };
  const owner = items.find(({ you }) => you)?.id ?? '';
  const change = (id: string, body: unknown, token?: string) =>
    cloud.call('PATCH', `/api/v1/members/${id}`, body, token);
  expect(await change(owner, { role: 'viewer' })).toMatchObject({ body: { code: 'last_owner' } });
  for (const [method, verb] of [
    ['POST', '/suspend'],
    ['DELETE', ''],
  ] as const)
    expect(await cloud.call(method, `/api/v1/members/${owner}${verb}`)).toMatchObject({
      status: 409,
      body: { code: 'last_owner' },
    });
  const admin = await join('ada', 'admin', fullAccess);
  expect(await change(owner, { role: 'viewer' }, admin)).toMatchObject({
    body: { code: 'insufficient_privileges' },
  });
  expect(await invite({ name: 'eve', role: 'owner' }, admin)).toMatchObject({
    body: { code: 'insufficient_privileges' },
  });
  const other = await join('olga', 'owner', fullAccess);
  expect(await change(owner, { role: 'viewer' })).toMatchObject({ body: { code: 'cannot_modify_self' } });
  expect(await change(owner, { role: 'admin' }, other)).toMatchObject({ status: 200 });
  expect(await cloud.call('POST', '/api/v1/members/olga/suspend', undefined, admin)).toMatchObject({
    status: 403,
  });
  expect(await change('olga', { role: 'admin' })).toMatchObject({
    body: { code: 'insufficient_privileges' },
  });
});

test('a selector that names nothing rejects the whole save; a runner that its group covers is left out', async () => {
  await enroll(cloud, 'web-1');
  const { id } = await cloud.runner('web-1');
  await join('mara', 'operator');
  const save = (runner_selectors: string[], more: object = {}) =>
    cloud.call('PATCH', '/api/v1/members/mara', {
      access: { runner_access: 'restricted', runner_selectors, ...more },
    });
  for (const bad of ['group:nobody', 'runner:rnr_x', 'label:role=web']) {
    expect(await save(['group:default', bad]), bad).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  }
  expect(await save(['group:default'], { pack_access: 'restricted', pack_ids: ['no-such'] })).toMatchObject({
    status: 400,
  });
  expect(await save([])).toMatchObject({ status: 400 });
  const preview = await cloud.call('PATCH', '/api/v1/members/mara', {
    access: { runner_access: 'restricted', runner_selectors: ['group:default'] },
    dry_run: true,
  });
  expect(preview.body).toMatchObject({
    change: { runners_added: [{ id, name: 'web-1', group: 'default' }], runners_removed: [] },
  });
  expect((await cloud.call('GET', '/api/v1/members/mara')).body).toMatchObject({
    access: { runner_access: 'none' },
  });
  const saved = await save([`runner:${id}`, 'group:default']);
  expect(saved.body).toMatchObject({ member: { access: { runner_selectors: ['group:default'] } } });
});

const some = (...runner_selectors: string[]): Access => ({
  ...fullAccess,
  runner_access: 'restricted',
  runner_selectors,
});

test.each([
  [noAccess, noAccess, true],
  [noAccess, some('group:web'), true],
  [some('group:web'), fullAccess, true],
  [some('group:web'), some('group:web', 'group:db'), true],
  [some('runner:rnr_1'), some('group:web'), false],
  [fullAccess, some('group:web'), false],
  [some('group:web'), noAccess, false],
  [{ ...fullAccess, pack_access: 'restricted', pack_ids: ['a'] }, fullAccess, true],
  [fullAccess, { ...fullAccess, pack_access: 'restricted', pack_ids: ['a'] }, false],
] as const)('%o lies within %o: %s', (inner, outer, expected) => {
  expect(isWithin(inner as Access, outer as Access)).toBe(expected);
});

test.each([
  ['admin', fullAccess, 'viewer', fullAccess, 'operator', fullAccess, null],
  ['admin', some('group:web'), 'viewer', noAccess, 'viewer', some('group:web'), null],
  [
    'admin',
    some('group:web'),
    'viewer',
    noAccess,
    'viewer',
    some('group:db'),
    'runner_access_exceeds_subject',
  ],
  [
    'admin',
    some('group:web'),
    'viewer',
    fullAccess,
    'viewer',
    noAccess,
    'member_runner_access_exceeds_subject',
  ],
  ['admin', fullAccess, 'owner', fullAccess, 'viewer', fullAccess, 'insufficient_privileges'],
  ['admin', fullAccess, 'viewer', fullAccess, 'owner', fullAccess, 'insufficient_privileges'],
  ['owner', fullAccess, 'owner', fullAccess, 'viewer', fullAccess, null],
] as const)(
  '%s with %o makes a %s with %o a %s with %o: %s',
  (role, access, was, had, becomes, gets, expected) => {
    const actor = { id: 'a', role, access };
    expect(refuseChange(actor, { id: 'b', role: was, access: had }, { role: becomes, access: gets })).toBe(
      expected,
    );
    expect(refuseChange(actor, { id: 'a', role: was, access: had })).toBe('cannot_modify_self');
    if (expected === 'runner_access_exceeds_subject')
      expect(refuseInvitation(actor, { role: becomes, access: gets })).toBe(expected);
  },
);
