// What becomes of a notice whose receiver is slow, wrong, gone or somewhere else than it seemed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ATTEMPT_WITHIN_MS, DELIVERED_KEPT_MS } from '../../../src/protocol/webhook.ts';
import { startReceiver } from '../../support/notice-receiver.ts';
import { until } from '../../support/until.ts';
import { blockListOf, startToldCloud, type ToldCloud } from './told-cloud.ts';

let told: ToldCloud;
let addresses: string[][];
beforeEach(async () => {
  addresses = [];
  told = await startToldCloud({ resolve: async () => addresses.shift() ?? ['127.0.0.1'] });
});
afterEach(() => told[Symbol.asyncDispose]());

const call = (method: string, path: string, body?: unknown) =>
  told.cloud.call(method, `/api/v1${path}`, body);
const testNow = async () => (await call('POST', '/webhooks/ops/test')).body;
/** A notice that waits in the queue, and the webhook to which it goes. */
async function news() {
  const { webhook } = await told.add(['pack_version.pending']);
  await told.host('web-1');
  return webhook.id;
}
const after = (id: string, attempts: number) =>
  until(`${attempts} attempts`, async () => {
    const [delivery] = await told.deliveries(id);
    return delivery && delivery.attempts >= attempts ? delivery : null;
  });

/** The same after `ms` more; the bell for it may be set only after the leap, so a second is added until it rings. */
async function later(id: string, ms: number, attempts: number) {
  await told.cloud.clock.leap(ms);
  return until(`${attempts} attempts`, async () => {
    await told.cloud.clock.leap(1_000);
    const [delivery] = await told.deliveries(id);
    return delivery && delivery.attempts >= attempts ? delivery : null;
  });
}

test('NO2: a notice that was not taken comes again under the same id with the same bytes, later and later', async () => {
  told.receiver.answer = (response) => void response.writeHead(500).end();
  const id = await news();
  expect(await after(id, 1)).toMatchObject({
    state: 'pending',
    last_status: 500,
    last_error: 'answered 500',
  });
  const figures = async () => (await fetch(`${told.cloud.url}/metrics`)).text();
  expect(await figures()).toContain('emisar_notices_waiting{channel="webhook"} 1\n');
  for (const [attempt, wait] of [10_000, 60_000, 300_000].entries()) {
    const [delivery] = await told.deliveries(id);
    const waits = Date.parse(delivery?.next_attempt_at ?? '') - told.cloud.clock.now();
    expect(waits).toBeLessThanOrEqual(wait);
    expect(waits).toBeGreaterThan(wait / 2);
    await later(id, wait, attempt + 2);
  }
  told.receiver.answer = (response) => void response.writeHead(204).end();
  expect(await later(id, 900_000, 5)).toMatchObject({
    state: 'delivered',
    last_status: 204,
    next_attempt_at: null,
  });
  expect(await figures()).toContain('emisar_notice_attempts_total{channel="webhook",outcome="tried"} 4\n');
  const { received } = told.receiver;
  expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  expect(new Set(received.map(({ headers }) => headers['emisar-delivery'])).size).toBe(1);
  expect(new Set(received.map(({ headers }) => headers['emisar-signature'])).size).toBe(5);
  expect(await told.webhook(id)).toMatchObject({ failures: 0, pending: 0, state: 'active' });
});

test('NO6: after a day without success it is disabled, on record, and set going again by hand', async () => {
  told.receiver.answer = (response) => void response.writeHead(503).end();
  const id = await news();
  await after(id, 1);
  for (let attempt = 2; attempt <= 9; attempt += 1) {
    await later(id, 12 * 3600_000, attempt);
  }
  await until('disabled', async () => (await told.webhook(id)).state === 'disabled');
  expect(await told.webhook(id)).toMatchObject({
    failures: 9,
    state_note: expect.stringContaining('answered 503'),
  });
  expect(await told.deliveries(id)).toMatchObject([{ state: 'failed', attempts: 9 }]);
  expect(await told.cloud.auditEvents()).toContain('webhook.disabled');
  await told.host('db-1', 'db', `sha256:${'c'.repeat(64)}`);
  told.receiver.answer = (response) => void response.writeHead(200).end();
  expect((await call('PATCH', '/webhooks/ops', { state: 'active' })).body).toMatchObject({
    state: 'active',
    state_note: null,
    failures: 0,
  });
  // News of the meantime is not told later.
  await told.host('db-2', 'db', `sha256:${'d'.repeat(64)}`);
  const { items } = (await told.told('pack_version.pending', 9)).json;
  expect(items).toMatchObject([{ pending_hash: `sha256:${'d'.repeat(64)}` }]);
});

test('a receiver that says it is gone is disabled at once', async () => {
  told.receiver.answer = (response) => void response.writeHead(410).end();
  const id = await news();
  await until('disabled', async () => (await told.webhook(id)).state === 'disabled');
  expect(await told.deliveries(id)).toMatchObject([{ state: 'failed', attempts: 1, last_status: 410 }]);
});

test('a receiver that asks for patience gets it', async () => {
  told.receiver.answer = (response) => void response.writeHead(429, { 'retry-after': '120' }).end();
  const id = await news();
  const { next_attempt_at } = await after(id, 1);
  expect(Date.parse(next_attempt_at ?? '') - told.cloud.clock.now()).toBe(120_000);
});

test('NO4: a redirect is not followed', async () => {
  await using other = await startReceiver();
  told.receiver.answer = (response) => void response.writeHead(307, { location: other.url }).end();
  await told.add(['run.failed']);
  expect(await testNow()).toMatchObject({
    state: 'failed',
    last_status: 307,
    last_error: expect.stringContaining('redirects are not followed'),
  });
  expect(other.received).toEqual([]);
});

test('NO4: only what was judged is dialled, in every attempt anew', async () => {
  await told.add(['run.failed']);
  expect(await testNow()).toMatchObject({ state: 'delivered' });
  // The name turns to what is not allowed, and to what never is.
  for (const turned of [['10.0.0.5'], ['169.254.169.254'], ['127.0.0.1', '10.0.0.5']]) {
    addresses.push(turned);
    expect(await testNow()).toMatchObject({
      state: 'failed',
      last_status: null,
      last_error: expect.stringContaining(turned.at(-1) ?? ''),
    });
  }
  // Looked up once an attempt: had it been twice, the second answer would have been dialled, or left here.
  addresses.push(['127.0.0.1'], ['10.0.0.5']);
  expect(await testNow()).toMatchObject({ state: 'delivered' });
  expect(addresses).toEqual([['10.0.0.5']]);
  expect(told.receiver.received).toHaveLength(2);
});

test('a receiver that keeps it waiting, speaks without end or is not who it says fails in words', async () => {
  told.receiver.answer = () => {};
  await told.add(['run.failed']);
  const waiting = testNow();
  await told.told('webhook.test');
  await told.cloud.clock.advance(ATTEMPT_WITHIN_MS);
  expect(await waiting).toMatchObject({ state: 'failed', last_error: 'no answer within 10 seconds' });

  told.receiver.answer = (response) => {
    response.writeHead(200);
    const flood = () =>
      void response.write('x'.repeat(65_536), (error) => (error ? null : setImmediate(flood)));
    flood();
  };
  expect(await testNow()).toMatchObject({ state: 'delivered', last_status: 200 });

  const { port } = told.receiver;
  await call('PATCH', '/webhooks/ops', { url: `https://other.example.net:${port}/` });
  expect(await testNow()).toMatchObject({ last_error: 'its certificate is for another name' });
  await using stranger = await startReceiver({ stranger: true });
  await call('PATCH', '/webhooks/ops', { url: stranger.url });
  expect(await testNow()).toMatchObject({ last_error: 'its certificate is not trusted here' });
});

test('plain http goes to loopback where the list names it', async () => {
  await using plain = await startReceiver({ plain: true });
  await told.add(['run.failed'], { url: plain.url });
  expect(await testNow()).toMatchObject({ state: 'delivered' });
  expect(plain.received).toHaveLength(1);
});

test('what is queued survives a restart; what was sent is forgotten after its time', async () => {
  told.receiver.answer = (response) => void response.writeHead(500).end();
  const id = await news();
  await after(id, 1);
  await told.cloud.restart();
  told.receiver.answer = (response) => void response.writeHead(200).end();
  expect(await later(id, 10_000, 2)).toMatchObject({ state: 'delivered' });
  await told.cloud.clock.leap(DELIVERED_KEPT_MS);
  await until('it is forgotten', async () => {
    await told.cloud.clock.leap(3600_000);
    return (await told.deliveries(id)).length === 0;
  });
});

test('a stop in the middle of an attempt does not count it, and the next start makes it at once', async () => {
  told.receiver.answer = () => {};
  const id = await news();
  await told.told('pack_version.pending');
  await told.cloud.restart();
  await told.told('pack_version.pending', 1);
  expect(await told.deliveries(id)).toMatchObject([{ state: 'pending', attempts: 0 }]);
});

test('NO4: a cloud without a list sends nothing to this machine', async () => {
  await using closed = await startToldCloud({ allowed: blockListOf() });
  await closed.add(['run.failed']);
  const { body } = await closed.cloud.call('POST', '/api/v1/webhooks/ops/test');
  expect(body).toMatchObject({ state: 'failed', last_error: expect.stringContaining('private address') });
  expect(closed.receiver.received).toEqual([]);
});
