import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Snapshot, StreamEvent } from '../../../src/protocol/events.ts';
import { caller, startFleet, type Fleet } from '../runs/fleet.ts';
import { serveStream, type StreamServer } from './stream-client.ts';

let fleet: Fleet;
let server: StreamServer;
beforeEach(async () => {
  fleet = await startFleet();
  server = await serveStream(fleet);
});
afterEach(async () => {
  await server.close();
  await fleet.close();
});

test('ST1: a snapshot comes first, then events numbered from one without gaps', async () => {
  await fleet.ready('web-1');
  const client = await server.connect();
  client.send({ type: 'subscribe', id: 1, topic: 'runs' });
  const { snapshot } = await client.until('snapshot');
  expect(snapshot).toEqual({ topic: 'runs', runs: [], more: false });
  for (let count = 0; count < 3; count += 1) await fleet.dispatch({ runners: ['web-1'] });
  await client.until('event', (event) => event.seq === 3);
  await client.until('event', (event) => event.event.type === 'run.created');
  expect(client.events(1).map((event) => event.seq)).toEqual(client.events(1).map((_, index) => index + 1));
});

test('a topic that the role may not see is refused by code, and so is a run that does not exist', async () => {
  const client = await server.connect(caller('viewer'));
  client.send({ type: 'subscribe', id: 1, topic: 'enrollment_keys' });
  client.send({ type: 'subscribe', id: 2, topic: 'run:run_nothing' });
  expect(await client.until('refused', (reply) => reply.id === 1)).toMatchObject({
    code: 'insufficient_privileges',
  });
  expect(await client.until('refused', (reply) => reply.id === 2)).toMatchObject({ code: 'not_found' });
});

test('a burst about one runner reaches viewers as few events with the last state', async () => {
  const id = await fleet.addRunner('web-1');
  const client = await server.connect();
  client.send({ type: 'subscribe', id: 7, topic: 'fleet' });
  await client.until('snapshot');
  for (let count = 0; count < 200; count += 1) {
    await fleet.database.write(async (tx) => {
      await tx.sql
        .updateTable('runners')
        .set({ version: `1.0.${count}` })
        .where('id', '=', id)
        .execute();
      fleet.outbox.add(tx, {
        topic: 'fleet',
        type: 'runner.state_changed',
        accountId: 'acc_1',
        runnerId: id,
      });
    });
  }
  const isLast = (event: StreamEvent) =>
    event.type === 'runner.state_changed' && event.runner.version === '1.0.199';
  await client.until('event', (event) => isLast(event.event));
  expect(client.events(7).length).toBeLessThan(60);
});

test('HB6: heartbeats of a second reach viewers as one frame', async () => {
  const client = await server.connect();
  client.send({ type: 'subscribe', id: 1, topic: 'fleet' });
  await client.until('snapshot');
  for (const name of ['web-1', 'web-2']) {
    fleet.presence.enter({ runnerId: name, accountId: 'acc_1', epoch: 1, address: '127.0.0.1' });
    fleet.presence.establish(name, 1);
    fleet.presence.heard(name, 1, 3);
    fleet.presence.heard(name, 1, 4);
  }
  await fleet.clock.advance(1_000);
  const { event } = await client.until('event', (reply) => reply.event.type === 'fleet.heartbeats');
  expect(event).toMatchObject({
    beats: expect.arrayContaining([
      ['web-1', 4],
      ['web-2', 4],
    ]),
  });
  expect(client.events(1).filter((reply) => reply.event.type === 'fleet.heartbeats')).toHaveLength(1);
});

test('a resumed subscription goes on with the next number and misses nothing', async () => {
  await fleet.ready('web-1');
  const first = await server.connect();
  first.send({ type: 'subscribe', id: 1, topic: 'runs' });
  await first.until('snapshot');
  await fleet.dispatch({ runners: ['web-1'] });
  const last = await first.until('event', (event) => event.seq === 1);
  first.socket.terminate();
  await fleet.dispatch({ runners: ['web-1'] });

  const second = await server.connect();
  second.send({ type: 'subscribe', id: 5, topic: 'runs', cursor: last.cursor });
  await second.until('resumed');
  await second.until('event', (event) => event.event.type === 'run.created');
  await fleet.dispatch({ runners: ['web-1'] });
  const created = () => second.events(5).filter((event) => event.event.type === 'run.created');
  await expect.poll(created).toHaveLength(2);
  expect(second.events(5).map((event) => event.seq)).toEqual(second.events(5).map((_, index) => index + 2));
});

test('ST3: a cursor that is unknown, of another topic, another member or role, or too old is answered resync_required', async () => {
  await fleet.ready('web-1');
  const client = await server.connect();
  client.send({ type: 'subscribe', id: 1, topic: 'runs' });
  const { cursor } = await client.until('snapshot');
  const other = await server.connect({ ...caller(), memberId: 'mem_2' });
  other.send({ type: 'subscribe', id: 2, topic: 'runs', cursor });
  await other.until('resync_required', (reply) => reply.id === 2);
  const demoted = await server.connect(caller('viewer'));
  demoted.send({ type: 'subscribe', id: 2, topic: 'runs', cursor });
  await demoted.until('resync_required', (reply) => reply.id === 2);
  client.send({ type: 'subscribe', id: 3, topic: 'fleet', cursor });
  client.send({ type: 'subscribe', id: 4, topic: 'runs', cursor: 'AAAA' });
  await client.until('resync_required', (reply) => reply.id === 3);
  await client.until('resync_required', (reply) => reply.id === 4);
  await fleet.dispatch({ runners: ['web-1'] });
  await client.until('event');
  await fleet.clock.advance(10 * 60_000 + 1_000);
  client.send({ type: 'subscribe', id: 5, topic: 'runs', cursor });
  await client.until('resync_required', (reply) => reply.id === 5);
  expect(client.replies.filter((reply) => reply.type === 'resumed')).toEqual([]);
});

test('a viewer whose token ends is closed with 4401 at once', async () => {
  const client = await server.connect();
  const bystander = await server.connect({ ...caller(), tokenId: 'tok_2' });
  fleet.outbox.tell({ topic: 'keys', type: 'token.revoked', accountId: 'acc_1', tokenId: 'tok_1' });
  expect(await client.closed).toMatchObject({ code: 4401 });
  bystander.send({ type: 'ping' });
  await bystander.until('pong');
});

test.each([
  '{',
  '{"type":"subscribe","id":0,"topic":"fleet"}',
  '{"type":"dance"}',
  '{"type":"subscribe","id":1,"topic":"run:../x"}',
])('a frame that is none of the protocol closes the stream with a reason: %s', async (frame) => {
  const client = await server.connect();
  client.socket.send(frame);
  const { code, reason } = await client.closed;
  expect(code).toBe(1008);
  expect(reason.length).toBeGreaterThan(10);
});

test('ST2: a snapshot and the events after it end in the same state as a fresh snapshot', async () => {
  const socket = await fleet.ready('web-1');
  const client = await server.connect();
  await fleet.dispatch({ runners: ['web-1'] });
  client.send({ type: 'subscribe', id: 1, topic: 'runs' });
  await fleet.dispatch({ runners: ['web-1'] });
  for (const frame of socket.frames()) await fleet.runs.started(socket, String(frame['request_id']));
  const { snapshot } = await client.until('snapshot');
  const fresh = async () => {
    const viewer = await server.connect();
    viewer.send({ type: 'subscribe', id: 1, topic: 'runs' });
    return sorted((await viewer.until('snapshot')).snapshot);
  };
  await expect
    .poll(async () =>
      applied(
        snapshot,
        client.events(1).map((reply) => reply.event),
      ),
    )
    .toEqual(await fresh());
});

function sorted(snapshot: Snapshot) {
  return snapshot.topic === 'runs' ? snapshot.runs.toSorted((a, b) => (a.id < b.id ? -1 : 1)) : [];
}

function applied(snapshot: Snapshot, events: StreamEvent[]) {
  const runs = new Map(sorted(snapshot).map((run) => [run.id, run]));
  for (const event of events)
    if ('run' in event && event.type !== 'run.detail') runs.set(event.run.id, event.run);
  return [...runs.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
