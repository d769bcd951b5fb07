// The program `emisar` behind what stands before two control planes: the one that it was on is killed in the
// middle of an action, and it finishes on the other what it started once.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';
import { freshStore } from '../../support/fresh-store.ts';
import { dispatchTo, runOf, trustOffered } from '../../support/offering-runner.ts';
import { writePack } from '../../support/pack-builder.ts';
import { repository, startProgram } from '../../support/program.ts';
import { viewRun } from '../../support/run-viewer.ts';
import { callsOf } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

const LINES = 60;

/** A balancer of connections, as plain as can be: everything goes to one of them. */
async function balancer(): Promise<{ url: string; to(url: string): void } & AsyncDisposable> {
  let target = '';
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(new URL(target).port), '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    to: (url) => (target = url),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function writeHost(folder: string, url: string, ran: string): string {
  mkdirSync(join(folder, 'packs'), { recursive: true, mode: 0o700 });
  const count = `i=0\nwhile [ $i -lt ${LINES} ]; do i=$((i+1)); echo "line $i"; sleep 0.1; done\n`;
  const script = `#!/bin/sh\necho ran >> '${ran}'\n${count}`;
  writePack(join(folder, 'packs', 'demo'), { actions: [{ name: 'ping', script, timeout: '5m' }] });
  const config = {
    schema_version: 1,
    runner: { id: 'host', group: 'test' },
    cloud: { url, auth_key_env: 'EMISAR_AUTH_KEY' },
    paths: { data_dir: 'data', packs: ['packs'] },
    events: { jsonl_path: 'data/events.jsonl' },
  };
  const file = join(folder, 'config.yaml');
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}

test('C3, C4, C9: a node is killed while a host acts: the action goes on, its output is whole, and it ran once', async () => {
  await using store = await freshStore();
  const folder = mkdtempSync(join(tmpdir(), 'emisar-failover-'));
  const environment = { EMISAR_DATABASE_URL: store.databaseUrl ?? '' };
  const place = (name: string) => ['--data-dir', join(folder, name)];
  const serve = (name: string) =>
    startCloudProcess(['serve', ...place(name), '--listen', '127.0.0.1:0'], environment);
  try {
    const made = await runCloud(['init', ...place('a'), '--json'], environment);
    const { token } = JSON.parse(made.stdout) as { token: string };
    await using killed = serve('a');
    await using kept = serve('b');
    const [urlOfKilled, urlOfKept] = [await killed.url(), await kept.url()];
    const near = callsOf(() => urlOfKept, token);
    await using before = await balancer();
    before.to(urlOfKilled);
    const ran = join(folder, 'ran');
    const config = writeHost(join(folder, 'host'), before.url, ran);
    const { secret } = await near.mintKey();
    await using runner = startProgram(
      process.execPath,
      [join(repository, 'src/runner/main.ts'), '--config', config, 'connect'],
      { env: { EMISAR_AUTH_KEY: secret } },
    );
    await until(`online: ${runner.stderr()}`, async () => (await near.runner(hostname())).state === 'online');
    await trustOffered(near);
    const runId = await dispatchTo(near, hostname());
    await using viewer = await viewRun({ url: near.url, token }, runId);
    await viewer.sees('line 5\n');
    before.to(urlOfKept);
    killed.child.kill('SIGKILL');
    await until('it ended', async () => (await runOf(near, runId)).status === 'success', 90_000);
    expect(await runOf(near, runId)).toMatchObject({ exit_code: 0, output_complete: true });
    const whole = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`).join('');
    await viewer.sees(`line ${LINES}\n`);
    expect(viewer.text()).toBe(whole);
    expect(readFileSync(ran, 'utf8')).toBe('ran\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
