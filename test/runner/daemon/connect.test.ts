// `emisar connect` as a real process: start, work, signals, and every way out.
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeDemoPack } from '../demo-pack.ts';
import { temporaryDir } from '../linked-runner.ts';
import { RunnerProcess } from '../runner-process.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

let server: WireServer;
let dir: string;
let pack: string;
let processes: RunnerProcess[];

beforeEach(async () => {
  server = await WireServer.start();
  dir = temporaryDir();
  pack = writeDemoPack(join(dir, 'packs'));
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((runner) => runner.kill()));
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

function start(argv: readonly string[] = [], env: Record<string, string> = {}): RunnerProcess {
  const runner = new RunnerProcess(['--packs-dir', join(dir, 'packs'), 'connect', ...argv], {
    HOME: dir,
    EMISAR_URL: server.url,
    EMISAR_AUTH_KEY: 'emkey-auth-test-secret',
    EMISAR_GROUP: 'web',
    EMISAR_RUNNER_ID: 'web-1',
    ...env,
  });
  processes.push(runner);
  return runner;
}

const dataDir = () => join(dir, '.local/state/emisar/runner');

interface StateFrame {
  group: string;
  packs: { demo: { hash: string } };
  actions: { id: string; title: string; primary_executable_available: boolean }[];
}
const stateOf = async (visit: Visit, count = 1) =>
  (await visit.first('runner_state', count)) as unknown as StateFrame;

async function connected(runner: RunnerProcess, count = 1): Promise<{ visit: Visit; hash: string }> {
  const visit = await until(() => server.visits[count - 1], `connection ${count} of:\n${runner.err}`, 10_000);
  return { visit, hash: (await stateOf(visit)).packs.demo.hash };
}

test('with a URL and a key alone a host enrols, advertises its packs and runs an action', async () => {
  const runner = start();
  const { visit, hash } = await connected(runner);
  const state = await stateOf(visit);
  expect(state.group).toBe('web');
  expect(state.actions.map((action) => action.id)).toEqual([
    'demo.count',
    'demo.env',
    'demo.go_on',
    'demo.ping',
    'demo.rare',
  ]);
  expect(JSON.parse(server.calls[0]?.body ?? '')).toMatchObject({ external_id: 'web-1', group: 'web' });
  visit.run('req_a', { expected_pack_hash: hash });
  expect(await visit.first('action_result')).toMatchObject({
    status: 'success',
    exit_code: 0,
    progress_chunks: 1,
  });
  expect(visit.of('action_progress')).toMatchObject([{ seq: 1, stream: 'stdout', chunk: 'pong\n' }]);
  expect(visit.frames.map((frame) => frame['type'])).toEqual([
    ...['runner_state', 'action_started', 'action_progress', 'action_result'],
  ]);
  expect(statSync(join(dataDir(), 'token.json')).mode & 0o777).toBe(0o600);
  expect(statSync(dataDir()).mode & 0o777).toBe(0o750);
  expect(readFileSync(join(dataDir(), 'runner.lock'), 'utf8')).toBe(`${runner.child.pid}\n`);
  expect(readFileSync(join(dataDir(), 'events.jsonl'), 'utf8')).toContain('execution_completed');
  expect([runner.out, runner.err.includes('emkey-auth'), runner.err.includes('rnrtok')]).toEqual([
    '',
    false,
    false,
  ]);
});

test('the key and the other variables of the runner reach no action', async () => {
  const { visit, hash } = await connected(start([], { NODE_OPTIONS: '--no-warnings', SECRET: 's3cret' }));
  visit.run('req_a', { action_id: 'demo.env', expected_pack_hash: hash });
  await visit.first('action_result');
  const printed = visit
    .of('action_progress')
    .map((frame) => String(frame['chunk']))
    .join('');
  expect(printed).toContain('PATH=');
  expect(printed).not.toMatch(/EMISAR|NODE_OPTIONS|SECRET|s3cret|emkey/);
});

test('C27: SIGHUP brings new packs without a new connection; a broken one keeps what is loaded', async () => {
  const runner = start();
  const { visit, hash } = await connected(runner);
  visit.run('req_long', { action_id: 'demo.go_on', expected_pack_hash: hash });
  await visit.first('action_started');
  writeDemoPack(join(dir, 'packs'), 'Ping again');
  runner.child.kill('SIGHUP');
  const fresh = await stateOf(visit, 2);
  expect(fresh.packs.demo.hash).not.toBe(hash);
  expect(fresh.actions.find((action) => action.id === 'demo.ping')?.title).toBe('Ping again');
  writeFileSync(join(pack, 'actions/ping.yaml'), 'broken: true\n');
  runner.child.kill('SIGHUP');
  await runner.says('packs not reloaded');
  expect(runner.err).toMatch(/ping\.yaml/);
  visit.run('req_env', { action_id: 'demo.env', expected_pack_hash: fresh.packs.demo.hash });
  expect(await visit.first('action_result')).toMatchObject({
    request_id: 'req_env',
    status: 'pack_hash_mismatch',
  });
  expect(visit.of('action_result')).toHaveLength(1);
  expect(server.visits).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s cancels what runs, tells its result, and exits 0',
  async (signal) => {
    const runner = start();
    const { visit, hash } = await connected(runner);
    visit.run('req_a', { action_id: 'demo.go_on', expected_pack_hash: hash });
    await visit.first('action_started');
    runner.child.kill(signal);
    expect(await visit.first('action_result')).toMatchObject({ request_id: 'req_a', status: 'cancelled' });
    visit.acknowledge('req_a');
    expect(await runner.ended).toEqual({ code: 0, signal: null });
    expect(readFileSync(join(dataDir(), 'dispatches.jsonl'), 'utf8')).toContain('"state":"acknowledged"');
  },
);

test.each([
  ['C5', 'execution_outcome_unknown', ''],
  ['C6', 'host_rebooted', 'the-boot-before\n'],
])(
  '%s: killed in mid-run, it answers unasked after the restart (%s) and does not run it again',
  async (_id, reason, bootBefore) => {
    const runner = start();
    const { visit, hash } = await connected(runner);
    visit.run('req_a', { action_id: 'demo.go_on', expected_pack_hash: hash });
    await visit.first('action_started');
    await runner.kill();
    if (bootBefore !== '') writeFileSync(join(dataDir(), 'boot_id'), bootBefore);
    const { visit: again } = await connected(start([], { EMISAR_AUTH_KEY: '' }), 2);
    expect(await again.first('action_result')).toMatchObject({
      request_id: 'req_a',
      status: 'failed',
      reason,
    });
    again.run('req_a', { action_id: 'demo.go_on', expected_pack_hash: hash });
    expect(await again.first('action_result', 2)).toMatchObject({ status: 'failed', reason });
    expect(again.of('action_started')).toEqual([]);
  },
);

test('RN2, C23: an action goes on through two cuts, and its output arrives whole', async () => {
  const { visit: first, hash } = await connected(start());
  first.run('req_a', { action_id: 'demo.count', expected_pack_hash: hash });
  await first.first('action_progress', 3);
  first.cut();
  const second = await server.visit(2);
  await second.first('action_progress', 4);
  second.cut();
  const third = await server.visit(3);
  third.run('req_a', { action_id: 'demo.count', expected_pack_hash: hash });
  const result = await third.first('action_result');
  const chunks = new Map(third.of('action_progress').map((frame) => [frame['seq'], String(frame['chunk'])]));
  expect([...chunks.values()].join('')).toBe(
    Array.from({ length: 80 }, (_, n) => `line ${n + 1}\n`).join(''),
  );
  expect(result).toMatchObject({ status: 'success', progress_chunks: chunks.size });
});

test('a second daemon on the same data directory is refused, and the first goes on', async () => {
  const { visit, hash } = await connected(start());
  const second = start();
  expect((await second.ended).code).toBe(1);
  expect(second.err).toMatch(/^error: Cannot start: another emisar process holds .*runner\.lock; [^\n]*\n$/);
  visit.run('req_a', { expected_pack_hash: hash });
  await visit.first('action_result');
});

test('attached, it ends in order when its input closes', async () => {
  const runner = start(['--attached']);
  await connected(runner);
  runner.child.stdin?.end();
  expect((await runner.ended).code).toBe(0);
});

test('RE2: disabled, it exits 1 with one sentence and keeps its token', async () => {
  const runner = start();
  const { visit } = await connected(runner);
  visit.send({ type: 'shutdown', reason: 'runner_disabled', message: 'Disabled.' });
  expect((await runner.ended).code).toBe(1);
  expect(runner.err.match(/^error: .*/gm)).toHaveLength(1);
  expect(existsSync(join(dataDir(), 'token.json'))).toBe(true);
});

test('RE3: with a spent key it exits 1 each time and leaves no token', async () => {
  server.registerReply = { status: 401, body: { error: 'enrollment_key_invalid' } };
  for (let round = 0; round < 2; round += 1) {
    const runner = start();
    expect((await runner.ended).code).toBe(1);
    expect(runner.err).toMatch(/^error: Cannot enroll: .*Mint a fresh key/m);
  }
  expect(existsSync(join(dataDir(), 'token.json'))).toBe(false);
});

test.each([
  ['no key and no token', { EMISAR_AUTH_KEY: '' }, /EMISAR_AUTH_KEY/],
  ['plain http to another host', { EMISAR_URL: 'http://192.0.2.1' }, /plain http/],
  ['a URL that is none', { EMISAR_URL: 'nonsense' }, /absolute http or https URL/],
  ['a data directory below a file', { EMISAR_DATA_DIR: '/proc/version/x' }, /data directory/],
])('with %s it does not start', async (_name, env, message) => {
  const runner = start([], env);
  expect((await runner.ended).code).toBe(1);
  expect(runner.err).toMatch(message);
  expect(runner.err.match(/^error: .*/gm)).toHaveLength(1);
});
