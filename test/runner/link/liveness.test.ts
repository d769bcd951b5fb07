// Heartbeats, silence and the pauses between dials, with a turned clock on real sockets.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { retryDelayMs } from '../../../src/runner/link/backoff.ts';
import { startLink, type LinkedRunner } from '../linked-runner.ts';
import { TurnedClock } from '../turned-clock.ts';
import { until } from '../until.ts';
import { WireServer } from '../wire-server.ts';

let server: WireServer;
let runner: LinkedRunner | null = null;

beforeEach(async () => {
  server = await WireServer.start();
});
afterEach(async () => {
  await runner?.stop();
  runner = null;
  await server.stop();
});

test('HB1: a connected runner beats every 30 s, first after a full interval', async () => {
  const clock = new TurnedClock();
  runner = await startLink({ url: server.url, clock });
  const visit = await server.visit();
  await visit.first('runner_state');
  await clock.advance(29_999);
  expect(visit.of('heartbeat')).toEqual([]);
  await clock.advance(1);
  expect(await visit.first('heartbeat')).toMatchObject({ time: '2030-01-02T03:04:35Z', action_load: 0 });
  visit.run('req_a');
  await until(() => runner?.dispatcher.load === 1, 'the run');
  await clock.advance(30_000);
  expect(await visit.first('heartbeat', 2)).toMatchObject({ action_load: 1 });
});

test('C1, HB5: a connection that swallows everything is given up after 45 s and dialled anew', async () => {
  const clock = new TurnedClock();
  runner = await startLink({ url: server.url, clock });
  const visit = await server.visit();
  await visit.first('runner_state');
  // The other end is still there for TCP, but nothing behind it reads or answers any more.
  visit.socket.pause();
  await clock.advance(44_999);
  expect(server.visits).toHaveLength(1);
  expect(runner.lines.join('')).not.toContain('no answer for 45 s');
  await clock.advance(1);
  await until(
    () => runner?.lines.some((line) => line.includes('no answer for 45 s')),
    'the end of the session',
  );
  await until(async () => {
    await clock.advance(1);
    return server.visits.length === 2;
  }, 'a second connection');
});

test('C18, HB5: the dialling side pings, and answers to pings keep a quiet connection', async () => {
  const clock = new TurnedClock();
  runner = await startLink({ url: server.url, clock });
  const visit = await server.visit();
  await visit.first('runner_state');
  let pings = 0;
  visit.socket.on('ping', () => (pings += 1));
  for (let round = 1; round <= 8; round += 1) {
    await clock.advance(15_000);
    await until(() => pings === round, `ping ${round}`);
    // Our answer is on its way; a message after it proves that it has arrived.
    visit.run(`req_${round}`, { action_id: 'quiet' });
    const { engine } = runner;
    await until(() => engine.runs.length >= Math.min(round, 8), 'the message');
  }
  expect(server.visits).toHaveLength(1);
});

test('a dial that nobody answers is given up after 10 s', async () => {
  const clock = new TurnedClock();
  server.isMute = true;
  runner = await startLink({ url: server.url, clock });
  await until(() => server.calls.some((call) => call.path.endsWith('/websocket')), 'the dial');
  server.isMute = false;
  await clock.advance(9_999);
  expect(runner.lines.join('')).not.toContain('no answer to the dial');
  await clock.advance(1);
  await until(
    () => runner?.lines.some((line) => line.includes('no answer to the dial')),
    'the end of the dial',
  );
  await until(async () => {
    await clock.advance(1);
    return server.visits.length === 1;
  }, 'a connection');
});

test.each([
  [0, 0, 0],
  [0, 0.999_999, 999],
  [1, 0.5, 1_000],
  [5, 0.999_999_9, 31_999],
  [6, 0.999_999_9, 59_999],
  [400, 0.5, 30_000],
])(
  'C20: dial %i with luck %d waits %i ms: anywhere below a doubling ceiling of 60 s',
  (attempt, random, expected) => {
    expect(retryDelayMs({ minMs: 1_000, maxMs: 60_000 }, attempt, random)).toBe(expected);
  },
);

test('C20: a server that names a time is given at least that long, and at most five minutes', () => {
  const backoff = { minMs: 1_000, maxMs: 60_000 };
  expect(retryDelayMs(backoff, 0, 0, 7_000)).toBe(7_000);
  expect(retryDelayMs(backoff, 6, 0.5, 7_000)).toBe(30_000);
  expect(retryDelayMs(backoff, 0, 0, 86_400_000)).toBe(300_000);
});
