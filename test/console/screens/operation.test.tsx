// A dispatch on many runners on one screen: same answers together, what failed first, and what one does then.
import { expect, test } from 'vitest';
import { getRunner, listRunnerActions, type RunnerAction } from '../../../src/protocol/api/runners.ts';
import {
  cancelOperation,
  dispatch,
  getOperation,
  getRunOutput,
  listAnswers,
  rerunOperation,
  type DispatchResult,
  type Run,
  type RunAnswer,
} from '../../../src/protocol/api/runs.ts';
import { differenceLines } from '../../../src/console/screens/operation-compare.tsx';
import { operationRows } from '../../../src/console/store/operation.ts';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { descriptor } from '../support/descriptor.ts';
import { keys, openScreen, type OpenedConsole } from '../support/opened-console.tsx';
import { AT, chunk, operation, run, runner, runnerDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const of = (name: string, change: Partial<Run> = {}) =>
  run(`run_${name}`, {
    runner_id: `rnr_${name}`,
    runner_name: name,
    started_at: AT,
    duration_ms: 7,
    ...change,
  });
const good = { status: 'success', exit_code: 0 } as const;
const runs = [
  of('web-1', good),
  of('web-2', good),
  of('web-3', { status: 'failed', exit_code: 1 }),
  of('web-4', { status: 'running', duration_ms: null }),
  of('web-5', { status: 'pending', waits_turn: true, started_at: null, duration_ms: null }),
];
const held: DispatchResult = {
  runner_id: 'rnr_web-6',
  runner_name: 'web-6',
  run: null,
  refusal: { code: 'runner_held', detail: 'Cannot dispatch: the runner is held', fix: 'Release it' },
};
const answers: RunAnswer[] = [
  { run_id: 'run_web-1', digest: 'same', lines: ['62% /'] },
  { run_id: 'run_web-2', digest: 'same', lines: ['62% /'] },
  { run_id: 'run_web-3', digest: 'other', lines: ['df: /mnt: Input/output error'] },
];

function serve(plane: ControlPlane, shown: readonly Run[] = runs): void {
  serveTopics(plane, { runs: [...shown] });
  plane.answer(getOperation, () => operation('op_1', [...shown], [held], { max_parallel: 2 }));
  plane.answer(listAnswers, () => ({ items: answers }));
  plane.answer(getRunOutput, ({ params }) => {
    const text = params['id'] === 'run_web-3' ? 'a\nb\n' : 'a\nc\n';
    return { items: [chunk(1, text)], first_seq: 1, last_seq: 1, more_before: false, more_after: false };
  });
}

const open = (plane: ControlPlane): OpenedConsole => openScreen(plane.url, ':operation op_1');

test('failures stand first, same answers together, each with how it begins; Enter shows who is behind one', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = open(plane);
  const frame = await screen.shows(/web-1 \+1/);
  expect(frame).toMatch(
    /✗ web-3 +exit 1 +df: \/mnt: Input\/output error\n.*web-6 +refused +Cannot dispatch: the runner is held\n.*● web-4 +running[^\n]*\n.*◌ web-5 +its turn[^\n]*\n.*✓ web-1 \+1 +exit 0 +62% \//,
  );
  expect(frame).toMatch(/Runs › linux\.uptime on 6 runners +1 ✗ {2}1 refused {2}1 ● {2}1 ◌ {2}2 ✓/);
  expect(frame).toMatch(/“nightly check” {2}by mara {3}2 at once/);
  screen.type('G' + keys.enter);
  await screen.shows(/web-1 \+1[^]*web-1 +exit 0[^]*web-2 +exit 0/);
});

test('f keeps the failures only, and back takes that away before it leaves', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = open(plane);
  await screen.shows(/web-1 \+1/);
  screen.type('f');
  const frame = await screen.shows(/· failures only/);
  expect(frame).toMatch(/web-3[^]*web-6/);
  expect(frame).not.toMatch(/web-1|web-4/);
  screen.type(keys.escape);
  await screen.shows(/web-1 \+1/);
});

test('what the stream tells of a run moves its line, and its answer is asked for', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = open(plane);
  await screen.shows(/● web-4 +running/);
  const asked = () => plane.asked.filter(({ path }) => path.endsWith('/answers')).length;
  const before = asked();
  const [viewer] = plane.connected();
  const id = viewer?.requests.find((request) => request.type === 'subscribe' && request.topic === 'runs');
  const event = { type: 'run.finished', run: of('web-4', { status: 'timed_out' }) } as const;
  if (id?.type !== 'subscribe') throw new Error('nobody watches the runs');
  viewer?.send({ type: 'event', id: id.id, seq: 1, cursor: 'c', at: AT, event });
  await screen.shows(/✗ web-4 +timed out/);
  await screen.shows(/2 ✗/);
  expect(asked()).toBeGreaterThan(before);
});

test('run again on the failed asks why and goes to the new dispatch', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(rerunOperation, () => ({ id: 'op_2', action_id: 'linux.uptime', results: [] }));
  await using screen = open(plane);
  await screen.shows(/web-1 \+1[^]*a act/);
  screen.type('a');
  await screen.shows(/▌ r +Run again on the failed… +1 runner/);
  screen.type('r');
  await screen.shows(/on the 1 runner where it failed/);
  screen.type(keys.enter);
  screen.type(`disk was full${keys.enter}`);
  await screen.hides(/╭/);
  const sent = plane.asked.filter(({ method }) => method === 'POST');
  expect(sent.map(({ body }) => body)).toEqual([
    { reason: 'disk was full', only: 'failed', max_parallel: 2 },
  ]);
});

test('cancel says how many wait and run, and takes a second key', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  plane.answer(cancelOperation, () => operation('op_1', [...runs]));
  await using screen = open(plane);
  await screen.shows(/web-1 \+1[^]*a act/);
  screen.type('a');
  await screen.shows(/c +Cancel… +1 that wait never start, 1 are stopped/);
  screen.type('c');
  await screen.shows(/Stop linux\.uptime on 2 runners/);
  expect(plane.asked.some(({ method }) => method === 'POST')).toBe(false);
});

test('= compares what two marked lines printed', async () => {
  await using plane = await startControlPlane();
  serve(plane);
  await using screen = open(plane);
  await screen.shows(/web-1 \+1/);
  screen.type('=');
  await screen.shows(/Mark two lines/);
  screen.type(' G =');
  await screen.shows(/- web-3 +\+ web-1[^]* {2}a[^]*- b[^]*\+ c/);
});

test('r on the heading of a group or on marked runners opens one form for all of them', async () => {
  await using plane = await startControlPlane();
  const fleet = [
    runner('rnr_1', { name: 'web-1', group: 'web' }),
    runner('rnr_2', { name: 'web-2', group: 'web' }),
  ];
  serveTopics(plane, { runners: fleet });
  const offered: RunnerAction = {
    action: descriptor('linux.uptime'),
    pack_version: '1.0.0',
    pack_hash: 'x',
    blocked_by: null,
    policy: 'allow',
  };
  plane.answer(getRunner, ({ params }) => runnerDetail(params['id'] ?? ''));
  plane.answer(listRunnerActions, () => ({ items: [offered] }));
  plane.answer(dispatch, () => ({ id: 'op_1', action_id: 'linux.uptime', results: [] }));
  plane.answer(getOperation, () => operation('op_1', runs));
  plane.answer(listAnswers, () => ({ items: answers }));
  await using screen = openScreen(plane.url, ':fleet');
  await screen.shows(/web-2/);
  screen.type('t');
  await screen.shows(/▾ web +2 runners/);
  screen.type('gr');
  await screen.shows(/new run on group web \(2 runners\)/);
  screen.type(keys.enter);
  await screen.shows(/Run linux\.uptime on group web \(2 runners\)/);
  screen.type(`nightly${keys.enter}1${keys.enter}${keys.enter}${keys.enter}`);
  await screen.shows(/linux\.uptime on 5 runners/);
  const [sent] = plane.asked.filter(({ method }) => method === 'POST');
  expect(sent?.body).toEqual({
    action_id: 'linux.uptime',
    group: 'web',
    max_parallel: 1,
    args: {},
    reason: 'nightly',
  });
});

test('an answer that is not read yet stands alone, and refusals of one reason together', () => {
  const done = [of('a', good), of('b', good)].map((one): DispatchResult => ({
    runner_id: one.runner_id,
    runner_name: one.runner_name,
    run: one,
    refusal: null,
  }));
  const refused = [held, { ...held, runner_id: 'rnr_x', runner_name: 'x' }];
  const { groups, counts } = operationRows([...done, ...refused], new Map(), { onlyFailed: false });
  expect(groups.map(({ results }) => results.map((result) => result.runner_name))).toEqual([
    ['web-6', 'x'],
    ['a'],
    ['b'],
  ]);
  expect(counts).toMatchObject({ refused: 2, success: 2, failed: 0 });
});

test('a difference folds what is equal, and says when all of it is', () => {
  const many = Array.from({ length: 20 }, (_, at) => `line ${at}`);
  const texts = differenceLines([...many, 'x'], [...many, 'y']).map(({ text }) => text);
  expect(texts).toEqual(['⋯ 18 equal lines', '  line 18', '  line 19', '- x', '+ y']);
  expect(differenceLines(['a'], ['a']).map(({ text }) => text)).toEqual(['Both printed the same']);
});
