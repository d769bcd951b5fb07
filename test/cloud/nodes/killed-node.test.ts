// Two control planes as processes on one PostgreSQL, of which one is killed in the middle of a run.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { progressFrame, resultFrame } from '../runs/fleet.ts';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';
import { enroll } from '../../support/enrolled.ts';
import { freshStore, type FreshStore } from '../../support/fresh-store.ts';
import { advertised, bringOffering, dispatchTo, runOf } from '../../support/offering-runner.ts';
import { viewRun } from '../../support/run-viewer.ts';
import { callsOf } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import { connect, type WireRunner } from '../../support/wire-runner.ts';

vi.setConfig({ testTimeout: 120_000 });

let store: FreshStore;
let folder: string;
let environment: Record<string, string>;
let ownerToken: string;

beforeEach(async () => {
  store = await freshStore();
  folder = mkdtempSync(join(tmpdir(), 'emisar-nodes-'));
  environment = { EMISAR_DATABASE_URL: store.databaseUrl ?? '' };
  const made = await runCloud(['init', '--data-dir', join(folder, 'a'), '--json'], environment);
  ({ token: ownerToken } = JSON.parse(made.stdout) as { token: string });
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const serve = (name: string) =>
  startCloudProcess(['serve', '--data-dir', join(folder, name), '--listen', '127.0.0.1:0'], environment);
const actions = (runner: WireRunner) => runner.frames.filter((frame) => frame['type'] === 'run_action');

test('C3, C4, C17: a node is killed with -9 in the middle of a run: its runner goes on at the other, once', async () => {
  await using killed = serve('a');
  await using kept = serve('b');
  const [urlOfKilled, urlOfKept] = [await killed.url(), await kept.url()];
  const near = callsOf(() => urlOfKept, ownerToken);
  const far = callsOf(() => urlOfKilled, ownerToken);
  const token = await enroll(far, 'web-1');
  using first = await bringOffering(far, 'web-1', token);
  const runId = await dispatchTo(near, 'web-1');
  await using viewer = await viewRun({ url: near.url, token: ownerToken }, runId);
  const requestId = String((await first.frame('run_action'))['request_id']);
  first.send({ type: 'action_started', protocol_version: 1, request_id: requestId });
  first.send(progressFrame(requestId, 1));
  await viewer.sees('line 1\n');
  killed.child.kill('SIGKILL');
  await first.closing();

  using again = await connect(near.url, token);
  again.sendState({ hostname: 'web-1', ...advertised });
  // Nobody answers for the dead node: the newcomer waits for that, and then is the one.
  const replayed = await until('the run is replayed', () => actions(again)[0], 60_000);
  expect(replayed).toEqual(actions(first)[0]);
  again.send(progressFrame(requestId, 2));
  again.send(resultFrame(requestId, { progress_chunks: 2, emitted_stdout_bytes: 14 }));
  again.send(resultFrame(requestId, { progress_chunks: 2, emitted_stdout_bytes: 14 }));
  await until('it ended', () => viewer.status() === 'success');
  expect(viewer.text()).toBe('line 1\nline 2\n');
  expect(await runOf(near, runId)).toMatchObject({ status: 'success', output_complete: true });
  expect(actions(again)).toHaveLength(1);
  const trail = await near.call('GET', '/api/v1/audit/events?type=action_run.success');
  expect(trail.body['items']).toHaveLength(1);

  // The killed one comes back to its directory, and leaves alone what is the other's.
  await using back = serve('a');
  const url = await back.url();
  expect((await callsOf(() => url, ownerToken).runner('web-1')).state).toBe('online');
  expect(again.closed).toBeNull();
});

test('C9, C19: a node that stood still finds its runner taken over, lets it go, and sends what is new to the other', async () => {
  await using frozen = serve('a');
  await using kept = serve('b');
  const [urlOfFrozen, urlOfKept] = [await frozen.url(), await kept.url()];
  const far = callsOf(() => urlOfFrozen, ownerToken);
  const near = callsOf(() => urlOfKept, ownerToken);
  const token = await enroll(far, 'web-1');
  using first = await bringOffering(far, 'web-1', token);
  frozen.child.kill('SIGSTOP');
  using again = await connect(near.url, token);
  again.sendState({ hostname: 'web-1', group: 'after', ...advertised });
  await until('it took over', async () => (await near.runner('web-1')).group === 'after', 60_000);
  frozen.child.kill('SIGCONT');
  await until('the old socket is let go', () => first.closed, 60_000);
  await dispatchTo(far, 'web-1');
  await again.frame('run_action');
  expect(actions(first)).toHaveLength(0);
  expect(again.closed).toBeNull();
});

test('beside nodes that serve, a command on the store itself ends a stream of theirs', async () => {
  await using served = serve('b');
  const url = await served.url();
  const calls = callsOf(() => url, ownerToken);
  const { body } = await calls.call('POST', '/api/v1/tokens', { name: 'laptop' });
  const { token, secret } = body as { token: { id: string }; secret: string };
  const viewer = new WebSocket(`${url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${secret}` },
  } as unknown as string[]);
  const closed = new Promise<number>((resolve) =>
    viewer.addEventListener('close', ({ code }) => resolve(code)),
  );
  await new Promise((resolve) => viewer.addEventListener('open', resolve));
  const revoked = await runCloud(
    ['tokens', 'revoke', token.id, '--data-dir', join(folder, 'a')],
    environment,
  );
  expect(revoked.code, revoked.stderr).toBe(0);
  expect(await closed).toBe(4401);
});
