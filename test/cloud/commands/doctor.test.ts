import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { examine, type DoctorFlags } from '../../../src/cloud/commands/doctor-command.ts';
import { initialise } from '../../../src/cloud/commands/init-command.ts';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';

// Each starts several processes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let dataDir: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-doctor-'));
  dataDir = join(folder, 'data');
  await initialise(dataDir, 'acme');
  // So that the file itself holds everything, as after the end of a process.
  const store = new DatabaseSync(join(dataDir, 'emisar.db'));
  store.exec('pragma wal_checkpoint(truncate)');
  store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const doctor = async (flags: Partial<DoctorFlags> = {}) => {
  const { status, checks } = await examine({ dataDir, databaseUrl: null, ...flags });
  const found = Object.fromEntries(checks.map((check) => [check.name, `${check.status} ${check.detail}`]));
  return { status, found };
};

test('beside a running server everything is well, and the table says so', async () => {
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
  const url = await served.url();
  expect(await doctor()).toMatchObject({ status: 'ok', found: { server: `ok serves at ${url}` } });
  const table = await runCloud(['doctor', '--data-dir', dataDir]);
  expect(table.code).toBe(0);
  expect(table.stdout).toMatch(/ ✓ {2}audit +2 events, chain intact\n/);
  expect(table.stdout).toMatch(/\n9 passed, 0 warnings, 0 failed\n$/);
});

test('without a server that is a warning; flags of serve are judged as serve would', async () => {
  expect(await doctor({ listen: '0.0.0.0:0' })).toMatchObject({
    status: 'fail',
    found: {
      server: 'warn none runs on this data directory',
      flags: expect.stringMatching(/^fail Cannot listen on 0\.0\.0\.0: beyond this machine/),
    },
  });
  expect(await doctor()).toMatchObject({ status: 'warn' });
});

test('a port in use and a public URL that does not answer are found', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const flags = { listen: `127.0.0.1:${port}`, publicUrl: 'http://127.0.0.1:1' };
  expect((await doctor(flags)).found).toMatchObject({
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
  expect(first.status).toBe('fail');
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
  expect(await doctor()).toMatchObject({ status: 'fail', found: { store: expect.stringMatching(/^fail /) } });
  dataDir = join(folder, 'empty');
  mkdirSync(dataDir, { mode: 0o700 });
  expect(await doctor()).toMatchObject({
    status: 'fail',
    found: { store: expect.stringMatching(/^fail nothing was set up in .*emisar-cloud init$/) },
  });
});

test('a directory that is not there is found missing, and is not made', async () => {
  dataDir = join(folder, 'nowhere');
  expect(await doctor()).toMatchObject({
    status: 'fail',
    found: { 'data dir': expect.stringMatching(/^fail /), disk: expect.stringMatching(/^fail /) },
  });
  expect(existsSync(dataDir)).toBe(false);
});

test('a PostgreSQL that does not answer is found by its place alone', async () => {
  const { code, stdout } = await runCloud(['doctor', '--data-dir', dataDir], {
    EMISAR_DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d',
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ {2}store +Cannot use PostgreSQL 127\.0\.0\.1:1\/d/);
  expect(stdout).not.toContain('secret');
});
