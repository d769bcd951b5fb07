import { expect, test } from 'vitest';
import {
  deleteRunner,
  disableRunner,
  enableRunner,
  holdRunner,
  getRunner,
  listRunnerActions,
  revokeRunnerToken,
  type RunnerDetail,
} from '../../../src/protocol/api/runners.ts';
import { listRuns } from '../../../src/protocol/api/runs.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { descriptor } from '../support/descriptor.ts';
import { keys, openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { AT, HASH_A, run, runner, runnerDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

function serveRunner(plane: ControlPlane, change: Partial<RunnerDetail> = {}, role: Role = 'owner') {
  const detail = runnerDetail('rnr_1', { name: 'web-1', ...change });
  const row = runner('rnr_1', {
    name: 'web-1',
    state: detail.state,
    disconnect_note: detail.disconnect_note,
    degraded_count: detail.degraded_packs.length,
  });
  const served = serveTopics(plane, { runners: [row] }, role);
  plane.answer(getRunner, () => detail);
  const offer = (id: string, blocked: string | null) => ({
    action: descriptor(id),
    pack_version: '1.0.0',
    pack_hash: HASH_A,
    blocked_by: blocked,
    policy: 'allow' as const,
  });
  plane.answer(listRunnerActions, () => ({
    items: [offer('linux.uptime', null), offer('linux.reboot', 'approval_required')],
  }));
  plane.answer(listRuns, () => ({
    items: [run('run_1', { status: 'success', reason: 'nightly look' })],
    next_cursor: null,
    total: 1,
  }));
  return served;
}

const pack = {
  pack_id: 'linux-core',
  version: '1.0.0',
  hash: HASH_A,
  pack_version_id: 'pkv_1',
  trust: 'pending' as const,
  actions_count: 2,
};

async function chooseVerb(screen: OpenedConsole, letter: string): Promise<void> {
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/chooses/);
  screen.type(letter);
  await screen.shows(/esc leaves everything/);
  screen.pass(DEAF_MS);
}

test('one screen shows state, packs with trust, latest runs, and actions with what blocks them', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane, { packs: [pack], address: '10.1.2.3' });
  await using screen = openScreen(plane.url, ':runner web-1');
  const frame = await screen.shows(/● online/);
  expect(frame).toMatch(/from 10\.1\.2\.3/);
  expect(frame).toMatch(/▲ pending +linux-core +1\.0\.0 +2 actions/);
  expect(frame).toMatch(/✓ success +linux\.uptime.*mara +“nigh/);
  expect(frame).toMatch(/linux\.reboot.*! approval required/);
  expect(frame).not.toMatch(/linux\.uptime.*! /);
});

test.each([
  ['offline', { state: 'offline', disconnect_note: 'service stopped' }, /why +service stopped\. On the host/],
  ['revoked', { state: 'revoked' }, /why +its token was revoked: mint a fresh key/],
  [
    'degraded',
    { degraded_packs: [{ pack: 'db', reason: 'unknown key "foo"' }] },
    /! degraded +db: unknown key/,
  ],
  [
    'in conflict',
    { conflict: { addresses: ['10.0.0.9', '10.0.0.1'], at: AT } },
    /! conflict +10\.0\.0\.9 presents the same identity as 10\.0\.0\.1/,
  ],
] as const)('a runner that is %s says why and what to do', async (_, change, words) => {
  await using plane = await startControlPlane();
  serveRunner(plane, change as Partial<RunnerDetail>);
  await using screen = openScreen(plane.url, ':runner web-1');
  await screen.shows(words);
});

test('it follows what happens: a run that starts here, and the connection that ends', async () => {
  await using plane = await startControlPlane();
  const served = serveRunner(plane);
  await using screen = openScreen(plane.url, ':runner rnr_1');
  await screen.shows(/✓ success +linux\.uptime/);
  await served.tell('runs', {
    type: 'run.created',
    run: run('run_2', { action_id: 'linux.memory', queued_at: '2026-11-25T12:00:09.000Z' }),
  });
  await screen.shows(/● running +linux\.memory[^]*✓ success +linux\.uptime/);
  await served.tell('fleet', {
    type: 'runner.disconnected',
    runner: runner('rnr_1', { name: 'web-1', state: 'offline', disconnect_note: 'went silent' }),
  });
  await screen.shows(/○ offline[^]*why +went silent/);
  await served.tell('fleet', { type: 'runner.deleted', runner_id: 'rnr_1' });
  await screen.shows(/This runner is gone/);
});

test('tab goes from section to section; Enter opens the run, r the form of the action', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane, { packs: [pack] });
  await using screen = openScreen(plane.url, ':runner web-1');
  await screen.shows(/▌ ▲ pending +linux-core/);
  screen.type(keys.tab);
  await screen.shows(/▌ ✓ success +linux\.uptime/);
  screen.type(keys.tab);
  await screen.shows(/▌ · low +linux\.uptime/);
  screen.type('r');
  await screen.shows(/new run › linux\.uptime[^]*on web-1/);
});

test('the filter finds an action and keeps only the parts where something matches', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane, { packs: [pack] });
  await using screen = openScreen(plane.url, ':runner web-1');
  await screen.shows(/▲ pending +linux-core/);
  screen.type('/reboot' + keys.enter);
  const frame = await screen.shows(/▌ · low +linux\.reboot/);
  expect(frame).not.toMatch(/latest runs|1 pack\b/);
  screen.type(keys.escape);
  await screen.shows(/latest runs/);
});

test('revoking the token takes the typed name; delete waits until it is offline', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane);
  plane.answer(revokeRunnerToken, () => runner('rnr_1', { state: 'revoked' }));
  await using screen = openScreen(plane.url, ':runner web-1');
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/x +Delete… +it is online: disable it first/);
  screen.type('x');
  await screen.shows(/│ it is online: disable it first/);
  screen.type(keys.escape);
  await screen.hides(/╭/);
  await chooseVerb(screen, 't');
  screen.type(`web${keys.enter}`);
  screen.type('-1');
  await screen.shows(/✓/);
  screen.type(keys.enter);
  await screen.shows(/web-1 is revoked/);
  const changes = plane.asked.filter(({ method }) => method !== 'GET');
  expect(changes.map(({ method, path }) => `${method} ${path}`)).toEqual([
    expect.stringMatching(/^POST .*\/runners\/rnr_1\/revoke-token$/),
  ]);
});

test('hold asks nothing and shows on the badge; what is held can be released', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane);
  plane.answer(holdRunner, () => runner('rnr_1', { held: true }));
  await using screen = openScreen(plane.url, ':runner web-1');
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/▌ r +Run here…[^]*l +Release[^]*it is not held[^]*h +Hold/);
  screen.type('h');
  await screen.shows(/web-1 is held: nothing new starts on it/);
  const changes = plane.asked.filter(({ method }) => method !== 'GET');
  expect(changes.map(({ path }) => path)).toEqual([expect.stringMatching(/\/runners\/rnr_1\/hold$/)]);
});

test('a held runner says so beside whatever else it is', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, {
    runners: [
      runner('rnr_1', { name: 'web-1', held: true }),
      runner('rnr_2', { name: 'web-2', held: true, state: 'offline', last_disconnected_at: AT }),
    ],
  });
  await using screen = openScreen(plane.url, ':runners status:held');
  const frame = await screen.shows(/web-2[^]*web-1/);
  expect(frame).toMatch(/web-1 +■ held/);
  expect(frame).toMatch(/web-2 +○ offline ■/);
});

test('T6: a viewer has no verbs and no way to run', async () => {
  await using plane = await startControlPlane();
  serveRunner(plane, { packs: [pack] }, 'viewer');
  await using screen = openScreen(plane.url, ':runner web-1');
  const frame = await screen.shows(/▲ pending +linux-core[^]*⏎ open/);
  expect(frame).not.toMatch(/a act|r run/);
  screen.type('a');
  await screen.shows(/does nothing here/);
});

const fleet = [
  runner('rnr_1', { name: 'web-1', group: 'web' }),
  runner('rnr_2', { name: 'web-2', group: 'web', state: 'offline', last_disconnected_at: AT }),
  runner('rnr_3', { name: 'db-1', group: 'db', state: 'disabled' }),
];

test('by group: each heading counts its states, a folded one keeps them, and the cursor rests on it', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: fleet });
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-2/);
  screen.type('t');
  const open = await screen.shows(
    /▾ db +1 runner +– 1 disabled[^]*▾ web +2 runners +● 1 online +○ 1 offline/,
  );
  expect(open).toMatch(/▾ db[^]*db-1[^]*▾ web[^]*web-2[^]*web-1/);
  screen.type('G' + keys.tab);
  const folded = await screen.shows(/▌▸ web +2 runners/);
  expect(folded).not.toMatch(/web-1|web-2/);
  screen.type(keys.enter);
  await screen.shows(/▾ web[^]*web-2/);
});

test('marked runners are one change: what it touches by group, what is left out, and the number typed', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: fleet });
  plane.answer(disableRunner, ({ params }) => runner(String(params['id']), { state: 'disabled' }));
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-2/);
  screen.type('*');
  await screen.shows(/3 marked/);
  await chooseVerb(screen, 'd');
  const dialog = screen.frame();
  expect(dialog).toMatch(/Disable 2 runners on 127\.0\.0\.1/);
  expect(dialog).toMatch(/web 2/);
  expect(dialog).toMatch(/left out, as it is not possible for them: 1/);
  screen.type('2');
  await screen.shows(/✓/);
  screen.type(keys.enter);
  await screen.shows(/2 runners disabled/);
  const sent = plane.asked.filter(({ method }) => method === 'POST').map(({ params }) => params['id']);
  expect(sent.toSorted()).toEqual(['rnr_1', 'rnr_2']);
});

test('enable asks nothing; delete of an offline runner takes its name; Enter opens a runner', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: fleet });
  plane.answer(enableRunner, () => runner('rnr_3', { name: 'db-1' }));
  plane.answer(deleteRunner, () => ({ deleted: true as const, id: 'rnr_2', name: 'web-2' }));
  await using screen = openScreen(plane.url, ':fleet db-1');
  await screen.shows(/▌ +db-1/);
  await screen.shows(/a act/);
  screen.type('a');
  await screen.shows(/e +Enable/);
  screen.type('e');
  await screen.shows(/db-1 is enabled; on the host: sudo systemctl start emisar/);
  await using other = openScreen(plane.url, ':fleet web-2');
  await other.shows(/▌ +web-2/);
  await chooseVerb(other, 'x');
  other.type('web-2');
  await other.shows(/✓/);
  other.type(keys.enter);
  await other.shows(/web-2 is deleted/);
  expect(plane.asked.some(({ method, params }) => method === 'DELETE' && params['id'] === 'rnr_2')).toBe(
    true,
  );
});
