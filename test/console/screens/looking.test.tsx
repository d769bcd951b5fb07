// The fleet as somebody else sees it: said in the first line, read-only, left by `:as` alone or escape at the root.
import { expect, test, vi } from 'vitest';
import { listMembers } from '../../../src/protocol/api/members.ts';
import { getMe } from '../../../src/protocol/api/session.ts';
import { permissionsOf } from '../../../src/protocol/permission.ts';
import type { Looking } from '../../../src/console/screens/console-context.ts';
import { screenOptions } from '../../../src/console/screen-options.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { toldMember } from '../support/decision-rows.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { me, member, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

function serve(plane: ControlPlane, as: string | null): void {
  const members = [member('mem_1', { name: 'owner', you: true }), member('mem_2', { name: 'noor' })];
  serveTopics(plane, {
    runners: [runner('rnr_1', { name: 'web-1' })],
    members: members.map(toldMember),
  });
  plane.answer(listMembers, () => ({ items: members }));
  if (as === null) return;
  plane.answer(getMe, () =>
    me({ permissions: permissionsOf('viewer'), acting_as: { id: 'mem_2', name: as } }),
  );
}

function watched(as: string | null) {
  return {
    as,
    start: vi.fn<Looking['start']>(() => Promise.resolve()),
    stop: vi.fn<Looking['stop']>(),
  };
}

test('`:as` with a name, and the act menu of a member, begin to look; names are completed', async () => {
  await using plane = await startControlPlane();
  serve(plane, null);
  const looking = watched(null);
  await using screen = openScreen(plane.url, ':team', { looking });
  await screen.shows(/noor[^]*a act/);
  screen.type(':as ');
  await screen.shows(/:as +noor {2}owner/);
  screen.type(`no${keys.tab}`);
  await screen.shows(/:as noor/);
  screen.type(keys.enter);
  await vi.waitFor(() => expect(looking.start).toHaveBeenCalledWith('noor', { screen: 'team', filter: '' }));
  screen.type('a');
  await screen.shows(/v +Look as them/);
  screen.type('v');
  await vi.waitFor(() => expect(looking.start).toHaveBeenCalledTimes(2));
  screen.type(`:as${keys.enter}`);
  await screen.shows(/You look with your own eyes/);
});

test('T6: whoever looks as another is told so, changes nothing, and leaves by escape at the root', async () => {
  await using plane = await startControlPlane();
  serve(plane, 'noor');
  const looking = watched('mem_2');
  await using screen = openScreen(plane.url, ':fleet', { looking });
  const frame = await screen.shows(/emisar {2}as noor sees it {2}mara@acme[^]*web-1/);
  expect(frame).toMatch(/read-only/);
  expect(frame).not.toMatch(/a act|r run/);
  expect(plane.asked.every(({ headers }) => headers['emisar-as'] === 'mem_2')).toBe(true);
  screen.type(keys.enter);
  await screen.shows(/Fleet › .*web-1|Fleet › rnr_1/);
  screen.type(keys.escape);
  await screen.shows(/Fleet +1\n/);
  expect(looking.stop).not.toHaveBeenCalled();
  screen.type(keys.escape);
  await vi.waitFor(() => expect(looking.stop).toHaveBeenCalledWith({ screen: 'fleet', filter: '' }));
  screen.type(`:runs${keys.enter}`);
  await screen.shows(/No run yet|Runs/);
  screen.type(`:as${keys.enter}`);
  await vi.waitFor(() => expect(looking.stop).toHaveBeenCalledWith({ screen: 'runs', filter: '' }));
});

test.each([
  [[':as noor'], undefined, { as: 'noor', place: null }],
  [[':runs'], 'noor', { as: 'noor', place: { screen: 'runs', filter: '' } }],
  [[':runs'], undefined, { as: null, place: { screen: 'runs', filter: '' } }],
] as const)('the shell opens it too: %o --as %s', (words, as, opened) => {
  expect(screenOptions(as === undefined ? {} : { as }, words)).toMatchObject(opened);
});
