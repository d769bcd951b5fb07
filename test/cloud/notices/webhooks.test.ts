// Webhooks as a resource: whose they are, what is shown of them, what is refused.
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OLD_SECRET_SIGNS_MS } from '../../../src/protocol/webhook.ts';
import { tokenOf } from '../../support/member-token.ts';
import { startToldCloud, type ToldCloud } from './told-cloud.ts';

let told: ToldCloud;
beforeEach(async () => void (told = await startToldCloud()));
afterEach(() => told[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown, token?: string) =>
  told.cloud.call(method, `/api/v1/webhooks${path}`, body, token);
const signaturesOf = (header: unknown) =>
  [...String(header).matchAll(/v1=([0-9a-f]{64})/g)].map(([, hex]) => hex);
const signed = (secret: string, header: unknown, body: string) =>
  createHmac('sha256', secret)
    .update(`${/^t=(\d+),/.exec(String(header))?.[1]}.${body}`)
    .digest('hex');

test('NO3: the secret is shown once, signs instant and body, and stands in no answer, trail or log', async () => {
  const { webhook, secret } = await told.add(['run.failed']);
  expect(secret).toMatch(/^emwhk-[\w-]{43}$/);
  expect(await call('POST', `/${webhook.id}/test`)).toMatchObject({
    status: 200,
    body: { state: 'delivered', last_status: 200, attempts: 1, text: expect.stringContaining('ops') },
  });
  const { headers, body, json } = await told.told('webhook.test');
  const header = headers['emisar-signature'];
  expect(header).toMatch(new RegExp(`^t=${Math.floor(told.cloud.clock.now() / 1000)},v1=`));
  expect(signaturesOf(header)).toEqual([signed(secret, header, body)]);
  expect(headers).toMatchObject({ 'emisar-delivery': json.id, 'emisar-event': 'webhook.test' });
  expect(headers).not.toHaveProperty('authorization');
  const everything = JSON.stringify([
    (await call('GET', '')).body,
    (await call('GET', '/ops/deliveries')).body,
    (await told.cloud.call('GET', '/api/v1/audit/events')).body,
    told.cloud.logged,
  ]);
  expect(everything).toContain('hooks.example.net');
  expect(everything).not.toContain(secret.slice(6));
  // The path of such an address is a secret as well.
  expect(everything).not.toContain('hidden');
  expect(await told.cloud.auditEvents()).toEqual(
    expect.arrayContaining(['webhook.created', 'webhook.tested']),
  );
});

test('a rotated secret signs beside the one before it for a day, then alone', async () => {
  const { webhook, secret } = await told.add(['run.failed']);
  const rotated = await call('POST', `/${webhook.id}/rotate`);
  const fresh = String(rotated.body.secret);
  expect(fresh).not.toBe(secret);
  await call('POST', '/ops/test');
  const first = await told.told('webhook.test');
  const header = first.headers['emisar-signature'];
  expect(signaturesOf(header)).toEqual([
    signed(fresh, header, first.body),
    signed(secret, header, first.body),
  ]);
  await told.cloud.clock.leap(OLD_SECRET_SIGNS_MS);
  await call('POST', '/ops/test');
  const second = await told.told('webhook.test', 1);
  expect(signaturesOf(second.headers['emisar-signature'])).toEqual([
    signed(fresh, second.headers['emisar-signature'], second.body),
  ]);
  expect(await told.cloud.auditEvents()).toContain('webhook.secret_rotated');
});

test('it is changed, paused and removed by name, each of it on record', async () => {
  await told.add(['run.failed']);
  const changed = await call('PATCH', '/ops', {
    name: 'night',
    events: ['runner.offline'],
    offline_after_seconds: 60,
  });
  expect(changed.body).toMatchObject({
    name: 'night',
    events: ['runner.offline'],
    offline_after_seconds: 60,
  });
  expect((await call('PATCH', '/night', { state: 'paused' })).body).toMatchObject({ state: 'paused' });
  expect((await call('DELETE', '/night')).body).toMatchObject({ deleted: true, name: 'night' });
  expect(await call('GET', '/night')).toMatchObject({ status: 404, body: { code: 'not_found' } });
  const events = (await told.cloud.auditEvents()).filter((event) => event.startsWith('webhook.'));
  expect(events).toEqual(['webhook.created', 'webhook.updated', 'webhook.updated', 'webhook.deleted']);
});

test.each([
  ['ftp://hooks.example.net/', 'no https address'],
  ['hooks', 'no https address'],
  ['https://me:secret@hooks.example.net/', 'holds a user'],
  ['http://hooks.example.net/', 'plain http is for loopback alone'],
  ['https://10.1.2.3/', 'private address'],
  ['https://169.254.169.254/latest', 'nothing is ever sent'],
  ['https://[fe80::1]/', 'nothing is ever sent'],
  ['https://0x7f.1:1/', null],
])('the address %s is refused, or taken where it is allowed', async (url, because) => {
  const answer = await call('POST', '', { name: 'x', url, events: ['run.failed'] });
  if (because === null) expect(answer.status).toBe(201);
  else {
    expect(answer).toMatchObject({ status: 400, body: { code: 'webhook_url_refused' } });
    expect(answer.body.detail).toContain(because);
    expect(answer.body.fix).toContain('--notices-allow');
  }
  expect(JSON.stringify(answer.body)).not.toContain('secret@');
});

test('a name is one webhook of a member, a member has twenty at most, and events come from a closed list', async () => {
  await told.add(['run.failed']);
  const again = { name: 'ops', url: told.receiver.url, events: ['run.failed'] };
  expect(await call('POST', '', again)).toMatchObject({ status: 409, body: { code: 'webhook_exists' } });
  for (let index = 1; index < 20; index += 1) await told.add(['run.failed'], { name: `w${index}` });
  expect(await call('POST', '', { ...again, name: 'one more' })).toMatchObject({
    status: 409,
    body: { code: 'webhook_limit' },
  });
  expect(await call('PATCH', '/w1', { name: 'w2' })).toMatchObject({
    status: 409,
    body: { code: 'webhook_exists' },
  });
  expect(await call('PATCH', '/w1', { events: ['run.output'] })).toMatchObject({ status: 400 });
});

test('of twenty that come at once with one name one is made, and of thirty more no more than twenty in all', async () => {
  const make = (name: string) => call('POST', '', { name, url: told.receiver.url, events: ['run.failed'] });
  const same = await Promise.all(Array.from({ length: 20 }, () => make('ops')));
  expect(same.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(19).fill(409)]);
  const others = await Promise.all(Array.from({ length: 30 }, (_, index) => make(`w${index}`)));
  expect(others.filter(({ status }) => status === 201)).toHaveLength(19);
  expect(others.every(({ status }) => status === 201 || status === 409)).toBe(true);
});

test('whoever reaches less does not find the webhooks of who reaches more; whoever reaches more finds theirs', async () => {
  const admin = await tokenOf(told.cloud, 'admin', 'ada');
  await told.host('web-1');
  const access = { runner_access: 'restricted', runner_selectors: ['group:web'] };
  await told.cloud.call('PATCH', '/api/v1/members/ada', { access });
  await told.add(['run.failed'], { name: 'wide' });
  await told.add(['run.failed'], { name: 'narrow' }, admin);
  const names = async (token?: string) =>
    ((await call('GET', '', undefined, token)).body.items as { name: string }[]).map(({ name }) => name);
  expect(await names(admin)).toEqual(['narrow']);
  expect(await names()).toEqual(['narrow', 'wide']);
  for (const [method, path] of [
    ['GET', '/wide'],
    ['PATCH', '/wide'],
    ['DELETE', '/wide'],
    ['POST', '/wide/test'],
    ['POST', '/wide/rotate'],
    ['GET', '/wide/deliveries'],
  ] as const)
    expect(await call(method, path, method === 'PATCH' ? {} : undefined, admin), path).toMatchObject({
      status: 404,
    });
  expect((await call('DELETE', '/narrow')).status).toBe(200);
});
