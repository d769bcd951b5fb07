// What can be done in the fleet, where, and why not elsewhere; `r` leads to the form on the runners one chose.
import { expect, test } from 'vitest';
import { getAction, listActions, type ActionRunner } from '../../../src/protocol/api/actions.ts';
import { getRunner, listRunnerActions } from '../../../src/protocol/api/runners.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { actionQuery } from '../../../src/console/store/actions.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { descriptor } from '../support/descriptor.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { eventually } from '../support/eventually.ts';
import { catalogueAction } from '../support/account-rows.ts';
import { HASH_A, runner, runnerDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const disk = catalogueAction('linux.disk_usage', { ready_count: 2, queueable_count: 1, runners_count: 3 });
const restart = catalogueAction('linux.restart', {
  risk: 'high',
  ready_count: 0,
  runners_count: 2,
  approval_count: 0,
  blocked: [{ code: 'pack_untrusted', runners_count: 2 }],
});

function actionRunner(name: string, change: Partial<ActionRunner> = {}): ActionRunner {
  return {
    id: `rnr_${name}`,
    name,
    group: 'web',
    state: 'online',
    pack_id: 'linux-core',
    pack_version: '1.0.0',
    pack_hash: HASH_A,
    blocked_by: null,
    missing_executable: null,
    policy: 'allow',
    ...change,
  };
}

function serve(plane: ControlPlane, role: Role = 'owner'): void {
  const runners = ['web-1', 'web-2'].map((name) => runner(`rnr_${name}`, { name, group: 'web' }));
  serveTopics(plane, { runners }, role);
  plane.answer(listActions, ({ query }) => {
    const words = query['q'] ?? '';
    const items = [disk, restart].filter(({ id }) => words === '' || id.includes(words));
    return { items, next_cursor: null, total: items.length };
  });
  plane.answer(getAction, () => ({
    ...disk,
    approval_count: 1,
    contracts: [
      {
        pack_id: 'linux-core',
        pack_version: '1.0.0',
        pack_hash: HASH_A,
        pack_version_id: 'pkv_1',
        blocked_by: null,
        runners_count: 3,
        action: descriptor('linux.disk_usage'),
      },
    ],
    runners: {
      items: [
        actionRunner('web-1'),
        actionRunner('web-2', { policy: 'require_approval' }),
        actionRunner('db-1', { state: 'offline', group: 'db' }),
        actionRunner('db-2', { blocked_by: 'missing_executable', missing_executable: 'df', group: 'db' }),
      ],
      next_cursor: null,
      total: 4,
    },
  }));
  plane.answer(getRunner, () => runnerDetail('rnr_web-1', { name: 'web-1' }));
  plane.answer(listRunnerActions, () => ({
    items: [
      {
        action: descriptor('linux.disk_usage'),
        pack_version: '1.0.0',
        pack_hash: HASH_A,
        blocked_by: null,
        policy: 'allow' as const,
      },
    ],
  }));
}

test('every action says where it is ready and what stands in the way; x explains that', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':actions', { columns: 120 });
  await screen.shows(
    /▌ +· low +linux\.disk_usage +● 2 ready {2}○ 1 away[^]*! high +linux\.restart +! 2 pack untrusted/,
  );
  screen.type('jx');
  await screen.shows(/╭ pack\.(pending|untrusted)|pack_untrusted/);
});

test('words are searched by the server, terms here; what fits nothing is no empty catalogue', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':actions');
  await screen.shows(/linux\.disk_usage[^]*linux\.restart/);
  screen.type('/restart');
  await screen.hides(/linux\.disk_usage/);
  await eventually(() => plane.asked.at(-1)?.query['q'] === 'restart');
  screen.type(' status:ready');
  await screen.shows(/Nothing matches the filter/);
  screen.type(keys.escape);
  await screen.shows(/linux\.disk_usage[^]*linux\.restart/);
  screen.type(`/nothing${keys.enter}`);
  await screen.shows(/Nothing matches the filter/);
});

test('Enter shows runner by runner; marks and r lead to the form on exactly those', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = openScreen(plane.url, ':actions');
  await screen.shows(/▌ +· low +linux\.disk_usage[^]*r run/);
  screen.type(keys.enter);
  const frame = await screen.shows(/Actions › linux\.disk_usage[^]*▌ +web-1[^]*r run/);
  expect(frame).toMatch(/web-1 .*● ready +✓ allowed[^]*web-2 .*● ready +▲ asks[^]*db-1 .*○ would wait/);
  expect(frame).toMatch(/db-2 .*! df is missing/);
  screen.type('  r');
  await screen.shows(/new run › linux\.disk_usage +on 2 runners/);
});

test('o shows what it does; a viewer is not offered to run it', async () => {
  await using plane = await startControlPlane();
  serve(plane, 'viewer');
  await using screen = openScreen(plane.url, ':action linux.disk_usage');
  const frame = await screen.shows(/▌ +web-1[^]*o related/);
  expect(frame).not.toMatch(/r run/);
  screen.type('o');
  await screen.shows(/╭ linux\.disk_usage/);
});

test.each([
  ['disk full', { words: 'disk full', group: undefined, terms: '' }],
  ['disk group:web risk:low -pack:x', { words: 'disk', group: 'web', terms: 'risk:low -pack:x' }],
  ['~^linux', { words: '', group: undefined, terms: '~^linux' }],
  ['', { words: '', group: undefined, terms: '' }],
])('a filter is taken apart: %s', (filter, query) => {
  expect(actionQuery(filter)).toEqual(query);
});
