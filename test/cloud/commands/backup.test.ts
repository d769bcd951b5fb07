import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { backUp } from '../../../src/cloud/commands/backup-command.ts';
import { initialise } from '../../../src/cloud/commands/init-command.ts';
import { restore } from '../../../src/cloud/commands/restore-command.ts';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';

// Each starts several processes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let dataDir: string;
let file: string;
let ownerToken: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-backup-'));
  dataDir = join(folder, 'data');
  file = join(folder, 'backup.db');
  ({ token: ownerToken } = await initialise(dataDir, 'acme'));
  // So that the file itself holds everything, as after the end of a process.
  sql(join(dataDir, 'emisar.db'), 'pragma wal_checkpoint(truncate)');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = () => startCloudProcess(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
const cloud = (...words: string[]) => runCloud([...words, '--data-dir', dataDir]);
/** The same in this process, where what it prints does not matter. */
const backedUp = (to = file) => backUp({ dataDir, databaseUrl: null, file: to }, () => {});
const restored = (from: string) => restore({ dataDir, databaseUrl: null, file: from });
const call = (url: string, token: string, body?: unknown) =>
  fetch(`${url}/api/v1/${body === undefined ? 'me' : 'tokens'}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
const mint = async (url: string, name: string) => {
  const made = await call(url, ownerToken, { name });
  expect(made.status).toBe(201);
  return ((await made.json()) as { secret: string }).secret;
};
const sql = (at: string, text: string) => {
  const store = new DatabaseSync(at);
  store.exec(text);
  store.close();
};

test('a backup beside a server that writes is whole, private, and brings back what was answered before it', async () => {
  const [before, after] = await (async () => {
    await using served = serve();
    const url = await served.url();
    const first = await mint(url, 'before');
    let isOver = false;
    const writing = (async () => {
      for (let turn = 0; !isOver; turn += 1) await mint(url, `meanwhile ${turn}`);
    })();
    const made = await cloud('backup', file, '--json');
    isOver = true;
    await writing;
    expect(made.code, made.stderr).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ file, proofs: [{ fault: null }] });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await cloud('restore', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('another emisar-cloud holds it'),
    });
    return [first, await mint(url, 'after')];
  })();
  expect(readdirSync(folder).toSorted()).toEqual(['backup.db', 'data']);

  const back = await cloud('restore', file);
  expect(back.code, back.stderr).toBe(0);
  expect(back.stdout).toMatch(/enrollment keys that were spent since are good again/);
  const kept = readdirSync(dataDir).filter((name) => name.startsWith('emisar.db.before-restore-'));
  expect(kept).toHaveLength(1);
  await using served = serve();
  const url = await served.url();
  expect((await call(url, before)).status).toBe(200);
  expect((await call(url, after)).status).toBe(401);
  const trail = await fetch(`${url}/api/v1/audit/events?limit=5`, {
    headers: { authorization: `Bearer ${ownerToken}` },
  });
  expect(await trail.text()).toContain('account.restored');
  const older = new DatabaseSync(join(dataDir, kept[0] ?? ''));
  expect(older.prepare("select count(*) as n from operator_tokens where name = 'after'").get()).toEqual({
    n: 1,
  });
  older.close();
});

test.runIf(process.getuid?.() === 0)('what root restores belongs to whom the directory belongs', async () => {
  await backedUp();
  chownSync(dataDir, 65_534, 65_534);
  await restored(file);
  expect(statSync(join(dataDir, 'emisar.db'))).toMatchObject({ uid: 65_534, gid: 65_534 });
});

test('a backup of an older schema is taken as it is: the program that makes it changes nothing', async () => {
  sql(join(dataDir, 'emisar.db'), 'update schema_version set version = 1');
  expect(await backedUp()).toMatchObject({ schema: 1, proofs: null });
});

test('a trail that was changed is copied all the same, and told', async () => {
  sql(join(dataDir, 'emisar.db'), "update audit_events set actor_label = 'x' where chain_seq = 1");
  expect(await cloud('backup', file)).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('was changed after it was written'),
    stderr: expect.stringContaining('The audit trail is not what was written'),
  });
  expect(existsSync(file)).toBe(true);
});

test('a damaged store makes no backup, and nothing is left of it', async () => {
  damage(join(dataDir, 'emisar.db'));
  await expect(backedUp()).rejects.toMatchObject({ code: expect.stringMatching(/^backup_/) });
  expect(readdirSync(folder)).toEqual(['data']);
});

test('backup refuses a name that is taken, and a place where nothing can be written, with and without a server', async () => {
  writeFileSync(file, 'mine');
  const refusals = async () => {
    await expect(backedUp()).rejects.toMatchObject({ code: 'file_exists' });
    await expect(backedUp(join(file, 'b.db'))).rejects.toMatchObject({ code: 'backup_unwritable' });
    await expect(backedUp(join(folder, 'nowhere', 'b.db'))).rejects.toMatchObject({
      code: 'backup_unwritable',
    });
  };
  await refusals();
  await using served = serve();
  await served.url();
  await refusals();
});

test('restore refuses what is no whole backup and leaves the store as it was', async () => {
  await backedUp();
  const newer = join(folder, 'newer.db');
  await backedUp(newer);
  sql(newer, 'update schema_version set version = 99');
  damage(file);
  const text = join(folder, 'text.db');
  writeFileSync(text, 'this is not a database, whatever its name says'.repeat(40));
  const stranger = join(folder, 'stranger.db');
  sql(stranger, 'create table t (x)');
  const before = statSync(join(dataDir, 'emisar.db')).ino;
  for (const [path, code, says] of [
    [file, 'backup_damaged', /Cannot use/],
    [newer, 'data_dir_newer', /its schema is version 99/],
    [text, 'backup_damaged', /file is not a database/],
    [stranger, 'backup_damaged', /no such table: schema_version/],
    [join(folder, 'missing.db'), 'backup_damaged', /there is no file/],
  ] as const)
    await expect(restored(path), path).rejects.toMatchObject({
      code,
      message: expect.stringMatching(says),
    });
  expect(readdirSync(dataDir).filter((name) => /restor/.test(name))).toEqual([]);
  expect(statSync(join(dataDir, 'emisar.db')).ino).toBe(before);
});

test('both name the tools of PostgreSQL where everything is kept there', async () => {
  const place = { dataDir, databaseUrl: 'postgres://u:secret@db.example/emisar', file };
  const refusal = {
    code: 'store_elsewhere',
    message: expect.stringMatching(/^(?!.*secret).*PostgreSQL db\.example\/emisar/),
    fix: expect.stringContaining('pg_dump'),
  };
  await expect(backUp(place, () => {})).rejects.toMatchObject(refusal);
  await expect(restore(place)).rejects.toMatchObject(refusal);
});

/** Zeros over pages in the middle. */
function damage(path: string): void {
  const { size } = statSync(path);
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.alloc(8 * 4096, 0xa5), 0, 8 * 4096, Math.floor(size / 2 / 4096) * 4096);
  closeSync(descriptor);
}
