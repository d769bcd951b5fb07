// The control plane killed with notices on their way: a real process, a real receiver, on both stores.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { initialise } from '../../../src/cloud/commands/init-command.ts';
import { startTurnedCloud, type CloudProcess } from '../../support/cloud-process.ts';
import { freshStore, type FreshStore } from '../../support/fresh-store.ts';
import { startReceiver, type NoticeReceiver } from '../../support/notice-receiver.ts';
import { until } from '../../support/until.ts';
import { connect } from '../../support/wire-runner.ts';
import { descriptor, HASH_A } from '../runs/fleet.ts';

let dataDir: string;
let store: FreshStore;
let receiver: NoticeReceiver;
let token: string;
let now = Date.UTC(2030, 0, 1);
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'emisar-notices-'));
  store = await freshStore();
  receiver = await startReceiver();
  writeFileSync(join(dataDir, 'ca.pem'), receiver.ca);
  token = (await initialise(dataDir, 'test', store.databaseUrl)).token;
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Starts it a minute and a second later than the one before: whoever was sending then is gone by now. */
function start(): CloudProcess {
  now += 61_000;
  const environment = store.databaseUrl === null ? {} : { EMISAR_DATABASE_URL: store.databaseUrl };
  return startTurnedCloud({ dataDir, now, noticesCa: join(dataDir, 'ca.pem') }, environment);
}

async function kill(cloud: CloudProcess): Promise<void> {
  cloud.child.kill('SIGKILL');
  await cloud.ended();
}

async function api(url: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer;
}

const addWebhook = (url: string, events: string[]) =>
  api(url, 'POST', '/webhooks', { name: 'ops', url: `https://127.0.0.1:${receiver.port}/`, events });

/** A host that was there once with a pack, which is trusted when `isTrusted`. */
async function host(url: string, isTrusted: boolean): Promise<void> {
  const { items } = await api(url, 'POST', '/enrollment-keys', {});
  const [minted] = items as { secret: string }[];
  const response = await fetch(`${url}/runner/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${minted?.secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: 'web-1', hostname: 'web-1' }),
  });
  using runner = await connect(url, ((await response.json()) as { token: string }).token);
  const actions = [descriptor('demo.restart', { risk: 'high' })];
  runner.sendState({ packs: { demo: { version: '1.0.0', hash: HASH_A } }, actions });
  await until('it carries its pack', async () => (await api(url, 'GET', '/runners/web-1')).packs_count === 1);
  if (!isTrusted) return;
  const { id } = await api(url, 'GET', '/pack-versions/demo@1.0.0');
  await api(url, 'POST', `/pack-versions/${String(id)}/trust`, { expected_hash: HASH_A });
}

test('NO2: killed while it sends, it sends again, the same bytes under the same id, and then no more', async () => {
  receiver.answer = () => {};
  await using first = start();
  const url = await first.url();
  await addWebhook(url, ['pack_version.pending']);
  await host(url, false);
  await receiver.next();
  await kill(first);

  receiver.answer = (response) => void response.writeHead(200).end();
  await using second = start();
  const again = await second.url();
  await receiver.next(1);
  const [before, after] = receiver.received;
  expect(after?.body).toBe(before?.body);
  expect(after?.headers['emisar-delivery']).toBe(before?.headers['emisar-delivery']);
  await until('it is noted', async () => {
    const { items } = await api(again, 'GET', '/webhooks/ops/deliveries');
    const [delivery] = items as { state: string }[];
    return delivery?.state === 'delivered';
  });
  await api(again, 'POST', '/webhooks/ops/test');
  expect(receiver.received.map(({ json }) => json.event)).toEqual([
    'pack_version.pending',
    'pack_version.pending',
    'webhook.test',
  ]);
}, 120_000);

test('NO1: killed in the moment in which something happened, it tells of it after its next start, queued once', async () => {
  const runs: string[] = [];
  let cloud = start();
  const url = await cloud.url();
  await host(url, true);
  await addWebhook(url, ['approval.requested']);
  for (let round = 0; round < 2; round += 1) {
    const body = { action_id: 'demo.restart', runners: ['web-1'], reason: `round ${round}` };
    const { results } = await api(await cloud.url(), 'POST', '/dispatches', body);
    await kill(cloud);
    runs.push(...(results as { run: { id: string } }[]).map(({ run }) => run.id));
    cloud = start();
    await until(`round ${round} is told`, () => toldOf(runs[round] ?? '').length > 0, 30_000);
  }
  await kill(cloud);
  for (const run of runs) expect(new Set(toldOf(run)).size).toBe(1);
}, 120_000);

/** Ids of the notices that named this run. */
function toldOf(run: string): string[] {
  return receiver.received
    .filter(({ json }) => (json.items as { run_id?: string }[]).some(({ run_id }) => run_id === run))
    .map(({ json }) => String(json.id));
}
