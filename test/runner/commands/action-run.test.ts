// `emisar action run`: the same engine without a control plane, alone and beside a running daemon.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { argumentOf } from '../../../src/runner/commands/action-run.ts';
import { numberLiteral } from '../../../src/protocol/exact-json.ts';
import { verifyJournal } from '../../../src/runner/journal/verify-journal.ts';
import { temporaryFolder, writePack } from '../../support/pack-builder.ts';
import { RunnerProcess } from '../runner-process.ts';
import { WireServer } from '../wire-server.ts';
import { emisar, writeConfig } from './toolbox-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('local-run-');
  writeConfig(folder.path, 'admission: {deny: ["demo.denied"]}\n');
  writePack(join(folder.path, 'packs/demo'), {
    actions: [
      {
        name: 'say',
        command: ['echo', '{{ args.text }}'],
        args: [{ name: 'text', type: 'string', required: true }],
      },
      { name: 'both', script: 'echo out; echo err >&2; exit 3\n' },
      {
        name: 'read',
        command: ['cat', '{{ args.file }}'],
        args: [{ name: 'file', type: 'path', required: true }],
      },
      { name: 'denied' },
      { name: 'long', command: ['sleep', '50'], timeout: '60s', execution: { timeout_min: '100ms' } },
    ],
  });
});
afterEach(() => folder[Symbol.dispose]());

const actionRun = (...argv: string[]) => emisar(folder.path, ['action', 'run', ...argv]);
const events = () =>
  readFileSync(join(folder.path, 'events.jsonl'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('the result is JSON, the exit code 0, and the journal says that nobody dispatched it', async () => {
  const { code, out, err } = await actionRun('demo.say', '--arg', 'text=hello there', '--reason', 'to see');
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({
    status: 'success',
    action_id: 'demo.say',
    exit_code: 0,
    stdout: 'hello there\n',
    stdout_bytes: 12,
    event_id: events()[1]?.['event_id'],
  });
  expect(events()).toMatchObject([
    { event_type: 'execution_started', caller: {}, runner_id: 'web-01', request: { reason: 'to see' } },
    { event_type: 'execution_completed', caller: {} },
  ]);
  expect((await verifyJournal(join(folder.path, 'events.jsonl'))).every((file) => file.intact)).toBe(true);
});

test('a failing action: --stream prints its output first, the result last, exit 1', async () => {
  const { code, out, err } = await actionRun('demo.both', '--reason', 'x', '--stream');
  expect([code, out.startsWith('out\n{\n')]).toEqual([1, true]);
  expect(JSON.parse(out.slice(4))).toMatchObject({
    status: 'failed',
    exit_code: 3,
    stdout: 'out\n',
    stderr: 'err\n',
  });
  expect(err).toBe('err\nerror: Cannot report success for demo.both: it ended as failed\n');
});

test.each([
  [['demo.say', '--arg', 'text=x'], 'validation_failed'],
  [['demo.say', '--reason', 'x'], 'validation_failed'],
  [['demo.say', '--arg', 'text=5', '--reason', 'x'], 'validation_failed'],
  [['demo.denied', '--reason', 'x'], 'blocked_by_admission'],
  [['demo.none', '--reason', 'x'], 'unknown_action'],
  [['demo.long', '--reason', 'x', '--timeout', '100ms'], 'timed_out'],
])('%j ends as %s with exit code 1, on record', async (argv, status) => {
  const { code, out } = await actionRun(...argv);
  expect([code, JSON.parse(out)]).toMatchObject([1, { status, event_id: events().at(-1)?.['event_id'] }]);
});

test.each([
  [['demo.say', '--arg', 'novalue'], /Cannot use --arg novalue: write it as name=value/],
  [['demo.say', '--timeout', '-5s'], /Cannot use --timeout -5s/],
  [['demo.say', '--timeout', 'soon'], /Cannot use --timeout soon/],
  [['demo.say', '--json'], /Cannot use --json with emisar action run/],
])('%j is refused before anything runs', async (argv, sentence) => {
  expect(await actionRun(...argv)).toEqual({ code: 1, out: '', err: expect.stringMatching(sentence) });
});

test.each([
  ['', ''],
  ['true', true],
  ['null', null],
  ['12', 12],
  ['1.5', 1.5],
  ['12abc', '12abc'],
  ['"123"', '123'],
  ['[1', '[1'],
  ['{"a":1}', { a: 1 }],
  ['plain text', 'plain text'],
])('--arg k=%s is %j', (text, value) => {
  expect(argumentOf(text)).toEqual(value);
});

test('WP3: a number of an argument keeps every digit', () => {
  expect(numberLiteral(argumentOf('12345678901234567890'))).toBe('12345678901234567890');
});

test('GA3: no action is given the journal, although it lies among files that may be read', async () => {
  const logs = temporaryFolder('logs-');
  writeFileSync(join(logs.path, 'app.log'), 'line\n');
  writeConfig(folder.path, '', join(logs.path, 'events.jsonl'));
  const read = (file: string) =>
    actionRun('demo.read', '--reason', 'x', '--arg', `file=${join(logs.path, file)}`);
  expect((await read('app.log')).code).toBe(0);
  for (const file of ['events.jsonl', 'events.jsonl.lock', 'events.jsonl.1'])
    expect(JSON.parse((await read(file)).out)).toMatchObject({ status: 'validation_failed' });
  logs[Symbol.dispose]();
});

test('JR9: what cannot be recorded is not run', async () => {
  mkdirSync(join(folder.path, 'events.jsonl'));
  const { code, out } = await actionRun('demo.say', '--arg', 'text=x', '--reason', 'x');
  expect([code, JSON.parse(out)]).toMatchObject([
    1,
    { status: 'error', reason: 'local_audit_failed', local_audit_failed: true },
  ]);
});

test('JR11: beside a running daemon its events stand in the daemon’s chain', async () => {
  const server = await WireServer.start();
  const daemon = new RunnerProcess(['--config', join(folder.path, 'config.yaml'), 'connect'], {
    HOME: folder.path,
    EMISAR_URL: server.url,
    EMISAR_AUTH_KEY: 'emkey-auth-test',
  });
  try {
    const visit = await server.visit();
    const state = (await visit.first('runner_state')) as { packs?: { demo: { hash: string } } };
    const ran = await Promise.all(
      [1, 2, 3].map((n) => actionRun('demo.say', '--arg', `text=local ${n}`, '--reason', 'beside')),
    );
    visit.run('req_a', { action_id: 'demo.both', expected_pack_hash: state.packs?.demo.hash });
    await visit.first('action_result');
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0]);
  } finally {
    daemon.child.kill('SIGTERM');
    await daemon.ended;
    await server.stop();
  }
  const files = await verifyJournal(join(folder.path, 'events.jsonl'));
  expect(files.filter((file) => !file.intact)).toEqual([]);
  const text = files.map((file) => readFileSync(file.path, 'utf8')).join('');
  expect(text.match(/"event_type":"execution_completed"/g)).toHaveLength(4);
});

test('ctrl-c ends the action in order and on record', async () => {
  const process = new RunnerProcess(
    ['--config', join(folder.path, 'config.yaml'), 'action', 'run', 'demo.long', '--reason', 'x'],
    { HOME: folder.path },
  );
  writeFileSync(join(folder.path, 'marker'), '');
  for (let tries = 0; tries < 1_000 && !isStarted(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 10));
  process.child.kill('SIGINT');
  expect(await process.ended).toEqual({ code: 1, signal: null });
  expect(JSON.parse(process.out)).toMatchObject({ status: 'cancelled' });
  expect(events().map((event) => event['event_type'])).toEqual(['execution_started', 'action_cancelled']);
});

function isStarted(): boolean {
  try {
    return events().length > 0;
  } catch {
    return false;
  }
}
