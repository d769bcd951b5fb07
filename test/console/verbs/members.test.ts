// The team without a screen: inviting, joining, and changing what somebody reaches.
import { expect, test } from 'vitest';
import { fullAccess } from '../../../src/protocol/access.ts';
import {
  acceptInvitation,
  getMember,
  inviteMember,
  listMembers,
  removeMember,
  updateMember,
} from '../../../src/protocol/api/members.ts';
import { getMe } from '../../../src/protocol/api/session.ts';
import { Problem, startControlPlane, TOKEN } from '../support/control-plane.ts';
import { AT, me, member, runner } from '../support/rows.ts';
import { environment, verb } from '../support/verb-run.ts';

const mara = member('mem_2', { name: 'mara' });
const change = {
  runners_added: [runner('rnr_1', { name: 'web-1' })],
  runners_removed: [],
  packs_added: [],
  packs_removed: ['docker'],
};

test('scope shows, previews with --dry-run, and sends what the flags say only after a yes', async () => {
  await using plane = await startControlPlane();
  plane.answer(getMember, () => mara);
  plane.answer(listMembers, () => ({ items: [mara] }));
  plane.answer(updateMember, () => ({ member: { ...mara, access: fullAccess }, change }));
  const env = environment(plane.url);
  expect((await verb(['members', 'list'], { env })).out).toMatch(/mara +operator +active +none/);
  expect((await verb(['members', 'scope', 'mara'], { env })).out).toMatch(/runners +none/);
  const flags = ['--group', 'web', '--runner', 'rnr_9', '--pack', 'linux-core'];
  const preview = await verb(['members', 'scope', 'mara', ...flags, '--dry-run'], { env });
  expect(preview.out).toContain('mara: gains web-1; loses the packs docker');
  const sent = () => plane.asked.filter(({ method }) => method === 'PATCH').map(({ body }) => body);
  const access = {
    runner_access: 'restricted',
    runner_selectors: ['group:web', 'runner:rnr_9'],
    pack_access: 'restricted',
    pack_ids: ['linux-core'],
  };
  expect(sent()).toEqual([{ access, dry_run: true }]);
  expect((await verb(['members', 'scope', 'mara', ...flags], { env })).code).toBe(2);
  expect((await verb(['members', 'scope', 'mara', ...flags, '--yes'], { env })).code).toBe(0);
  expect(sent().at(-1)).toEqual({ access });
  for (const bad of [
    ['--all', '--none'],
    ['--all', '--group', 'web'],
    ['--pack', 'a', '--all-packs'],
  ]) {
    expect((await verb(['members', 'scope', 'mara', ...bad], { env })).code, bad.join(' ')).toBe(2);
  }
});

test('an invitation prints the code alone; removing takes the name', async () => {
  await using plane = await startControlPlane();
  plane.answer(inviteMember, () => ({ member: mara, code: `eminv-${'c'.repeat(43)}`, expires_at: AT }));
  plane.answer(getMember, () => mara);
  plane.answer(removeMember, () => ({ removed: true as const, id: 'mem_2', name: 'mara' }));
  const env = environment(plane.url);
  const invited = await verb(['members', 'invite', 'mara', '--role', 'viewer', '--all'], { env });
  expect(invited.out).toBe(`eminv-${'c'.repeat(43)}\n`);
  expect(invited.err).toContain('login --url');
  expect(plane.asked.at(-1)?.body).toMatchObject({
    name: 'mara',
    role: 'viewer',
    access: { runner_access: 'all' },
  });
  expect((await verb(['members', 'remove', 'mara', '--yes'], { env })).code).toBe(2);
  expect((await verb(['members', 'remove', 'mara', '--confirm', 'mara'], { env })).code).toBe(0);
});

test('login --invite takes the code from stdin, stores the token, and says when the code is not good', async () => {
  await using plane = await startControlPlane();
  plane.answer(acceptInvitation, () => ({ secret: TOKEN, member: 'mara', account: 'acme' }));
  plane.answer(getMe, () => me());
  const { EMISAR_CONFIG_DIR = '' } = environment();
  const env = { EMISAR_CONFIG_DIR };
  const joined = await verb(['login', '--url', plane.url, '--invite'], {
    env,
    stdin: `eminv-${'c'.repeat(43)}\n`,
  });
  expect(joined).toMatchObject({ code: 0, out: expect.stringContaining('Signed in') });
  expect(plane.asked[0]?.body).toEqual({ code: `eminv-${'c'.repeat(43)}` });
  expect((await verb(['whoami'], { env })).code).toBe(0);
  plane.answer(acceptInvitation, () => {
    throw new Problem('invitation_invalid');
  });
  const refused = await verb(['login', '--url', plane.url, '--invite'], { env, stdin: 'eminv-x\n' });
  expect(refused.err).toContain('members resend');
  expect(refused.code).not.toBe(0);
});
