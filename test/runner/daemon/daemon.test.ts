// The daemon in this process, with a turned clock: what it looks for by itself, and how it takes its leave.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { builtInConfig } from '../../../src/runner/config.ts';
import { startDaemon, type Daemon } from '../../../src/runner/daemon.ts';
import { takeRunnerLock } from '../../../src/runner/host/runner-lock.ts';
import { DispatchLog } from '../../../src/runner/link/dispatch-log.ts';
import { createLog } from '../../../src/runner/log.ts';
import { writeDemoPack } from '../demo-pack.ts';
import { temporaryDir } from '../linked-runner.ts';
import { TurnedClock } from '../turned-clock.ts';
import { until } from '../until.ts';
import { WireServer } from '../wire-server.ts';

let server: WireServer;
let dir: string;
let clock: TurnedClock;
let lines: string[];
let daemon: Daemon | null;
let bootId: string | null;

beforeEach(async () => {
  server = await WireServer.start();
  dir = temporaryDir();
  clock = new TurnedClock();
  lines = [];
  daemon = null;
  bootId = 'boot-1';
  writeDemoPack(join(dir, 'packs'));
  writeFileSync(join(dir, 'packs/catalogue.json'), '{}');
});
afterEach(async () => {
  let isOver = daemon === null;
  void daemon?.ended.then(() => (isOver = true));
  daemon?.stop();
  await server.stop();
  await until(async () => {
    await clock.advance(1_000);
    return isOver;
  }, 'the end of the daemon');
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<Daemon> {
  const environment = {
    HOME: dir,
    PATH: `${join(dir, 'bin')}:${process.env['PATH']}`,
    EMISAR_URL: server.url,
  };
  daemon = await startDaemon({
    config: builtInConfig({ env: environment, programDir: join(dir, 'dist') }),
    key: 'emkey-auth-test',
    clock,
    random: () => 0,
    randomBytes,
    log: createLog(clock, (line) => lines.push(line)),
    version: '1.2.3',
    environment,
    bootId,
  });
  return daemon;
}

const isRareThere = (state: Record<string, unknown>) =>
  (state['actions'] as { id: string; primary_executable_available: boolean }[]).find(
    ({ id }) => id === 'demo.rare',
  )?.primary_executable_available;

test('a program that appears or goes is told within 30 s, and nothing is said when nothing changed', async () => {
  await start();
  const visit = await server.visit();
  expect(isRareThere(await visit.first('runner_state'))).toBe(false);
  await clock.advance(30_000);
  await visit.first('heartbeat');
  expect(visit.of('runner_state')).toHaveLength(1);
  mkdirSync(join(dir, 'bin'));
  writeFileSync(join(dir, 'bin/emisar-test-rare'), '#!/bin/sh\n');
  chmodSync(join(dir, 'bin/emisar-test-rare'), 0o755);
  await clock.advance(30_000);
  expect(isRareThere(await visit.first('runner_state', 2))).toBe(true);
  rmSync(join(dir, 'bin/emisar-test-rare'));
  await clock.advance(30_000);
  expect(isRareThere(await visit.first('runner_state', 3))).toBe(false);
});

test('stopping waits two seconds for acknowledgements and not longer; the result is kept for the next start', async () => {
  const running = await start();
  const visit = await server.visit();
  const state = (await visit.first('runner_state')) as unknown as { packs: { demo: { hash: string } } };
  visit.run('req_a', { action_id: 'demo.ping', expected_pack_hash: state.packs.demo.hash });
  await visit.first('action_result');
  let isOver = false;
  void running.ended.then(() => (isOver = true));
  const timers = clock.waiting;
  running.stop();
  await until(() => clock.waiting > timers, 'the farewell to be timed');
  await clock.advance(1_999);
  expect(isOver).toBe(false);
  await until(async () => {
    await clock.advance(1);
    return isOver;
  }, 'the end');
  const log = readFileSync(join(dir, '.local/state/emisar/runner/dispatches.jsonl'), 'utf8');
  expect(log).toContain('"state":"completed"');
});

test.each([
  ['C6', 'boot-2', 'host_rebooted'],
  ['C5', 'boot-1', 'execution_outcome_unknown'],
  ['C5', null, 'execution_outcome_unknown'],
])(
  '%s: at boot %s what was running before is settled as %s, on record and only once',
  async (_id, boot, reason) => {
    const dataDir = join(dir, '.local/state/emisar/runner');
    const before = await start();
    await server.visit();
    before.stop();
    await before.ended;
    const dispatches = await DispatchLog.open(join(dataDir, 'dispatches.jsonl'));
    await dispatches.reserve('req_lost', 'a'.repeat(64));
    await dispatches.close();
    bootId = boot;
    await start();
    const result = await (await server.visit(2)).first('action_result');
    expect(result).toMatchObject({ request_id: 'req_lost', status: 'failed', exit_code: -1, reason });
    const journal = readFileSync(join(dataDir, 'events.jsonl'), 'utf8').split('\n').slice(0, -1);
    expect(journal.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        event_type: 'dispatch_refused',
        event_id: result['event_id'],
        caller: { control_plane_request_id: 'req_lost' },
      },
    ]);
    expect(readFileSync(join(dataDir, 'boot_id'), 'utf8')).toBe(`${boot ?? 'boot-1'}\n`);
  },
);

test('the lock is free again after the end, and after a start that failed', async () => {
  const dataDir = join(dir, '.local/state/emisar/runner');
  const running = await start();
  await server.visit();
  expect(() => takeRunnerLock(dataDir)).toThrow(/another emisar process/);
  running.stop();
  await running.ended;
  writeFileSync(join(dataDir, 'dispatches.jsonl'), 'nonsense\n');
  await expect(start()).rejects.toThrow(/Cannot trust the dispatch log/);
  takeRunnerLock(dataDir).release();
});

test('a log line cannot be forged by what the other side says', async () => {
  await start();
  const visit = await server.visit();
  await visit.first('runner_state');
  visit.send({
    type: 'shutdown',
    reason: 'cloud_shutdown',
    message: 'bye\ntime=now level=ERROR msg="forged"\u001b[31m',
  });
  await until(() => lines.some((line) => line.includes('bye')), 'the line');
  expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  expect(lines.join('')).not.toContain('\u001b');
});
