// What is told to whom: each kind of news, in the reach of the member to whom the webhook belongs.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { APPROVAL_EXPIRES_AFTER_MS } from '../../../src/protocol/approval.ts';
import { noticeEvents } from '../../../src/protocol/webhook.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { tokenOf } from '../../support/member-token.ts';
import { until } from '../../support/until.ts';
import { HASH_A, HASH_B } from '../runs/fleet.ts';
import { startToldCloud, type ToldCloud } from './told-cloud.ts';

let told: ToldCloud;
beforeEach(async () => void (told = await startToldCloud()));
afterEach(() => told[Symbol.asyncDispose]());

const everything = [...noticeEvents];
const approvals = async () => {
  const { body } = await told.cloud.call('GET', '/api/v1/approvals');
  return body.items as { id: string; runner_name: string }[];
};

test('a request, its decision and its end by time are told with ids and words, and no arguments', async () => {
  await told.host('web-1');
  await told.trustDemo();
  await told.add(everything);
  await told.dispatch('demo.restart', ['web-1']);
  const asked = await told.told('approval.requested');
  const [request] = await approvals();
  expect(asked.json).toMatchObject({
    text: expect.stringMatching(
      /^Approval needed: demo\.restart on web-1, asked for by owner \(high risk\): to see\n/,
    ),
    account: { name: 'test' },
    count: 1,
    items: [
      {
        approval_id: request?.id,
        action_id: 'demo.restart',
        runner_name: 'web-1',
        requested_by: 'owner',
        reason: 'to see',
        status: 'pending',
      },
    ],
  });
  expect(asked.body).toContain(`emisar-console approvals show ${request?.id}`);
  expect(asked.body).not.toContain('args');
  await told.cloud.call('POST', `/api/v1/approvals/${request?.id}/deny`, {
    note: 'not on a <!channel> Friday',
  });
  const decided = await told.told('approval.decided');
  expect(decided.json).toMatchObject({ items: [{ status: 'denied', decided_by: 'owner' }] });
  expect(decided.json.text).toContain('Denied by owner: demo.restart on web-1');
  expect(decided.json.text).toContain('not on a &lt;!channel&gt; Friday');

  await told.dispatch('demo.restart', ['web-1']);
  await told.told('approval.requested', 1);
  await told.cloud.clock.leap(APPROVAL_EXPIRES_AFTER_MS);
  expect((await told.told('approval.expired')).json.text).toContain(
    'Nobody decided in time: demo.restart on web-1',
  );
});

test('a dispatch on many hosts asks once', async () => {
  for (const name of ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']) await told.host(name);
  await told.trustDemo();
  await told.add(everything);
  await told.dispatch('demo.restart', ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
  const { json } = await told.told('approval.requested');
  expect(json).toMatchObject({
    count: 5,
    text: expect.stringContaining('on web-1, web-2, web-3 and 2 more'),
  });
  expect(json.items).toHaveLength(5);
});

test('a pack that waits and one that changed are told; bytes that are trusted are not', async () => {
  const { webhook } = await told.add(everything);
  await told.host('web-1');
  expect((await told.told('pack_version.pending')).json).toMatchObject({
    text: expect.stringContaining('A pack waits for a decision: demo 1.0.0'),
    items: [{ pack_id: 'demo', version: '1.0.0', pending_hash: HASH_A }],
  });
  await told.trustDemo();
  await told.host('web-2');
  await told.host('web-3', 'web', HASH_B);
  expect((await told.told('pack_version.drifted')).json).toMatchObject({ items: [{ pending_hash: HASH_B }] });
  const events = (await told.deliveries(webhook.id)).map(({ event }) => event);
  expect(events.toSorted()).toEqual(['pack_version.drifted', 'pack_version.pending']);
});

test('C30: a run that ended badly is told by status and exit code, without a word of what the host said', async () => {
  const runner = await told.host('web-1');
  await told.trustDemo();
  await told.add(['run.failed']);
  const { run } = await told.dispatch('demo.ping', ['web-1']);
  const { request_id } = await runner.frame('run_action');
  runner.send({
    type: 'action_result',
    protocol_version: 1,
    request_id,
    status: 'failed',
    exit_code: 3,
    duration_ms: 5,
    error: 'password=hunter2',
    executed_command: 'ping hunter2',
  });
  const { json, body } = await told.told('run.failed');
  expect(json).toMatchObject({
    text: expect.stringContaining('A run ended as failed with exit code 3: demo.ping on web-1'),
    items: [{ run_id: run.id, status: 'failed', exit_code: 3, runner_name: 'web-1' }],
  });
  expect(body).not.toContain('hunter2');
});

/** The bell for it may be set only after the leap, so a second is added until it rings. */
const toldLater = (event: string, after = 0) =>
  until(`${event} is told`, async () => {
    await told.cloud.clock.leap(1_000);
    return told.receiver.received.filter(({ json }) => json.event === event)[after];
  });

test('a runner is told of when it is away for long enough, once an outage, and not when it came back', async () => {
  const { cloud } = told;
  const tokens = { away: await enroll(cloud, 'web-1'), back: await enroll(cloud, 'web-2') };
  const away = await bringOnline(cloud, 'web-1', tokens.away);
  const returns = await bringOnline(cloud, 'web-2', tokens.back);
  const { webhook } = await told.add(['run.failed'], { offline_after_seconds: 120 });
  using before = await bringOnline(cloud, 'web-0', await enroll(cloud, 'web-0'));
  before.socket.terminate();
  await until('offline', async () => (await cloud.runner('web-0')).state === 'offline');
  await cloud.call('PATCH', '/api/v1/webhooks/ops', { events: ['runner.offline'] });
  away.socket.terminate();
  returns.socket.terminate();
  for (const name of ['web-1', 'web-2'])
    await until('offline', async () => (await cloud.runner(name)).state === 'offline');
  await cloud.clock.advance(60_000);
  using _back = await bringOnline(cloud, 'web-2', tokens.back);
  expect(await told.deliveries(webhook.id)).toEqual([]);
  await cloud.clock.leap(60_000);
  expect((await toldLater('runner.offline')).json).toMatchObject({
    text: expect.stringMatching(/^Offline for 2 minutes: web-1\n/),
    count: 1,
  });
  using again = await bringOnline(cloud, 'web-1', tokens.away);
  again.socket.terminate();
  await until('offline again', async () => (await cloud.runner('web-1')).state === 'offline');
  await cloud.clock.leap(120_000);
  expect((await toldLater('runner.offline', 1)).json.text).toContain('web-1');
  const ofAway = (await told.deliveries(webhook.id)).filter(({ text }) => text.includes('web-1'));
  expect(ofAway).toHaveLength(2);
});

test('NO5: only what its member reaches is told, and nothing once they are suspended', async () => {
  const admin = await tokenOf(told.cloud, 'admin', 'ada');
  for (const [name, group] of [
    ['web-1', 'web'],
    ['db-1', 'db'],
  ] as const)
    await told.host(name, group);
  await told.trustDemo();
  const access = { runner_access: 'restricted', runner_selectors: ['group:web'] };
  await told.cloud.call('PATCH', '/api/v1/members/ada', { access });
  const url = `${told.receiver.url}?of=ada`;
  const { webhook } = await told.add(everything, { url }, admin);
  await told.add(everything, { name: 'all' });
  await told.dispatch('demo.restart', ['db-1', 'web-1']);
  await told.dispatch('demo.restart', ['db-1']);
  await told.dispatch('demo.restart', ['web-1']);
  const ofAda = () => told.receiver.received.filter(({ path }) => path.endsWith('?of=ada'));
  await until('ada is told of both', () => ofAda().length === 2);
  expect(JSON.stringify(ofAda())).not.toContain('db-1');
  expect(ofAda().map(({ json }) => json.count)).toEqual([1, 1]);

  await told.cloud.call('POST', '/api/v1/members/ada/suspend');
  await told.dispatch('demo.restart', ['web-1']);
  await until('the owner is told', () => told.receiver.received.length - ofAda().length === 4);
  expect(ofAda()).toHaveLength(2);
  expect((await told.webhook(webhook.id)).state_note).toContain('ada, whose reach it has, is suspended');
});

test('NO5: what its member does not reach any more is dropped, although it waits already', async () => {
  const admin = await tokenOf(told.cloud, 'admin', 'ada');
  await told.host('web-1');
  await told.trustDemo();
  told.receiver.answer = (response) => void response.writeHead(500).end();
  const { webhook } = await told.add(['approval.requested'], {}, admin);
  await told.dispatch('demo.restart', ['web-1']);
  await until('it was tried', async () => (await told.deliveries(webhook.id))[0]?.attempts === 1);
  await told.host('db-1', 'db');
  const access = { runner_access: 'restricted', runner_selectors: ['group:db'] };
  await told.cloud.call('PATCH', '/api/v1/members/ada', { access });
  told.receiver.answer = (response) => void response.writeHead(200).end();
  await until('it is dropped', async () => {
    await told.cloud.clock.leap(5_000);
    return (await told.deliveries(webhook.id))[0]?.state === 'failed';
  });
  expect(await told.deliveries(webhook.id)).toMatchObject([
    { attempts: 1, last_error: 'its member does not reach any more what it names' },
  ]);
  expect(told.receiver.received).toHaveLength(1);
});

test('NO5: a webhook that was made by a narrowed token tells no more than that token reached', async () => {
  await told.host('web-1');
  await told.host('db-1', 'db');
  await told.trustDemo();
  const scope = { runner_access: 'restricted', runner_selectors: ['group:web'] };
  const minted = await told.cloud.call('POST', '/api/v1/tokens', { name: 'narrow', scope });
  await told.add(['approval.requested'], {}, String(minted.body.secret));
  await told.dispatch('demo.restart', ['db-1', 'web-1']);
  const { json, body } = await told.told('approval.requested');
  expect(json.count).toBe(1);
  expect(body).not.toContain('db-1');
});

test('T17: whatever a host calls itself, the text links nowhere, mentions nobody and stays on its line', async () => {
  await told.host('<!channel> @all');
  await told.trustDemo();
  await told.add(everything);
  const reason = 'see\n<https://phish.example|the log>\u202e';
  const body = { action_id: 'demo.restart', group: 'web', reason };
  expect((await told.cloud.call('POST', '/api/v1/dispatches', body)).status).toBeLessThan(300);
  const { json } = await told.told('approval.requested');
  expect(json.text).toContain('on &lt;!channel&gt; \uff20all');
  expect(json.text).toContain('&lt;https://phish.example|the log&gt;·');
  expect(String(json.text).split('\n')).toHaveLength(2);
});
