import { Readable, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/console/store/clock.ts';
import { createApi } from '../../../src/console/client/api.ts';
import { runVerb } from '../../../src/console/verbs/command-line.ts';
import { streamRun } from '../../../src/console/verbs/stream-run.ts';
import { dispatch, getRun } from '../../../src/protocol/api/runs.ts';
import { refusals } from '../../../src/protocol/errors.ts';
import { Problem, startControlPlane, TOKEN } from '../support/control-plane.ts';
import { serveDispatch, serveRun } from '../support/served-run.ts';
import { eventually } from '../support/eventually.ts';
import { AT, chunk, run, runDetail } from '../support/rows.ts';
import { collected, environment, verb } from '../support/verb-run.ts';

test('runs start --wait passes stdout and stderr apart, byte for byte, and exits with the code of the run', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  const exact = '\u001b[31mred\r\n\u202etail';
  const chunks = [chunk(1, exact), chunk(2, 'oops\n', 'stderr')];
  serveRun(plane, chunks, { run: runDetail('run_1', { status: 'failed', exit_code: 3 }) });
  const argv = ['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x', '--wait'];
  const piped = await verb(argv, { env: environment(plane.url) });
  expect(piped).toEqual({ code: 3, out: exact, err: 'oops\n' });
  const shown = await verb(argv, { env: environment(plane.url), terminal: true });
  expect(shown.out).toBe('␛[31mred\n·tail');
});

test('output is passed on while the run goes on, each chunk once, across a page that is asked twice', async () => {
  await using plane = await startControlPlane();
  const chunks = [chunk(1, 'one\n')];
  const state = { run: runDetail('run_1') };
  serveRun(plane, chunks, state);
  const api = createApi({ url: plane.url, token: TOKEN });
  const stdout = collected(false);
  const ended = streamRun(api.call, 'run_1', {
    stdout,
    stderr: collected(false),
    clock: systemClock,
    stream: { url: plane.url, token: TOKEN },
  });
  await eventually(() => stdout.text === 'one\n');
  chunks.push(chunk(2, 'two\n'));
  await eventually(() => plane.connected()[0]);
  plane.connected()[0]?.send({
    type: 'event',
    id: 1,
    seq: 1,
    cursor: 'c',
    at: AT,
    event: { type: 'run.output', chunks: [chunk(2, 'two\n')] },
  });
  await eventually(() => stdout.text === 'one\ntwo\n');
  chunks.push(chunk(3, 'three\n'));
  state.run = runDetail('run_1', { status: 'success', exit_code: 0 });
  plane.connected()[0]?.send({
    type: 'event',
    id: 1,
    seq: 2,
    cursor: 'c',
    at: AT,
    event: { type: 'run.detail', run: state.run },
  });
  expect(await ended).toBe(0);
  expect(stdout.text).toBe('one\ntwo\nthree\n');
  await api.close();
});

test('RN5: lost chunks are told on stderr, never on stdout', async () => {
  await using plane = await startControlPlane();
  serveRun(plane, [chunk(1, 'a'), chunk(4, 'd')], {
    run: runDetail('run_1', { status: 'success', exit_code: 0 }),
  });
  const { out, err } = await verb(['runs', 'tail', '-f', 'run_1'], { env: environment(plane.url) });
  expect(out).toBe('ad');
  expect(err).toContain('2 to 3');
});

test('a control plane that restarts in between is waited for', async () => {
  await using plane = await startControlPlane();
  let failing = 3;
  serveRun(plane, [chunk(1, 'a')], { run: runDetail('run_1', { status: 'success', exit_code: 0 }) });
  const api = createApi({ url: plane.url, token: TOKEN, random: () => 0 });
  plane.answer(getRun, () => {
    failing -= 1;
    if (failing >= 0) throw new Problem('unavailable');
    return runDetail('run_1', { status: 'success', exit_code: 0 });
  });
  const stdout = collected(false);
  expect(await streamRun(api.call, 'run_1', { stdout, stderr: collected(false) })).toBe(0);
  expect(stdout.text).toBe('a');
  await api.close();
});

test.each([
  ['success', null, 0],
  ['failed', 7, 7],
  ['failed', 256, 1],
  ['refused', null, 3],
  ['denied', null, 3],
  ['error', null, 1],
  ['cancelled', null, 1],
  ['timed_out', -1, 1],
] as const)('a run that ended %s with %s exits %i', async (status, exit_code, expected) => {
  await using plane = await startControlPlane();
  serveRun(plane, [], { run: runDetail('run_1', { status, exit_code, explanation: 'because' }) });
  const { code } = await verb(['runs', 'tail', '-f', 'run_1'], { env: environment(plane.url) });
  expect(code).toBe(expected);
});

test('an interruption stops following with 130 and says that the run goes on', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  serveRun(plane, [chunk(1, 'a')], { run: runDetail('run_1') });
  const stop = new AbortController();
  const ended = verb(['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x', '-w'], {
    env: environment(plane.url),
    signal: stop.signal,
  });
  await eventually(() => plane.asked.some(({ path }) => path.endsWith('/output')));
  stop.abort();
  expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining('runs tail -f run_1') });
});

test('arguments take the types of the action, numbers as typed; --args-json keeps its literals', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  const env = environment(plane.url);
  const base = ['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x'];
  await verb([...base, '-a', 'path=007', '-a', 'lines=891234567890123456'], { env });
  expect(plane.asked.at(-1)?.rawBody).toContain('"args":{"path":"007","lines":891234567890123456}');
  await verb([...base, '--args-json', '{"lines":1e3}'], { env });
  expect(plane.asked.at(-1)?.rawBody).toContain('"args":{"lines":1e3}');
  await verb([...base, '--args-json', '-'], { env, stdin: '{"lines":2.50}' });
  expect(plane.asked.at(-1)?.rawBody).toContain('"args":{"lines":2.50}');
});

test.each([
  [['-a', 'lines=many'], 'lines'],
  [['-a', 'path'], 'name=value'],
  [['--args-json', '[1]'], 'object'],
  [['--args-json', '{'], 'JSON'],
  [['--group', 'g'], '--on'],
])('runs start with %j dispatches nothing and exits 2', async (flags, because) => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  const argv = ['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x', ...flags];
  const { code, err } = await verb(argv, { env: environment(plane.url) });
  expect([code, err]).toEqual([2, expect.stringContaining(because)]);
  expect(plane.asked.filter(({ method }) => method === 'POST')).toEqual([]);
});

test('T32: an action of high risk needs --yes without a terminal', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  const argv = ['runs', 'start', 'linux.restart', '--on', 'web-1', '--reason', 'x'];
  const env = environment(plane.url);
  expect((await verb(argv, { env })).code).toBe(2);
  expect(plane.asked.some(({ method }) => method === 'POST')).toBe(false);
  expect((await verb([...argv, '--yes'], { env })).code).toBe(0);
});

test('a refusal inside an operation exits 3 with its fix', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  const { sentence: detail, fix } = refusals.pack_untrusted;
  plane.answer(dispatch, () => ({
    id: 'op_1',
    action_id: 'linux.tail',
    results: [
      {
        runner_id: 'rnr_1',
        runner_name: 'web-1',
        run: null,
        refusal: { code: 'pack_untrusted', detail, fix },
      },
    ],
  }));
  const { code, out, err } = await verb(
    ['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x', '-w'],
    { env: environment(plane.url) },
  );
  expect([code, out]).toEqual([3, '']);
  expect(err).toContain(fix);
});

test('several runs are told apart line by line', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  plane.answer(dispatch, () => ({
    id: 'op_1',
    action_id: 'linux.tail',
    results: ['web-1', 'web-2'].map((name) => ({
      runner_id: name,
      runner_name: name,
      run: run(`run_${name.slice(-1)}`, { runner_name: name }),
      refusal: null,
    })),
  }));
  serveRun(plane, [chunk(1, 'a\nb')], { run: runDetail('run_1', { status: 'success', exit_code: 0 }) });
  const { code, out } = await verb(['runs', 'start', 'linux.tail', '--group', 'web', '--reason', 'x', '-w'], {
    env: environment(plane.url),
  });
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n').sort()).toEqual(['[web-1] a', '[web-1] b', '[web-2] a', '[web-2] b']);
});

test('runs start --wait --json prints the finished run with its output as one value, and exits with its code', async () => {
  await using plane = await startControlPlane();
  serveDispatch(plane);
  serveRun(plane, [chunk(1, 'a\n')], { run: runDetail('run_1', { status: 'failed', exit_code: 3 }) });
  const argv = ['runs', 'start', 'linux.tail', '--on', 'web-1', '--reason', 'x', '-w', '--json'];
  const { code, out, err } = await verb(argv, { env: environment(plane.url) });
  expect([code, err]).toEqual([3, '']);
  expect(JSON.parse(out)).toMatchObject({ run: { id: 'run_1' }, output: [{ seq: 1, chunk: 'a\n' }] });
});

test('a closed pipe ends the verb quietly', async () => {
  await using plane = await startControlPlane();
  serveRun(plane, [chunk(1, 'a'), chunk(2, 'b')], { run: runDetail('run_1') });
  const stdout = new Writable({
    write(_part, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const stderr = collected(false);
  const stdin = Readable.from([]);
  const env = environment(plane.url);
  const code = await runVerb(['runs', 'tail', '-f', 'run_1'], {
    stdin,
    stdout,
    stderr,
    env,
    clock: systemClock,
  });
  expect([code, stderr.text]).toEqual([141, '']);
});
