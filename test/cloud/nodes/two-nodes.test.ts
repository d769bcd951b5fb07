// Two control planes on one PostgreSQL: what is asked of one reaches runners and viewers of the other.
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { verifyAudit } from '../../../src/cloud/audit/verify.ts';
import { progressFrame, resultFrame } from '../runs/fleet.ts';
import { viewRun } from '../../support/run-viewer.ts';
import { enroll } from '../../support/enrolled.ts';
import { advertised, bringOffering, dispatchTo, runOf } from '../../support/offering-runner.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, type WireRunner } from '../../support/wire-runner.ts';

/** Where the operator is. */
let near: RunningCloud;
/** Where the runner is. */
let far: RunningCloud;
let token: string;
beforeEach(async () => {
  near = await startRunningCloud();
  far = await near.startBeside();
  token = await enroll(near, 'web-1');
});
afterEach(async () => {
  await far[Symbol.asyncDispose]();
  await near[Symbol.asyncDispose]();
});

const stateNear = async () => (await near.runner('web-1')).state;
const requestOf = async (runner: WireRunner) => String((await runner.frame('run_action'))['request_id']);

test('NO2, NO3: a dispatch on one node reaches the runner on the other, and its output and end come back to the viewer', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  await until('online here too', async () => (await stateNear()) === 'online');
  const runId = await dispatchTo(near, 'web-1');
  await using viewer = await viewRun({ url: near.url, token: near.ownerToken }, runId);
  const requestId = await requestOf(runner);
  runner.send({ type: 'action_started', protocol_version: 1, request_id: requestId });
  await until('it runs', () => viewer.status() === 'running');
  for (let seq = 1; seq <= 50; seq += 1) runner.send(progressFrame(requestId, seq));
  await viewer.sees('line 50\n');
  runner.send(resultFrame(requestId, { progress_chunks: 50, emitted_stdout_bytes: 391 }));
  await until('it ended', () => viewer.status() === 'success');
  expect(viewer.text()).toBe(Array.from({ length: 50 }, (_, index) => `line ${index + 1}\n`).join(''));
  expect(runner.frames.filter((frame) => frame['type'] === 'run_action')).toHaveLength(1);
  expect(await runOf(far, runId)).toMatchObject({ status: 'success', output_complete: true });
});

test('C12: a cancel on one node reaches the runner on the other', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  const runId = await dispatchTo(near, 'web-1');
  const requestId = await requestOf(runner);
  runner.send({ type: 'action_started', protocol_version: 1, request_id: requestId });
  await until('it runs', async () => (await runOf(near, runId)).status === 'running');
  expect((await near.call('POST', `/api/v1/runs/${runId}/cancel`, { reason: 'enough' })).status).toBe(200);
  expect(await runner.frame('cancel')).toMatchObject({ request_id: requestId });
});

test('NO2, C35: with the bell broken everything arrives all the same, a second later', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  await until('online here too', async () => (await stateNear()) === 'online');
  const cut = sql<{ cut: boolean }>`select pg_terminate_backend(pid) as cut from pg_stat_activity
    where datname = current_database() and application_name = 'emisar-cloud bus'`;
  expect((await cut.execute(near.cloud.database.read)).rows).toHaveLength(2);
  const runId = await dispatchTo(near, 'web-1');
  const requestId = await requestOf(runner);
  await cut.execute(near.cloud.database.read);
  runner.send(resultFrame(requestId));
  await until('it ended', async () => (await runOf(near, runId)).status === 'success');
});

test('what waited for a runner is handed over when it comes to the other node', async () => {
  {
    using first = await bringOffering(far, 'web-1', token);
    first.socket.close();
    await first.closing();
  }
  await until('offline here', async () => (await stateNear()) === 'offline');
  await dispatchTo(near, 'web-1');
  using again = await connect(far.url, token);
  again.sendState({ hostname: 'web-1', ...advertised });
  expect(await requestOf(again)).toMatch(/./);
});

test('HB2: beats on one node are seen on the other, and so is their lack', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  await until('online here too', async () => (await stateNear()) === 'online');
  await near.clock.advance(30_000);
  runner.beat(3);
  await until('the load is known', async () => {
    await near.clock.advance(1_000);
    return (await near.runner('web-1')).action_load === 3;
  });
  expect((await near.runner('web-1')).stale).toBe(false);
  await near.clock.advance(45_000);
  expect(await near.runner('web-1')).toMatchObject({ state: 'online', stale: true });
});

test('a runner that is disabled on one node is sent away by the other', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  expect((await near.call('POST', '/api/v1/runners/web-1/disable')).status).toBe(200);
  expect(await runner.frame('shutdown')).toMatchObject({ reason: 'runner_disabled' });
  expect(await runner.closing()).toEqual({ code: 1000 });
  expect(await stateNear()).toBe('disabled');
});

test('C30: a token that is revoked on one node loses its stream on the other at once', async () => {
  const { body } = await near.call('POST', '/api/v1/tokens', { name: 'laptop' });
  const { token: minted, secret } = body as { token: { id: string }; secret: string };
  const viewer = new WebSocket(`${far.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${secret}` },
  } as unknown as string[]);
  const closed = new Promise<number>((resolve) =>
    viewer.addEventListener('close', ({ code }) => resolve(code)),
  );
  await new Promise((resolve) => viewer.addEventListener('open', resolve));
  expect((await near.call('POST', `/api/v1/tokens/${minted.id}/revoke`)).status).toBe(200);
  expect(await closed).toBe(4401);
});

test('SE2: a newcomer on one node is sent away while the holder on the other answers; both show it', async () => {
  using holder = await bringOffering(far, 'web-1', token);
  await until('online here too', async () => (await stateNear()) === 'online');
  using newcomer = await connect(near.url, token);
  expect(await newcomer.closing()).toEqual({ code: 1013 });
  expect(holder.closed).toBeNull();
  for (const cloud of [near, far])
    await until('the conflict is shown', async () => (await cloud.runner('web-1')).conflict !== null);
});

test('SE2, C17, C9: a newcomer takes over from a holder on the other node that answers no ping', async () => {
  using dead = await connect(far.url, token, { answersPings: false });
  dead.sendState({ hostname: 'web-1' });
  await until('online', async () => (await stateNear()) === 'online');
  const pinged = new Promise<void>((resolve) => dead.socket.once('ping', () => resolve()));
  using newcomer = await connect(near.url, token);
  newcomer.sendState({ hostname: 'web-1', group: 'after' });
  await pinged;
  await near.clock.advance(5_000);
  expect(await dead.closing()).toEqual({ code: 1008 });
  const taken = await until('the newcomer is online, as the other node hears', async () => {
    const shown = await far.runner('web-1');
    return shown.group === 'after' && shown.state === 'online' ? shown : null;
  });
  expect(taken.conflict).toBeNull();
});

test('a node that stops says so: its runners are offline on the other at once, and it may start again', async () => {
  using runner = await bringOffering(far, 'web-1', token);
  await until('online here too', async () => (await stateNear()) === 'online');
  await far.restart();
  expect(await runner.closing()).toEqual({ code: 1000 });
  await until('offline here', async () => (await stateNear()) === 'offline');
  using again = await connect(far.url, token);
  again.sendState({ hostname: 'web-1' });
  await until('online here too', async () => (await stateNear()) === 'online');
});

test('C14, AU3: of forty hosts that race over both nodes with one key one enrols, and the trail stays whole', async () => {
  const { secret } = await near.mintKey();
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, turn) => (turn % 2 === 0 ? near : far).register(secret, `host-${turn}`)),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  const names = Array.from({ length: 20 }, (_, turn) => `token ${turn}`);
  await Promise.all(
    names.map((name, turn) => (turn % 2 === 0 ? near : far).call('POST', '/api/v1/tokens', { name })),
  );
  const [proof] = await verifyAudit(near.cloud.database);
  expect(proof).toMatchObject({ fault: null });
  expect(proof?.events).toBeGreaterThan(20);
});
