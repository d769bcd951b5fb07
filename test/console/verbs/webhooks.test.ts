// Webhooks by verbs on a real control plane: added with an address from stdin, tried, rotated, removed.
import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { environment, verb } from '../support/verb-run.ts';
import { startReceiver } from '../../support/notice-receiver.ts';
import { startRunningCloud } from '../../support/running-cloud.ts';

test('webhooks add, test, deliveries, set, pause, rotate and remove', async () => {
  await using receiver = await startReceiver();
  const allowed = new BlockList();
  allowed.addSubnet('127.0.0.0', 8);
  await using cloud = await startRunningCloud({
    notices: { allowed, ca: receiver.ca, mail: null },
    resolve: async () => ['127.0.0.1'],
  });
  const env = { ...environment(cloud.url), EMISAR_TOKEN: cloud.ownerToken };
  const run = (words: string[], stdin?: string) =>
    verb(['webhooks', ...words], { env, ...(stdin !== undefined && { stdin }) });

  const added = await run(
    ['add', 'ops', '--event', 'run.failed', '--offline-after', '10m'],
    `${receiver.url}\n`,
  );
  expect(added).toMatchObject({ code: 0, err: expect.stringContaining('not shown again') });
  expect(added.out).toMatch(/^emwhk-[\w-]{43}\n$/);
  expect((await run(['list'])).out).toMatch(
    /^ops +active +https:\/\/hooks\.example\.net:\d+\/… +run\.failed/m,
  );
  expect(await run(['add', 'ops', receiver.url])).toMatchObject({
    code: 6,
    err: expect.stringContaining('webhook_exists'),
  });
  expect(await run(['add', 'x', 'http://hooks.example.net'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--notices-allow'),
  });
  expect(await run(['test', 'ops'])).toMatchObject({ code: 0, out: 'Taken, answered 200\n' });
  receiver.answer = (response) => void response.writeHead(404).end();
  expect(await run(['test', 'ops'])).toMatchObject({ code: 1, out: 'Not taken: answered 404\n' });
  expect((await run(['deliveries', 'ops', '--state', 'failed'])).out).toMatch(
    /webhook\.test +failed +1 +- +answered 404/,
  );
  expect((await run(['set', 'ops', '--event', 'runner.offline'])).out).toContain('runner.offline');
  expect(await run(['set', 'ops', '--event', 'everything'])).toMatchObject({ code: 2 });
  expect(await run(['set', 'ops'])).toMatchObject({ code: 2 });
  expect((await run(['pause', 'ops'])).out).toBe('ops is paused\n');
  expect((await run(['resume', 'ops'])).out).toBe('ops is active\n');
  const rotated = await run(['rotate', 'ops', '--json']);
  expect(JSON.parse(rotated.out)).toMatchObject({ secret: expect.stringMatching(/^emwhk-/) });
  expect(await run(['remove', 'ops'])).toMatchObject({ code: 2 });
  expect(await run(['remove', 'ops', '--yes'])).toMatchObject({ code: 0, out: 'ops is removed\n' });
  expect(await run(['test', 'ops'])).toMatchObject({ code: 5, err: expect.stringContaining('not_found') });
});

test('members email sets an address, one’s own by `me`, and takes it away', async () => {
  await using cloud = await startRunningCloud();
  const env = { ...environment(cloud.url), EMISAR_TOKEN: cloud.ownerToken };
  const run = (...words: string[]) => verb(['members', ...words], { env });
  await run('invite', 'mara');
  expect((await run('email', 'mara', 'mara@example.net')).out).toBe('mara is told at mara@example.net\n');
  expect((await run('email', 'me', 'owner@example.net')).out).toBe('owner is told at owner@example.net\n');
  expect((await run('show', 'owner')).out).toMatch(/^e-mail +owner@example\.net$/m);
  expect(await run('email', 'mara', 'not one')).toMatchObject({ code: 2 });
  expect((await run('email', 'me', 'none')).out).toBe('owner is told at no address\n');
});
