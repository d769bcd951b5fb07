// The program on PostgreSQL, as a process: set up, served, killed, served again.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';
import { freshStore, type FreshStore } from '../../support/fresh-store.ts';

let store: FreshStore;
let dataDir: string;
let environment: Record<string, string>;

beforeEach(async () => {
  store = await freshStore();
  dataDir = mkdtempSync(join(tmpdir(), 'emisar-program-'));
  environment = { EMISAR_DATABASE_URL: store.databaseUrl ?? '' };
});

afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true });
});

const me = (url: string, token: string) =>
  fetch(`${url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });

test('C3: after kill -9 it serves again at once, with everything that was answered', async () => {
  const init = await runCloud(['init', '--data-dir', dataDir, '--json'], environment);
  expect(init.code, init.stderr).toBe(0);
  const { token } = JSON.parse(init.stdout) as { token: string };
  const serve = () =>
    startCloudProcess(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'], environment);
  let minted = '';
  {
    await using served = serve();
    const url = await served.url();
    expect((await me(url, token)).status).toBe(200);
    const made = await fetch(`${url}/api/v1/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'laptop' }),
    });
    minted = ((await made.json()) as { secret: string }).secret;
    served.child.kill('SIGKILL');
  }
  await using again = serve();
  expect((await me(await again.url(), minted)).status).toBe(200);
  expect(readdirSync(dataDir)).not.toContain('emisar.db');
}, 40_000);

test('the commands of its host work on PostgreSQL too, beside a server and without one', async () => {
  expect((await runCloud(['init', '--data-dir', dataDir], environment)).code).toBe(0);
  const ask = (...words: string[]) => runCloud([...words, '--data-dir', dataDir], environment);
  expect(await ask('members', 'invite', 'mara', '--all')).toMatchObject({ code: 0 });
  const alone = await ask('doctor');
  expect(alone).toMatchObject({ code: 0 });
  expect(alone.stdout).toMatch(/✓ {2}store +PostgreSQL \S+, version \d+[^]*⚠ {2}nodes +none serves/);
  await using served = startCloudProcess(
    ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'],
    environment,
  );
  await served.url();
  expect(await ask('doctor')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/✓ {2}nodes +1 from it[^]*✓ {2}audit +3 events, chain intact/),
  });
  expect(await ask('members', 'invite', 'jo')).toMatchObject({ code: 0 });
  expect((await ask('members', 'list')).stdout).toMatch(/jo[^]*mara[^]*owner/);
}, 120_000);
