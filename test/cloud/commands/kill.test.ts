import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';
import { until } from '../../support/until.ts';
import { connect, dial } from '../../support/wire-runner.ts';

let dataDir: string;
let token: string;
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'emisar-kill-'));
  token = (
    JSON.parse((await runCloud(['init', '--data-dir', dataDir, '--json'])).stdout) as { token: string }
  ).token;
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const serve = () => startCloudProcess(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
const api = async (url: string, method: string, path: string, body?: unknown, headers: object = {}) => {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await response.json()) as Record<string, unknown>;
};
const mint = async (url: string) => {
  const { items } = await api(url, 'POST', '/enrollment-keys', {});
  return (items as { secret: string; key: { id: string } }[])[0] ?? { secret: '', key: { id: '' } };
};
const register = async (url: string, key: string, externalId: string) =>
  fetch(`${url}/runner/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: externalId, hostname: externalId }),
  });

test('C3: kill -9 loses nothing that was answered: keys, registrations, tokens, revocations', async () => {
  await using first = serve();
  const url = await first.url();
  const unused = await mint(url);
  const revoked = await mint(url);
  await api(url, 'POST', `/enrollment-keys/${revoked.key.id}/revoke`);
  const answer = await register(url, (await mint(url)).secret, 'web-1');
  const { token: runnerToken } = (await answer.json()) as { token: string };
  await register(url, (await mint(url)).secret, 'web-2');
  await api(url, 'POST', '/runners/web-2/disable');
  first.child.kill('SIGKILL');
  await first.ended();

  await using second = serve();
  const again = await second.url();
  using runner = await connect(again, runnerToken);
  expect(runner.closed).toBeNull();
  expect((await register(again, unused.secret, 'web-3')).status).toBe(201);
  expect((await register(again, revoked.secret, 'web-4')).status).toBe(401);
  expect(await api(again, 'GET', '/runners/web-2')).toMatchObject({ state: 'disabled' });
});

test('OA3: what was asked for with a key when the process died is made once, wherever that cut it off', async () => {
  const keys = Array.from({ length: 40 }, (_, index) => `k-${index}`);
  const ask = (url: string, key: string) =>
    api(url, 'POST', '/enrollment-keys', { description: key }, { 'idempotency-key': key });
  await using first = serve();
  const url = await first.url();
  const cut = keys.map((key) => ask(url, key).catch(() => null));
  await Promise.race(cut);
  first.child.kill('SIGKILL');
  await first.ended();
  const before = await Promise.all(cut);
  expect(before.some((answer) => answer !== null)).toBe(true);

  await using second = serve();
  const again = await second.url();
  const after = await Promise.all(keys.map((key) => ask(again, key)));
  for (const [index, answer] of after.entries()) {
    if (before[index]) expect(answer).toMatchObject({ code: 'secrets_gone' });
    else expect(answer['code'] ?? 'made now').toMatch(/^(secrets_gone|made now)$/);
  }
  expect(await api(again, 'GET', '/enrollment-keys')).toMatchObject({ total: keys.length });
});

test('C17: after kill -9 the runner is let in at once, without waiting for an old lease', async () => {
  await using first = serve();
  const url = await first.url();
  const answer = await register(url, (await mint(url)).secret, 'web-1');
  const { token: runnerToken } = (await answer.json()) as { token: string };
  using before = await connect(url, runnerToken);
  before.sendState();
  await until('online', async () => (await api(url, 'GET', '/runners/web-1')).state === 'online');
  first.child.kill('SIGKILL');
  expect(await before.closing()).toEqual({ code: 1006 });

  await using second = serve();
  const again = await second.url();
  expect(await api(again, 'GET', '/runners/web-1')).toMatchObject({ state: 'offline' });
  const dialled = await dial(again, runnerToken);
  expect(dialled).toHaveProperty('runner');
  if (!('runner' in dialled)) return;
  using after = dialled.runner;
  after.sendState();
  await until('online again', async () => (await api(again, 'GET', '/runners/web-1')).state === 'online');
});

test('SIGTERM with a runner connected says goodbye to it first; a second signal ends at once', async () => {
  await using served = serve();
  const url = await served.url();
  const answer = await register(url, (await mint(url)).secret, 'web-1');
  const { token: runnerToken } = (await answer.json()) as { token: string };
  using runner = await connect(url, runnerToken);
  runner.sendState();
  await until('online', async () => (await api(url, 'GET', '/runners/web-1')).state === 'online');
  served.child.kill('SIGTERM');
  expect(await runner.frame('shutdown')).toMatchObject({ reason: 'cloud_shutdown' });
  expect(await served.ended()).toMatchObject({ code: 0 });

  await using stuck = serve();
  using deaf = await connect(await stuck.url(), runnerToken);
  deaf.socket.pause();
  stuck.child.kill('SIGTERM');
  await until('it is stopping', () => stuck.stderr().includes('"stopping"'));
  stuck.child.kill('SIGINT');
  expect(await stuck.ended()).toMatchObject({ code: 1 });
});
