import { mkdtempSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cancelRun, getRunOutput, type OutputChunk, type RunDetail } from '../../../src/protocol/api/runs.ts';
import { DEAF_MS } from '../../../src/console/components/confirm-dialog.tsx';
import { startControlPlane, type ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { keys, openScreen } from '../support/opened-console.tsx';
import { chunk, run, runDetail } from '../support/rows.ts';
import { serveTopics } from '../support/served-topics.ts';

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => chunk(from + index, `line ${from + index}.\n`));

function serveOne(
  plane: ControlPlane,
  chunks: OutputChunk[],
  change: Partial<RunDetail> = {},
  moreBefore = false,
) {
  const open = { run: runDetail('run_1', { action_id: 'linux.log', ...change }), chunks, moreBefore };
  return serveTopics(plane, { open: new Map([['run_1', open]]) });
}

test('the output follows; an upward key pauses it and counts what comes, G follows again', async () => {
  await using plane = await startControlPlane();
  const served = serveOne(plane, lines(1, 50));
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/● following[^]*line 50\./);
  screen.type('k');
  await screen.shows(/paused · G to follow[^]*line 49\.\s/);
  await served.tell('run:run_1', { type: 'run.output', chunks: lines(51, 53) });
  expect(await screen.shows(/paused · 3 new lines/)).not.toMatch(/line 5[0-3]\./);
  screen.type('G');
  await screen.shows(/● following[^]*line 53\./);
});

test('T15: pgup at the top loads the page before; what is read stays in its place', async () => {
  await using plane = await startControlPlane();
  serveOne(plane, lines(41, 60), {}, true);
  plane.answer(getRunOutput, ({ query }) => {
    expect(query['before_seq']).toBe('41');
    return { items: lines(1, 40), first_seq: 1, last_seq: 40, more_before: false, more_after: true };
  });
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/line 60\./);
  screen.type('g');
  await screen.shows(/earlier output exists; pgup loads it[^]*line 41\./);
  screen.type(keys.pageUp);
  await screen.shows(/line 30\.[^]*line 40\./);
  screen.type('g');
  await screen.shows(/line 1\.\s/);
});

test('T13: lost chunks and cut streams are marked where they are', async () => {
  await using plane = await startControlPlane();
  const chunks = [chunk(1, 'before\n'), chunk(14, 'after\n')];
  serveOne(plane, chunks, {
    status: 'success',
    exit_code: 0,
    stdout_truncated: true,
    stdout_bytes: 3_000_000,
    output_complete: false,
  });
  await using screen = openScreen(plane.url, ':run run_1');
  const frame = await screen.shows(/before[^]*gap: 12 chunks lost on the way, seq 2–13[^]*after/);
  expect(frame).toMatch(/after\s[^]*stdout was cut at its limit; 2\.9 MiB were printed[^]*not complete/);
});

test('search finds backwards and forwards, streams are told apart, a long line wraps on W', async () => {
  await using plane = await startControlPlane();
  const long = `${'x'.repeat(100)}END\n`;
  serveOne(plane, [...lines(1, 30), chunk(31, 'oops needle\n', 'stderr'), ...lines(32, 60), chunk(61, long)]);
  await using screen = openScreen(plane.url, ':run run_1');
  expect(await screen.shows(/x{20,}…/)).not.toMatch(/END/);
  screen.type('W');
  await screen.shows(/END/);
  screen.type('/needle\r');
  await screen.shows(/\/needle/);
  screen.type('N');
  await screen.shows(/▏ oops needle/);
  screen.type('n');
  await screen.shows(/No later line has “needle”/);
  screen.type('vv');
  expect(await screen.shows(/── stderr/)).not.toMatch(/line \d/);
});

test('T17: output with escapes is neutralised on the screen and exact in the saved file, which is 0600', async () => {
  await using plane = await startControlPlane();
  const exact = ['\u001b[31mred\r\n', '\u202etail'];
  const chunks = [chunk(1, exact[0] ?? ''), chunk(2, exact[1] ?? '')];
  serveOne(plane, chunks, { output_chunks: 2 });
  plane.answer(getRunOutput, () => ({
    items: chunks,
    first_seq: 1,
    last_seq: 2,
    more_before: false,
    more_after: false,
  }));
  const folder = mkdtempSync(join(tmpdir(), 'emisar-save-'));
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/␛\[31mred[^]*·tail/);
  screen.type(keys.ctrlS);
  await screen.shows(/✓ Saved/);
  cwd.mockRestore();
  const [name = ''] = readdirSync(folder);
  expect(readFileSync(join(folder, name), 'utf8')).toBe(exact.join(''));
  expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test('cancel asks with its consequence, and only then tells the server', async () => {
  await using plane = await startControlPlane();
  serveOne(plane, lines(1, 3));
  plane.answer(cancelRun, () => runDetail('run_1', { status: 'cancelling' }));
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/a act/);
  screen.type('ac');
  await screen.shows(/╭ Stop linux\.log on web-1/);
  screen.pass(DEAF_MS);
  expect(plane.asked.some(({ path }) => path.endsWith('/cancel'))).toBe(false);
  screen.type(keys.right + keys.enter);
  await screen.shows(/asked to stop it/);
});

test('a run that ended says how and why; one that is not there says so', async () => {
  await using plane = await startControlPlane();
  serveOne(plane, [], {
    status: 'error',
    explanation: 'The runner never came back',
    cause: 'lost_in_flight',
    args: { unit: 'sshd' },
  });
  await using screen = openScreen(plane.url, ':run run_1');
  const frame = await screen.shows(/✗ error/);
  expect(frame).toMatch(/unit=sshd/);
  expect(frame).toMatch(/The runner never came back \(lost_in_flight\)/);
  expect(frame).toMatch(/It printed nothing/);
  screen.type(':run run_2\r');
  await screen.shows(/Cannot show this run[^]*not_found/);
});

test('T5: runs stand newest first, change in place, and Enter opens the one under the cursor', async () => {
  await using plane = await startControlPlane();
  const rows = [
    run('run_1', { queued_at: '2026-11-25T11:00:00.000Z', action_id: 'linux.old' }),
    run('run_2', { queued_at: '2026-11-25T12:00:00.000Z', action_id: 'linux.new' }),
  ];
  const open = new Map([
    ['run_1', { run: runDetail('run_1', { action_id: 'linux.old' }), chunks: [], moreBefore: false }],
  ]);
  const served = serveTopics(plane, { runs: rows, open });
  await using screen = openScreen(plane.url, ':runs');
  await screen.shows(/linux\.new[^]*linux\.old/);
  screen.type('j');
  await screen.shows(/▌.*linux\.old/);
  await served.tell('runs', {
    type: 'run.created',
    run: run('run_3', { queued_at: '2026-11-25T12:00:05.000Z', action_id: 'linux.newest' }),
  });
  await screen.shows(/linux\.newest/);
  expect(screen.frame()).toMatch(/▌.*linux\.old/);
  screen.type(keys.enter);
  await screen.shows(/Runs › linux\.old on web-1/);
});

test('a window full of output scrolls like a short one', async () => {
  await using plane = await startControlPlane();
  const block = (seq: number) => chunk(seq, `${'y'.repeat(63)}\n`.repeat(2000));
  const many = Array.from({ length: 60 }, (_, index) => block(index + 1));
  serveOne(plane, many);
  await using screen = openScreen(plane.url, ':run run_1');
  await screen.shows(/y{40}/);
  for (let move = 0; move < 50; move += 1) screen.type(keys.pageUp);
  screen.type('t');
  await eventually(() => /\d\d:\d\d:\d\dZ {2}y/.test(screen.frame()));
});
