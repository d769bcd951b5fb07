// What lies outside somebody's access is absent to them: same status, same body, not counted, not heard of.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Access } from '../../../src/protocol/access.ts';
import type { StreamReply } from '../../../src/protocol/events.ts';
import { bringOnline, enroll } from '../../support/enrolled.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';
import type { WireRunner } from '../../support/wire-runner.ts';

const HASH = `sha256:${'a'.repeat(64)}`;
let cloud: RunningCloud;
let runners: Record<'web-1' | 'db-1', WireRunner>;

beforeEach(async () => {
  cloud = await startRunningCloud();
  const online = async (host: string, group: string) => {
    const runner = await bringOnline(cloud, host, await enroll(cloud, host));
    runner.sendState({
      hostname: host,
      group,
      packs: { [`${group}-pack`]: { version: '1.0.0', hash: HASH } },
    });
    await until(`${host} carries its pack`, async () => (await cloud.runner(host)).packs_count === 1);
    return runner;
  };
  runners = { 'web-1': await online('web-1', 'web'), 'db-1': await online('db-1', 'db') };
});
afterEach(async () => {
  for (const runner of Object.values(runners)) runner[Symbol.dispose]();
  await cloud[Symbol.asyncDispose]();
});

const web: Access = {
  runner_access: 'restricted',
  runner_selectors: ['group:web'],
  pack_access: 'all',
  pack_ids: [],
};

async function join(name: string, role: string, access?: Access): Promise<string> {
  const invited = await cloud.call('POST', '/api/v1/members', { name, role, ...(access ? { access } : {}) });
  expect(invited.status, JSON.stringify(invited.body)).toBe(201);
  const accepted = await cloud.call('POST', '/api/v1/auth/invitation', { code: invited.body.code }, null);
  expect(accepted.status).toBe(201);
  return String(accepted.body.secret);
}

const namesOf = (body: Record<string, unknown>) => (body.items as { name: string }[]).map(({ name }) => name);

test('lists, counts and groups hold what is in reach and nothing else', async () => {
  const token = await join('mara', 'admin', web);
  const get = async (path: string) => (await cloud.call('GET', `/api/v1${path}`, undefined, token)).body;
  expect(namesOf(await get('/runners'))).toEqual(['web-1']);
  expect((await get('/runners')).total).toBe(1);
  expect(await get('/groups')).toEqual({ items: [{ name: 'web', total: 1, online: 1 }] });
  expect(await get('/fleet/summary')).toMatchObject({
    total: 1,
    online: 1,
    badges: { packs_needing_decision: 1 },
  });
  expect(((await get('/pack-versions')).items as { pack_id: string }[]).map((one) => one.pack_id)).toEqual([
    'web-pack',
  ]);
  const events = (await get('/audit/events?category=fleet&limit=100')).items as {
    target: { label: string };
  }[];
  expect(new Set(events.map(({ target }) => target.label))).toEqual(new Set(['web-1']));
});

test('who does not reach everything mints no key: a host chooses its own group', async () => {
  const token = await join('mara', 'admin', web);
  expect(await cloud.call('POST', '/api/v1/enrollment-keys', {}, token)).toMatchObject({
    status: 403,
    body: { code: 'unrestricted_access_required' },
  });
});

test('the stream tells what is in reach, numbered without gaps, and of a runner that leaves that it is gone', async () => {
  const token = await join('mara', 'viewer', web);
  const viewer = await follow(token);
  const snapshot = await viewer.reply('snapshot');
  expect(snapshot.snapshot).toMatchObject({ topic: 'fleet', runners: [{ name: 'web-1' }] });
  await cloud.call('POST', '/api/v1/runners/db-1/hold');
  await cloud.call('POST', '/api/v1/runners/web-1/hold');
  const first = await viewer.event('runner.state_changed');
  expect(first).toMatchObject({ seq: 1, event: { runner: { name: 'web-1', held: true } } });
  runners['web-1'].sendState({ hostname: 'web-1', group: 'db', packs: {} });
  const { id } = await cloud.runner('web-1');
  expect(await viewer.event('runner.deleted')).toMatchObject({ event: { runner_id: id } });
  runners['db-1'].sendState({ hostname: 'db-1', group: 'web', packs: {} });
  await until('the other one enters', () =>
    viewer
      .events()
      .some(({ event }) => event.type === 'runner.state_changed' && event.runner.name === 'db-1'),
  );
  const seqs = viewer.events().map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  viewer.close();
});

test('a changed access ends the stream, and the next one shows what is reached now', async () => {
  const token = await join('mara', 'viewer', web);
  const viewer = await follow(token);
  await viewer.reply('snapshot');
  const wish = { access: { runner_access: 'restricted', runner_selectors: ['group:db'] } };
  expect(await cloud.call('PATCH', '/api/v1/members/mara', wish)).toMatchObject({
    status: 200,
    body: { change: { runners_added: [{ name: 'db-1' }], runners_removed: [{ name: 'web-1' }] } },
  });
  expect(await viewer.reply('unsubscribed')).toEqual({
    type: 'unsubscribed',
    id: 1,
    reason: 'authority_changed',
  });
  expect(await viewer.closed).toBe(1001);
  const again = await follow(token);
  expect((await again.reply('snapshot')).snapshot).toMatchObject({ runners: [{ name: 'db-1' }] });
  again.close();
});

async function follow(token: string) {
  const socket = new WebSocket(`${cloud.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const replies: StreamReply[] = [];
  socket.on('message', (data) => replies.push(JSON.parse(String(data)) as StreamReply));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'subscribe', id: 1, topic: 'fleet' }));
  type Of<Type extends StreamReply['type']> = Extract<StreamReply, { type: Type }>;
  const events = () => replies.filter((reply): reply is Of<'event'> => reply.type === 'event');
  return {
    closed,
    events,
    close: () => socket.terminate(),
    reply: <Type extends StreamReply['type']>(type: Type) =>
      until(`a ${type}`, () => replies.find((reply): reply is Of<Type> => reply.type === type)),
    event: (type: string) =>
      until(`an event ${type}`, () => events().find(({ event }) => event.type === type)),
  };
}
