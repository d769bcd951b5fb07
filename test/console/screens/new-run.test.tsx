import { expect, test } from 'vitest';
import { getRunner, listRunnerActions, type RunnerAction } from '../../../src/protocol/api/runners.ts';
import { dispatch, getRun, type Run } from '../../../src/protocol/api/runs.ts';
import type { ActionDescriptor } from '../../../src/protocol/descriptor.ts';
import type { Role } from '../../../src/protocol/permission.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { descriptor } from '../support/descriptor.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { run, runDetail, runner, runnerDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const args: ActionDescriptor['args'] = [
  { name: 'path', type: 'path', required: true, description: 'Where to look' },
  { name: 'count', type: 'integer', required: false, default: 100, validation: { min: 1, max: 5000 } },
  { name: 'mode', type: 'string', required: false, validation: { enum: ['fast', 'slow'] } },
  { name: 'password', type: 'string', required: false, sensitive: true },
  { name: 'ratio', type: 'number', required: false },
];

interface Offered {
  change?: Partial<ActionDescriptor>;
  entry?: Partial<RunnerAction>;
  role?: Role;
}

function serveActions(plane: ControlPlane, { change = {}, entry = {}, role = 'owner' }: Offered = {}) {
  const action = descriptor('linux.tail', { title: 'End of a file', args, ...change });
  const offered = {
    action,
    pack_version: '1.0.0',
    pack_hash: 'x',
    blocked_by: null,
    policy: 'allow' as const,
    ...entry,
  };
  const other = { ...offered, action: descriptor('linux.uptime', { title: 'Uptime' }), blocked_by: null };
  const open = new Map([
    ['run_9', { run: runDetail('run_9', { action_id: 'linux.tail' }), chunks: [], moreBefore: false }],
  ]);
  serveTopics(plane, { runners: [runner('rnr_1', { name: 'web-1' })], open }, role);
  plane.answer(getRunner, () => runnerDetail('rnr_1', { name: 'web-1' }));
  plane.answer(listRunnerActions, () => ({ items: [offered, other] }));
}

function answerRun(
  plane: ControlPlane,
  made: Run | null,
  refusal: { code: string; detail: string; fix: string } | null = null,
) {
  plane.answer(dispatch, () => ({
    id: 'op_1',
    action_id: 'linux.tail',
    results: [{ runner_id: 'rnr_1', runner_name: 'web-1', run: made, refusal }],
  }));
}

const sent = (plane: ControlPlane) => plane.asked.filter(({ path }) => path.endsWith('/dispatches'));

test('a form goes out with the digits that were typed, and opens the run', async () => {
  await using plane = await startControlPlane();
  serveActions(plane);
  answerRun(plane, run('run_9'));
  await using screen = openScreen(plane.url, ':run linux.tail on web-1');
  await screen.shows(/▌ path[^]*reason/);
  screen.type(
    `/var/log/a b${keys.tab}007${keys.tab}${keys.right}${keys.tab}hunter2${keys.tab}1e3${keys.tab}first try`,
  );
  const frame = await screen.shows(/first try/);
  expect(frame).not.toMatch(/hunter2/);
  expect(frame).toMatch(/password +•+/);
  screen.type(keys.enter + keys.enter);
  await screen.shows(/Runs › linux\.tail on web-1/);
  const [call] = sent(plane);
  expect(JSON.parse(call?.rawBody ?? '')).toMatchObject({
    action_id: 'linux.tail',
    runners: ['rnr_1'],
    reason: 'first try',
  });
  expect(call?.rawBody).toMatch(
    /"args":\{"path":"\/var\/log\/a b","count":7,"mode":"fast","password":"hunter2","ratio":1e3\}/,
  );
});

test('what is wrong stands beside its field, and nothing is sent', async () => {
  await using plane = await startControlPlane();
  serveActions(plane);
  await using screen = openScreen(plane.url, ':run linux.tail on web-1');
  await screen.shows(/▌ path/);
  screen.type(`${keys.tab}5001${keys.tab.repeat(5)}${keys.enter}`);
  const frame = await screen.shows(/✗ is required/);
  expect(frame).toMatch(/✗ must be at most 5000/);
  expect(frame).toMatch(/✗ say in a few words why/);
  expect(frame).toMatch(/▌ path/);
  expect(sent(plane)).toEqual([]);
});

test('a refusal leaves the form as it was, with code, detail and fix', async () => {
  await using plane = await startControlPlane();
  serveActions(plane);
  answerRun(plane, null, {
    code: 'pack_untrusted',
    detail: 'Cannot dispatch: nobody trusts it',
    fix: 'Review it under Packs',
  });
  await using screen = openScreen(plane.url, ':run linux.tail on web-1', { rows: 36 });
  await screen.shows(/▌ path/);
  screen.type(`/etc/hosts${keys.tab.repeat(5)}because${keys.enter}${keys.enter}`);
  const frame = await screen.shows(/✗ Cannot dispatch: nobody trusts it/);
  expect(frame).toMatch(/Review it under Packs\s+pack_untrusted/);
  expect(frame).toMatch(/path +\/etc\/hosts[^]*reason +because/);
});

test('a high risk shows its consequence first; Enter on the fresh dialog sends nothing', async () => {
  await using plane = await startControlPlane();
  serveActions(plane, { change: { risk: 'high', args: [], side_effects: ['Restarts the unit'] } });
  answerRun(plane, run('run_9'));
  await using screen = openScreen(plane.url, ':run linux.tail on web-1');
  await screen.shows(/▲ Restarts the unit[^]*▌ reason/);
  const ask = async () => {
    screen.type(keys.enter);
    await screen.shows(/╭ Run linux\.tail on web-1 on 127/);
    screen.pass(DEAF_MS);
    screen.type(keys.enter);
  };
  screen.type(`now${keys.enter}`);
  await ask();
  await screen.hides(/╭/);
  expect(sent(plane)).toEqual([]);
  screen.type(keys.enter);
  await screen.shows(/╭/);
  screen.pass(DEAF_MS);
  screen.type(keys.right + keys.enter);
  await screen.shows(/Runs › linux\.tail on web-1/);
  expect(sent(plane)).toHaveLength(1);
});

test('what blocks an action is said before anything is typed', async () => {
  await using plane = await startControlPlane();
  serveActions(plane, {
    entry: { blocked_by: 'action_unavailable' },
    change: { missing_executable: 'journalctl' },
  });
  await using screen = openScreen(plane.url, ':run linux.tail on web-1', { rows: 36 });
  await screen.shows(/✗ Cannot dispatch: the program[^]*journalctl[^]*action_unavailable/);
});

test('T6: a viewer may read the form and send nothing', async () => {
  await using plane = await startControlPlane();
  serveActions(plane, { role: 'viewer', change: { args: [] } });
  await using screen = openScreen(plane.url, ':run linux.tail on web-1');
  await screen.shows(/You may look, not run/);
  screen.type(`x${keys.enter}${keys.enter}`);
  await screen.shows(/▌ {2}Run/);
  expect(sent(plane)).toEqual([]);
});

test('without an action the runner is asked what it offers; without a runner, where to run', async () => {
  await using plane = await startControlPlane();
  serveActions(plane);
  await using screen = openScreen(plane.url, ':run linux.uptime');
  await screen.shows(/where\?[^]*▌ +web-1/);
  screen.type(keys.enter);
  await screen.shows(/Uptime[^]*▌ reason/);
  screen.type(keys.escape);
  await screen.shows(/where\?/);
  screen.type(':run on web-1\r');
  await screen.shows(/new run on web-1[^]*linux\.tail[^]*linux\.uptime/);
  screen.type('/upt\r');
  await screen.shows(/1 of 2/);
  screen.type(keys.enter);
  await screen.shows(/new run › linux\.uptime/);
});

test('run again fills the form from the run, but for what was masked', async () => {
  await using plane = await startControlPlane();
  serveActions(plane);
  const earlier = runDetail('run_9', {
    action_id: 'linux.tail',
    args: { path: '/tmp/x', count: 12, password: '••••' },
    reason: 'look',
  });
  plane.answer(getRun, () => earlier);
  await using screen = openScreen(plane.url, ':run run_9');
  await screen.shows(/a act/);
  screen.type('ar');
  const frame = await screen.shows(/path +\/tmp\/x[^]*count +12[^]*reason +look/);
  expect(frame).toMatch(/password +–/);
});
