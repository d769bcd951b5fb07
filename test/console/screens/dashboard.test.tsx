// One glance, live: is the fleet up, what waits, what failed, where is trouble; and the fleet for somebody on call.
import { expect, test } from 'vitest';
import { listDevices } from '../../../src/protocol/api/devices.ts';
import { dashboardOf } from '../../../src/console/store/dashboard.ts';
import { initialState } from '../../../src/console/store/state.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { device } from '../support/account-rows.ts';
import { approval } from '../support/decision-rows.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { HASH_B, packVersion, run, runner } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const justNow = () => new Date(Date.now() - 60_000).toISOString();

function serve(plane: ControlPlane) {
  plane.answer(listDevices, () => ({ items: [device] }));
  const failed = {
    status: 'failed',
    exit_code: 3,
    action_id: 'linux.disk_usage',
    runner_name: 'web-1',
  } as const;
  return serveTopics(plane, {
    runners: [
      runner('rnr_1', { name: 'web-1', group: 'web' }),
      runner('rnr_2', { name: 'web-2', group: 'web' }),
      runner('rnr_3', { name: 'db-1', group: 'db', state: 'offline' }),
    ],
    packs: [packVersion('pkv_1', { state: 'pending', pending_hash: HASH_B, drifted: true })],
    approvals: [approval('apr_1')],
    runs: [
      run('run_1', { ...failed, finished_at: justNow() }),
      run('run_2', { status: 'success', finished_at: justNow() }),
      run('run_3', { ...failed, finished_at: '2020-01-01T00:00:00.000Z' }),
    ],
  });
}

test('the dashboard says what is up, what waits, what failed within the hour, and the worst group first', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':dashboard', { columns: 120 });
  const frame = await screen.shows(/▲ device +laptop[^]*▲ approval +linux\.systemctl_restart on web-1/);
  expect(frame).toMatch(/3 runners {2}● 2 online {2}○ 1 offline/);
  expect(frame).toMatch(/▲ device +laptop +wants to sign in from 10\.0\.0\.4/);
  expect(frame).toMatch(/▲ drifted +linux-core/);
  expect(frame).toMatch(
    /the last hour {2}2 runs ended {2}✗ 1 failed[^]*✗ failed +linux\.disk_usage on web-1 +exit 3/,
  );
  expect(frame).toMatch(/1 runner +db +○ 1 offline[^]*2 runners +web +● 2 online/);
});

test('it follows what happens; Enter leads to the thing, and a decision can be made from here', async () => {
  await using plane = await startControlPlane();
  const served = serve(plane);
  await using screen = openScreen(plane.url, ':dashboard');
  await screen.shows(/▲ device +laptop[^]*a act/);
  await served.tell('approvals', {
    type: 'approval.approved',
    approval: approval('apr_1', { status: 'approved' }),
  });
  await screen.hides(/linux\.systemctl_restart on web-1/);
  await served.tell('fleet', {
    type: 'runner.connected',
    runner: runner('rnr_3', { name: 'db-1', group: 'db' }),
  });
  await screen.shows(/3 runners {2}● 3 online/);
  screen.type('a');
  await screen.shows(/d +Send away…/);
  screen.type(keys.escape);
  await screen.hides(/╭/);
  screen.type('/kind:group');
  await screen.hides(/laptop/);
  screen.type(`${keys.enter}G`);
  await screen.shows(/▌ +2 runners +web/);
  screen.type(keys.enter);
  await screen.shows(/Fleet[^]*web-1[^]*web-2/);
  expect(screen.frame()).not.toMatch(/db-1/);
});

test('every runner away is said in words', async () => {
  await using plane = await startControlPlane();
  serveTopics(plane, { runners: [runner('rnr_1', { state: 'offline' })] });
  await using screen = openScreen(plane.url, ':dashboard', { columns: 120 });
  await screen.shows(/1 runner {2}○ 1 offline {2}! none is online: runs wait or fail/);
  await screen.shows(/nothing waits for a decision/);
});

test('more of one kind than fits is counted, not shown', () => {
  const approvals = Array.from({ length: 7 }, (_, index) => approval(`apr_${index}`));
  const known = { ...initialState(0), approvals: new Map(approvals.map((one) => [one.id, one])) };
  const board = dashboardOf(known, [], 0);
  expect(board.waiting).toHaveLength(5);
  expect(board.moreWaiting).toBe(2);
});

test('on call: trouble row by row, the longest away first; the healthy are a line for each group', async () => {
  await using plane = await startControlPlane();
  const away = (name: string, since: string) =>
    runner(`rnr_${name}`, { name, group: 'db', state: 'offline', last_disconnected_at: since });
  serveTopics(plane, {
    runners: [
      runner('rnr_1', { name: 'web-1', group: 'web' }),
      runner('rnr_2', { name: 'web-2', group: 'web' }),
      runner('rnr_3', { name: 'web-3', group: 'web', degraded_count: 1 }),
      away('db-1', '2026-11-25T10:00:00.000Z'),
      away('db-2', '2026-11-24T10:00:00.000Z'),
    ],
  });
  await using screen = openScreen(plane.url, ':oncall', { columns: 120 });
  const frame = await screen.shows(/▸ web {2}2 runners {2}● 2 online/);
  expect(frame).toMatch(/db-2[^]*db-1[^]*web-3[^]*▸ web/);
  expect(frame).not.toMatch(/web-1/);
  screen.type(`G${keys.enter}`);
  await screen.shows(/▾ web[^]*web-1[^]*web-2/);
  screen.type('t');
  await screen.hides(/[▾▸]/);
});

test('a list opens in the order that its filter names', async () => {
  await using plane = await startControlPlane();
  const since = (name: string, day: number) =>
    runner(`rnr_${name}`, { name, state: 'offline', last_disconnected_at: `2026-11-0${day}T10:00:00.000Z` });
  serveTopics(plane, { runners: [since('b', 2), since('a', 3), since('c', 1)] });
  await using screen = openScreen(plane.url, ':runners status:offline,degraded sort:since');
  const frame = await screen.shows(/○ offline/);
  expect(frame).toMatch(/\bc +○[^]*\bb +○[^]*\ba +○/);
  expect(frame).toMatch(/\/status:offline,degraded +3/);
});
