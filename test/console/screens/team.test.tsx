// Who reaches what, on screen: seen at a glance, changed as a draft with what it gives and takes in sight.
import { expect, test } from 'vitest';
import { fullAccess, type Access } from '../../../src/protocol/access.ts';
import {
  getMember,
  inviteMember,
  suspendMember,
  updateMember,
  type Member,
} from '../../../src/protocol/api/members.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { accessRows, changeHere, toggled } from '../../../src/console/store/member.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { toldMember } from '../support/decision-rows.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { AT, member, packVersion, runner } from '../support/rows.ts';
import { serveTopics, type ServedTopics } from '../support/served-topics.ts';

const web: Access = { ...fullAccess, runner_access: 'restricted', runner_selectors: ['group:web'] };
const runners = [
  runner('rnr_1', { name: 'web-1', group: 'web' }),
  runner('rnr_2', { name: 'web-2', group: 'web' }),
  runner('rnr_3', { name: 'db-1', group: 'db' }),
];

function serve(plane: ControlPlane, role: Role = 'owner'): { mara: Member; tell: ServedTopics['tell'] } {
  const mara = member('mem_2', { name: 'mara', access: web });
  const owner = member('mem_1', { name: 'owner', role: 'owner', access: fullAccess, you: true });
  const members = [mara, owner].map(toldMember);
  const { tell } = serveTopics(plane, { runners, packs: [packVersion('pkv_1')], members }, role);
  const served = { mara, tell };
  plane.answer(getMember, () => served.mara);
  plane.answer(updateMember, ({ body }) => {
    const { access } = body as { access: Access };
    served.mara = { ...served.mara, access };
    const change = { runners_added: [], runners_removed: [], packs_added: [], packs_removed: [] };
    return { member: served.mara, change };
  });
  return served;
}

test('everybody with role, state and reach; Enter opens what one of them reaches', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':team');
  await screen.shows(/mara +operator +● active +web[^]*owner {2}you +owner +● active +all/);
  screen.type(keys.enter);
  const frame = await screen.shows(/Team › mara[^]*\[x\] web +group, 2 runners/);
  expect(frame).toMatch(/\( \) every runner[^]*\[ \] db +group, 1 runner[^]*\[ \] web-1 +by its group web/);
});

test('space ticks a draft and says what it gives and takes; saving names it and sends exactly that', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':member mara');
  await screen.shows(/\[x\] web +group, 2 runners[^]*a act/);
  screen.type('jj ');
  await screen.shows(/draft +gains db-1[^]*\[x\] db/);
  expect(plane.asked.some(({ method }) => method !== 'GET')).toBe(false);
  screen.type(' ');
  await screen.shows(/draft +gains db-1; loses web-1, web-2[^]*\[ \] web/);
  screen.type('a');
  await screen.shows(/w +Save this access…/);
  screen.type('w');
  await screen.shows(/mara gains db-1; loses web-1, web-2\. Their open consoles begin/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/mara reaches db/);
  const [sent] = plane.asked.filter(({ method }) => method === 'PATCH');
  expect(sent?.body).toEqual({ access: { ...web, runner_selectors: ['group:db'] } });
});

test('u takes the draft back; a viewer can look and tick nothing', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':member mara');
  await screen.shows(/\[x\] web +group, 2 runners[^]*a act/);
  screen.type(' ');
  await screen.shows(/\(•\) every runner/);
  screen.type('u');
  await screen.hides(/not saved/);
  await using other = await startControlPlane();
  serve(other, 'viewer');
  await using looking = openScreen(other.url, ':member mara');
  const frame = await looking.shows(/\[x\] web +group/);
  expect(frame).not.toMatch(/space/);
  looking.type(' ');
  await looking.shows(/does nothing here/);
});

test('inviting takes a name and a role, and shows the code once', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(inviteMember, ({ body }) => ({
    member: member('mem_3', { name: (body as { name: string }).name, state: 'invited' }),
    code: `eminv-${'c'.repeat(43)}`,
    expires_at: AT,
  }));
  await using screen = openScreen(plane.url, ':team');
  await screen.shows(/n invite/);
  screen.type('n');
  await screen.shows(/role +‹ operator ›/);
  screen.type(`ada${keys.tab}`);
  await screen.shows(/role +‹ admin ›/);
  screen.type(keys.enter);
  await screen.shows(/login --url [^]*eminv-c{43}/);
  expect(plane.asked.at(-1)?.body).toEqual({ name: 'ada', role: 'admin' });
  screen.type(keys.escape);
  await screen.hides(/eminv-/);
});

test('who is changed, comes and goes elsewhere is seen at once', async () => {
  await using plane = await startControlPlane();
  const { tell, mara } = serve(plane);
  await using screen = openScreen(plane.url, ':team');
  await screen.shows(/mara +operator +● active +web/);
  const changed = toldMember({ ...mara, role: 'viewer', state: 'suspended' });
  await tell('team', { type: 'member.access_changed', member: changed });
  await screen.shows(/mara +viewer +\S+ suspended/);
  await tell('team', { type: 'invitation.sent', member: toldMember(member('ada', { state: 'invited' })) });
  await screen.shows(/ada +operator +\S+ invited[^]*mara/);
  await tell('team', { type: 'member.removed', member_id: mara.id });
  await screen.hides(/mara +viewer/);
});

test('what somebody else gives meanwhile is what a draft is told against', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':member mara');
  await screen.shows(/\[x\] web +group, 2 runners[^]*a act/);
  screen.type('jj ');
  await screen.shows(/draft +gains db-1[^]*\[x\] db/);
  const access = { ...web, runner_selectors: ['group:web', 'group:db'] };
  served.mara = { ...served.mara, access };
  await served.tell('team', { type: 'member.access_changed', member: toldMember(served.mara) });
  await screen.hides(/gains db-1/);
});

test('suspending asks with Cancel in focus; nobody suspends themselves', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(suspendMember, () => member('mem_2', { name: 'mara', state: 'suspended' }));
  await using screen = openScreen(plane.url, ':team');
  await screen.shows(/▌ +mara[^]*a act/);
  screen.type('a');
  await screen.shows(/s +Suspend…/);
  screen.type('s');
  await screen.shows(/▌ Cancel/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/mara is suspended/);
  screen.type('j');
  await screen.shows(/▌ +owner/);
  screen.type('a');
  await screen.shows(/s +Suspend… +somebody else must change you|somebody else must change you/);
});

test('the last selection that goes leaves nothing reached, the last pack every pack', () => {
  const known = { runners: new Map(runners.map((one) => [one.id, one])), packVersions: new Map() };
  const rows = accessRows(known, web).runners;
  const group = rows.find((row) => row.kind === 'group' && row.name === 'web');
  if (!group) throw new Error('there is a group');
  const none = toggled(web, group);
  expect(none).toMatchObject({ runner_access: 'none', runner_selectors: [] });
  expect(changeHere(known, web, none).runners_removed.map(({ name }) => name)).toEqual(['web-1', 'web-2']);
  const pack = { kind: 'pack', id: 'a', on: false } as const;
  expect(toggled(toggled(web, pack), pack)).toMatchObject({ pack_access: 'all', pack_ids: [] });
});
