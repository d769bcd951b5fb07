import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';

// Each starts several processes.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let dataDir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-commands-'));
  dataDir = join(folder, 'data');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const listen = ['--listen', '127.0.0.1:0'];
const init = async () => {
  const { code, stdout } = await runCloud(['init', '--data-dir', dataDir, '--account', 'acme', '--json']);
  expect(code).toBe(0);
  return JSON.parse(stdout) as { token: string; account: string };
};
const me = (url: string, token: string) =>
  fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });

test('init prints the first token once, keeps the store private, and refuses a second time', async () => {
  const { token } = await init();
  expect(token).toMatch(/^emop-[A-Za-z0-9_-]{43}$/);
  for (const name of readdirSync(dataDir)) expect(statSync(join(dataDir, name)).mode & 0o077, name).toBe(0);
  const again = await runCloud(['init', '--data-dir', dataDir]);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toMatch(/^Cannot set up: .*has an account already.*serve.*\n$/);
});

test('serve says where it listens on its first line, answers, and ends in order at SIGTERM', async () => {
  const { token } = await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  const url = await served.url();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await me(url, token)).status).toBe(200);
  served.child.kill('SIGTERM');
  const { code, stdout, stderr } = await served.ended();
  expect({ code, stdout }).toEqual({ code: 0, stdout: `listening on ${url}\n` });
  for (const line of stderr.trim().split('\n'))
    expect(JSON.parse(line)).toMatchObject({ program: 'emisar-cloud' });
  expect(existsSync(join(dataDir, 'admin.sock'))).toBe(false);
});

test('an attached server ends in order when its standard input closes', async () => {
  await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen, '--attached']);
  await served.url();
  served.child.stdin?.end();
  expect(await served.ended()).toMatchObject({ code: 0 });
});

test('a server that is not attached does not care about its standard input', async () => {
  await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  served.child.stdin?.end();
  const url = await served.url();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test('tokens are made, listed and revoked beside a running server, and without one', async () => {
  await init();
  const create = async (name: string) => {
    const made = await runCloud(['tokens', 'create', '--data-dir', dataDir, '--name', name]);
    expect(made.code, made.stderr).toBe(0);
    return made.stdout.trim();
  };
  const alone = await create('alone');
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  const url = await served.url();
  expect(statSync(join(dataDir, 'admin.sock')).mode & 0o777).toBe(0o600);
  const beside = await create('beside');
  for (const token of [alone, beside]) expect((await me(url, token)).status).toBe(200);
  const listed = await runCloud(['tokens', 'list', '--data-dir', dataDir, '--json']);
  const { tokens } = JSON.parse(listed.stdout) as { tokens: { id: string; name: string }[] };
  expect(tokens.map(({ name }) => name).sort()).toEqual(['alone', 'beside', 'first token']);
  expect(listed.stdout).not.toContain(beside.slice(12));
  const id = tokens.find(({ name }) => name === 'beside')?.id ?? '';
  expect((await runCloud(['tokens', 'revoke', id, '--data-dir', dataDir])).code).toBe(0);
  expect((await me(url, beside)).status).toBe(401);
  const unknown = await runCloud(['tokens', 'revoke', 'tok_x', '--data-dir', dataDir]);
  expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('Cannot find this token') });
});

test('members are invited and listed beside a running server, and without one', async () => {
  await init();
  const invite = (name: string, ...flags: string[]) =>
    runCloud(['members', 'invite', name, '--data-dir', dataDir, ...flags]);
  const alone = await invite('mara', '--role', 'admin', '--all');
  expect(alone).toMatchObject({ code: 0, stdout: expect.stringMatching(/^eminv-[\w-]{43}\n$/) });
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  const url = await served.url();
  const beside = await invite('jo', '--json');
  const { code, member } = JSON.parse(beside.stdout) as { code: string; member: { role: string } };
  expect(member.role).toBe('operator');
  for (const one of [alone.stdout.trim(), code]) {
    const joined = await fetch(`${url}/api/v1/auth/invitation`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: one }),
    });
    expect(joined.status).toBe(201);
  }
  expect((await runCloud(['members', 'list', '--data-dir', dataDir])).stdout).toMatch(
    /^ID +NAME +ROLE +STATE +LAST ACTIVE\n(mem_.*\n){3}$/,
  );
  expect(await invite('mara')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('has this name already'),
  });
  expect(await invite('kim', '--group', 'nowhere')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('no runner and no group is called group:nowhere'),
  });
});

test('AU3: the trail is proven beside a running server and without one, and a change made beside the program is told', async () => {
  await init();
  {
    await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
    await served.url();
    expect(await runCloud(['audit', 'verify', '--data-dir', dataDir])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/2 events from number 1 on, none changed, none missing/),
    });
  }
  const database = new DatabaseSync(join(dataDir, 'emisar.db'));
  database.exec(`update audit_events set actor_label = 'somebody else' where chain_seq = 2`);
  database.close();
  const broken = await runCloud(['audit', 'verify', '--data-dir', dataDir]);
  expect(broken).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/event 2 \(aud_\w+\) was changed after it was written/),
    stderr: expect.stringContaining('The audit trail is not what was written'),
  });
});

test('who connects to the admin socket and says nothing does not hold up the end of the server', async () => {
  await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  await served.url();
  const silent = createConnection(join(dataDir, 'admin.sock'));
  await once(silent, 'connect');
  const cut = once(silent, 'close');
  served.child.kill('SIGTERM');
  await cut;
  expect(await served.ended()).toMatchObject({ code: 0 });
});

test('the admin socket works in a directory deeper than a socket path can say', async () => {
  dataDir = join(folder, 'd'.repeat(100), 'data');
  await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  await served.url();
  expect(await runCloud(['tokens', 'list', '--data-dir', dataDir])).toMatchObject({ code: 0 });
});

test('serve refuses a port in use with one sentence and gives the directory back', async () => {
  await init();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as { port: number };
  const refused = await runCloud(['serve', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`]);
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^Cannot listen: 127\.0\.0\.1:\d+ is in use\. .*--listen.*\n$/);
  other.close();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  await served.url();
});

test('serve refuses a directory that nobody set up, and leaves nothing there', async () => {
  const refused = await runCloud(['serve', '--data-dir', dataDir]);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^Cannot serve: nothing was set up .*init.*\n$/),
  });
  expect(existsSync(dataDir)).toBe(false);
  mkdirSync(dataDir);
  expect((await runCloud(['serve', '--data-dir', dataDir])).code).toBe(1);
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a directory of a newer version is refused and not touched', async () => {
  await init();
  const store = new DatabaseSync(join(dataDir, 'emisar.db'));
  store.exec('update schema_version set version = 99');
  store.close();
  for (const command of [['init'], ['serve', ...listen], ['tokens', 'list']]) {
    const refused = await runCloud([...command, '--data-dir', dataDir]);
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('its schema is version 99'),
    });
  }
});

test('a directory that another process holds is refused', async () => {
  await init();
  await using served = startCloudProcess(['serve', '--data-dir', dataDir, ...listen]);
  await served.url();
  const refused = await runCloud(['serve', '--data-dir', dataDir, ...listen]);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('another emisar-cloud holds it'),
  });
});

test('a directory that cannot be made is refused', async () => {
  writeFileSync(join(folder, 'file'), '');
  const refused = await runCloud(['init', '--data-dir', join(folder, 'file', 'data')]);
  expect(refused).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^Cannot use the data directory .*--data-dir\n$/),
  });
});

test('a file that is no store is refused', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'emisar.db'), 'this is not a database, whatever its name says'.repeat(40));
  const refused = await runCloud(['serve', '--data-dir', dataDir, ...listen]);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Cannot open .*emisar\.db.*\n$/) });
  chmodSync(dataDir, 0o700);
});

test.each([
  [
    'an address beyond this machine without TLS',
    ['--listen', '0.0.0.0:0'],
    /--tls-cert and --tls-key, or --behind-proxy/,
  ],
  ['half of TLS', ['--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
  ['an address that is none', ['--listen', 'nowhere'], /HOST:PORT/],
  ['a public URL in plain http', ['--public-url', 'http://example.net'], /--public-url/],
  ['a version that is none', ['--minimum-runner-version', 'newest'], /--minimum-runner-version.*1\.4\.0/],
  ['a proxy range that is none', ['--behind-proxy', '10.0.0.0/99'], /--behind-proxy/],
])('serve refuses %s with one sentence', async (_what, flags, says) => {
  const refused = await runCloud(['serve', '--data-dir', dataDir, ...flags]);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(says);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});

test.each([
  ['an unknown command', ['destroy'], /unknown command 'destroy'/],
  ['an unknown flag', ['version', '--loud'], /unknown option '--loud'/],
  ['no command', [], /no command was given/],
  ['a missing flag', ['serve'], /--data-dir/],
])('%s is wrong usage: one sentence, exit 2', async (_what, args, says) => {
  const refused = await runCloud(args);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(says);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});

test('a PostgreSQL that does not answer is refused by its place alone', async () => {
  const refused = await runCloud(['init', '--data-dir', dataDir], {
    EMISAR_DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/d',
  });
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/Cannot use PostgreSQL 127\.0\.0\.1:1\/d.*EMISAR_DATABASE_URL/);
  expect(refused.stderr).not.toContain('secret');
});

test('help has examples and goes to standard output', async () => {
  const help = await runCloud(['--help']);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('Examples:');
  const commands = [['members', 'invite'], ['tokens', 'create'], ['backup'], ['doctor']];
  for (const words of commands) {
    const own = await runCloud([...words, '--help']);
    expect(own, words.join(' ')).toMatchObject({ code: 0, stderr: '' });
    expect(own.stdout).toContain(`Examples:\n  emisar-cloud ${words.join(' ')}`);
  }
});
