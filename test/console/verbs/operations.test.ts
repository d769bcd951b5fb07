// A dispatch on many runners without a screen: who is meant, at which pace, and the same once more.
import { expect, test } from 'vitest';
import {
  cancelOperation,
  dispatch,
  getOperation,
  rerunOperation,
  type OperationDetail,
} from '../../../src/protocol/api/runs.ts';
import { listRunners } from '../../../src/protocol/api/runners.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { AT, run } from '../support/rows.ts';
import { environment, verb } from '../support/verb-run.ts';

const operation: OperationDetail = {
  id: 'op_1',
  action_id: 'linux.uptime',
  reason: 'nightly',
  requested_by: 'mara',
  created_at: AT,
  max_parallel: 2,
  stop_after_failures: null,
  counts: { total: 3, refused: 1, waiting: 1, running: 0, success: 0, failed: 1, cancelled: 0 },
  results: [
    {
      runner_id: 'rnr_1',
      runner_name: 'web-1',
      run: run('run_1', { status: 'failed', exit_code: 3 }),
      refusal: null,
    },
    {
      runner_id: 'rnr_2',
      runner_name: 'web-2',
      run: run('run_2', { status: 'pending', waits_turn: true }),
      refusal: null,
    },
    {
      runner_id: 'rnr_3',
      runner_name: 'web-3',
      run: null,
      refusal: { code: 'runner_held', detail: 'Cannot dispatch: the runner is held', fix: 'Release it' },
    },
  ],
};

test('labels and a pace go out as they were given', async () => {
  await using plane = await startControlPlane();
  plane.answer(listRunners, () => ({ items: [], next_cursor: null, total: 0 }));
  plane.answer(dispatch, () => operation);
  const argv = [
    'runs',
    'start',
    'linux.uptime',
    '--label',
    'role=web',
    '--label',
    'zone=a=b',
    '--group',
    'web',
  ];
  const pace = ['--max-parallel', '2', '--stop-after-failures', '1', '--reason', 'x'];
  const { code } = await verb([...argv, ...pace], { env: environment(plane.url) });
  expect(code).toBe(6);
  expect(plane.asked.at(-1)?.body).toMatchObject({
    group: 'web',
    labels: { role: 'web', zone: 'a=b' },
    max_parallel: 2,
    stop_after_failures: 1,
  });
});

test.each([
  [['--on', 'web-1', '--group', 'web'], '--on'],
  [['--label', 'role'], 'KEY=VALUE'],
  [['--label', '=x'], 'KEY=VALUE'],
  [['--group', 'web', '--max-parallel', '0'], '--max-parallel'],
])('runs start with %j dispatches nothing and says %s', async (flags, because) => {
  await using plane = await startControlPlane();
  plane.answer(listRunners, () => ({ items: [], next_cursor: null, total: 0 }));
  const { code, err } = await verb(['runs', 'start', 'linux.uptime', ...flags, '--reason', 'x'], {
    env: environment(plane.url),
  });
  expect([code, err]).toEqual([2, expect.stringContaining(because)]);
  expect(plane.asked.some(({ method }) => method === 'POST')).toBe(false);
});

test('operations show tells a line a runner; cancel needs a yes; rerun takes a reason and says on what', async () => {
  await using plane = await startControlPlane();
  plane.answer(getOperation, () => operation);
  plane.answer(cancelOperation, () => ({
    ...operation,
    counts: { ...operation.counts, cancelled: 1, waiting: 0 },
  }));
  plane.answer(rerunOperation, () => ({ ...operation, results: operation.results.slice(0, 1) }));
  const env = environment(plane.url);
  const shown = await verb(['operations', 'show', 'op_1'], { env });
  expect(shown.out).toMatch(/3: 1 refused, 1 waiting, 1 failed[^]*web-1[^]*failed[^]*web-3[^]*runner_held/);
  expect((await verb(['operations', 'cancel', 'op_1'], { env })).code).toBe(2);
  expect((await verb(['operations', 'cancel', 'op_1', '--yes'], { env })).out).toContain('1 cancelled');
  expect((await verb(['operations', 'rerun', 'op_1'], { env })).code).not.toBe(0);
  const again = await verb(['operations', 'rerun', 'op_1', '--reason', 'again', '--json'], { env });
  expect(JSON.parse(again.out)).toMatchObject({ results: [{ runner_name: 'web-1' }] });
  expect(plane.asked.at(-1)?.body).toEqual({ reason: 'again', only: 'failed' });
});
