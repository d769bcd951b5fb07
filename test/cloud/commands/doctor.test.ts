import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';

// Each starts several processes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-doctor-'));
  dataDir = join(folder, 'data');
  await runCloud(['init', '--data-dir', dataDir]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  status: string;
  checks: { name: string; status: string; detail: string }[];
}
const doctor = async (...flags: string[]) => {
  const { code, stdout, stderr } = await runCloud(['doctor', '--data-dir', dataDir, '--json', ...flags]);
  const report = JSON.parse(stdout || '{}') as Report;
  const found = Object.fromEntries(
    report.checks.map(({ name, status, detail }) => [name, `${status} ${detail}`]),
  );
  return { code, stderr, report, found };
};

test('beside a running server everything is well, and the table says so', async () => {
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
  const url = await served.url();
  const { code, report, found } = await doctor();
  expect({ code, status: report.status, server: found['server'] }).toEqual({
    code: 0,
    status: 'ok',
    server: `ok serves at ${url}`,
  });
  const table = await runCloud(['doctor', '--data-dir', dataDir]);
  expect(table.stdout).toMatch(/ ✓ {2}audit +2 events, chain intact\n/);
  expect(table.stdout).toMatch(/\n9 passed, 0 warnings, 0 failed\n$/);
});

test('without a server that is a warning; flags of serve are judged as serve would', async () => {
  const { code, found } = await doctor('--listen', '0.0.0.0:0');
  expect(code).toBe(1);
  expect(found).toMatchObject({
    server: 'warn none runs on this data directory',
    flags: expect.stringMatching(/^fail Cannot listen on 0\.0\.0\.0: beyond this machine/),
  });
  expect(await doctor()).toMatchObject({ code: 0, report: { status: 'warn' } });
});

test('a port in use and a public URL that does not answer are found', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const flags = ['--listen', `127.0.0.1:${port}`, '--public-url', 'http://127.0.0.1:1'];
  expect((await doctor(...flags)).found).toMatchObject({
    listen: `fail 127.0.0.1:${port} cannot be used: EADDRINUSE`,
    'public url': expect.stringMatching(/^warn http:\/\/127\.0\.0\.1:1 cannot be reached from here: /),
  });
  other.close();
});

test('modes, a changed trail and a newer schema are found, each on its own', async () => {
  chmodSync(dataDir, 0o755);
  const store = new DatabaseSync(join(dataDir, 'emisar.db'));
  store.exec("update audit_events set actor_label = 'x' where chain_seq = 2");
  const first = await doctor();
  expect(first.code).toBe(1);
  expect(first.found).toMatchObject({
    'data dir': expect.stringMatching(/^fail others may read /),
    audit: 'fail event 2 was changed after it was written',
    schema: expect.stringMatching(/^ok /),
  });
  store.exec('update schema_version set version = 99');
  store.close();
  expect((await doctor()).found).toMatchObject({ schema: expect.stringMatching(/^fail .*version 99/) });
});

test('a damaged store, and a directory that was never set up, are found', async () => {
  const file = join(dataDir, 'emisar.db');
  const descriptor = openSync(file, 'r+');
  const middle = Math.floor(statSync(file).size / 2 / 4096) * 4096;
  writeSync(descriptor, Buffer.alloc(32_768, 0xa5), 0, 32_768, middle);
  closeSync(descriptor);
  expect(await doctor()).toMatchObject({ code: 1, found: { store: expect.stringMatching(/^fail /) } });
  dataDir = join(folder, 'empty');
  mkdirSync(dataDir, { mode: 0o700 });
  expect(await doctor()).toMatchObject({
    code: 1,
    found: { store: expect.stringMatching(/^fail nothing was set up in .*emisar-cloud init$/) },
  });
});

test('a PostgreSQL that does not answer is found by its place alone', async () => {
  const { code, stdout } = await runCloud(['doctor', '--data-dir', dataDir], {
    EMISAR_DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d',
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ {2}store +Cannot use PostgreSQL 127\.0\.0\.1:1\/d/);
  expect(stdout).not.toContain('secret');
});
