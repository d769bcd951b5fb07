// The flags and variables of notices, on the program as it is started.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { initialise } from '../../../src/cloud/commands/init-command.ts';
import { runCloud, startCloudProcess } from '../../support/cloud-process.ts';
import { startReceiver } from '../../support/notice-receiver.ts';

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'emisar-notices-'))));
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('serve sends to what its flags allow, by the authority that they name', async () => {
  await using receiver = await startReceiver();
  const { token } = await initialise(dataDir, 'test', null);
  writeFileSync(join(dataDir, 'ca.pem'), receiver.ca);
  const flags = ['--notices-allow', '127.0.0.0/8', '--notices-ca', join(dataDir, 'ca.pem')];
  await using cloud = startCloudProcess([
    'serve',
    '--data-dir',
    dataDir,
    '--listen',
    '127.0.0.1:0',
    ...flags,
  ]);
  const url = await cloud.url();
  const post = async (path: string, body?: unknown) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  await post('/webhooks', {
    name: 'ops',
    url: `https://127.0.0.1:${receiver.port}/`,
    events: ['run.failed'],
  });
  expect(await post('/webhooks/ops/test')).toMatchObject({ state: 'delivered', last_status: 200 });
  expect(receiver.received).toHaveLength(1);
}, 120_000);

test('a mail server without a sender is refused at the start, and its password is not said', async () => {
  await initialise(dataDir, 'test', null);
  const environment = { EMISAR_SMTP_URL: 'smtps://u:hidden@mail.example.net' };
  const ended = await runCloud(['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0'], environment);
  expect(ended).toMatchObject({ code: 1, stdout: '' });
  expect(ended.stderr).toContain('--mail-from');
  expect(ended.stderr).not.toContain('hidden');
}, 120_000);
