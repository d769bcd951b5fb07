// A day without a control plane: nothing grows, nothing is lost, and the host is back at once when it is.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FINISHED_BYTES } from '../../../src/runner/link/spool.ts';
import { startLink, type LinkedRunner } from '../linked-runner.ts';
import { TurnedClock } from '../turned-clock.ts';
import { until } from '../until.ts';
import { WireServer, type Visit } from '../wire-server.ts';

let server: WireServer;
let clock: TurnedClock;
let runner: LinkedRunner;

beforeEach(async () => {
  server = await WireServer.start();
  clock = new TurnedClock();
});
afterEach(async () => {
  await runner.stop();
  await server.stop();
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

async function connected(backoff?: { minMs: number; maxMs: number }): Promise<Visit> {
  runner = await startLink({ url: server.url, clock, random: () => 0.999, ...(backoff && { backoff }) });
  const visit = await server.visit();
  await visit.first('runner_state');
  return visit;
}

const dials = () => server.calls.filter((call) => call.path.endsWith('/websocket')).length;

test('C22: a day of refused dials while an action prints: memory stays flat, and its end is told', async () => {
  const visit = await connected({ minMs: 1_000, maxMs: 60_000 });
  visit.run('req_a');
  const run = await until(() => runner.engine.runs[0], 'the run');
  run.start();
  await visit.first('action_started');
  server.dialReply = { status: 503, body: { error: 'unavailable' } };
  visit.cut();
  await until(() => runner.lines.some((line) => line.includes('disconnected')), 'the loss');
  const day = async (minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      run.print(`${'x'.repeat(4_000)} minute\n`);
      const { length } = runner.lines;
      await clock.advance(60_000);
      await until(() => runner.lines.length > length, 'the end of the next dial');
    }
  };
  await day(240);
  server.calls.length = 0;
  runner.lines.length = 0;
  const afterSomeHours = heapBytes();
  await day(1_200);
  server.calls.length = 0;
  runner.lines.length = 0;
  // What was printed is kept, within its bound; beyond that nothing may have grown.
  const printed = 1_200 * 4_000;
  expect(heapBytes() - afterSomeHours).toBeLessThan(printed + 3 * 1024 * 1024);
  server.dialReply = null;
  run.end();
  const back = await until(async () => {
    await clock.advance(1_000);
    return server.visits[1];
  }, 'the connection afterwards');
  expect(await back.first('action_result')).toMatchObject({
    request_id: 'req_a',
    status: 'success',
    progress_chunks: expect.any(Number),
  });
  expect(back.of('action_progress').length).toBe((await back.first('action_result'))['progress_chunks']);
}, 60_000);

test('C22: results that nobody acknowledges keep their counts and let their output go', async () => {
  const visit = await connected();
  for (let number = 0; number < 6; number += 1) {
    visit.run(`req_${number}`);
    const run = await until(() => runner.engine.runs[number], 'the run');
    for (let part = 0; part < 15; part += 1) run.print(`${'y'.repeat(1_048_575)}\n`);
    run.end();
    await visit.first('action_result', number + 1);
  }
  visit.cut();
  const again = await until(async () => {
    await clock.advance(1_000);
    return server.visits[1];
  }, 'the next connection');
  await again.first('action_result', 6);
  const bytes = again.of('action_progress').reduce((sum, frame) => sum + String(frame['chunk']).length, 0);
  expect(bytes).toBeLessThanOrEqual(FINISHED_BYTES);
  expect(again.of('action_result').every((frame) => Number(frame['progress_chunks']) > 200)).toBe(true);
}, 30_000);

test('C20: a control plane that names a time is dialled no earlier, whatever the luck', async () => {
  server.dialReply = { status: 503, body: {}, headers: { 'Retry-After': '120' } };
  runner = await startLink({ url: server.url, clock, random: () => 0 });
  await until(() => runner.lines.some((line) => line.includes('retry_in_ms=120000')), 'the refusal');
  const before = dials();
  await clock.advance(119_999);
  expect(dials()).toBe(before);
  await clock.advance(1);
  await until(() => dials() > before, 'the dial');
});
