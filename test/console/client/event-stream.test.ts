import { afterEach, expect, test } from 'vitest';
import { LAG_AFTER_MS, openEventStream, type EventStream } from '../../../src/console/client/event-stream.ts';
import { LINGER_MS } from '../../../src/console/client/topic-book.ts';
import type { SubscriptionReply } from '../../../src/console/client/subscription.ts';
import type { LinkState } from '../../../src/console/store/link-state.ts';
import type { StreamReply, Topic } from '../../../src/protocol/events.ts';
import { startControlPlane, TOKEN, type ControlPlane } from '../support/control-plane.ts';
import { eventually } from '../support/eventually.ts';
import { AT, runner } from '../support/rows.ts';
import { createTurnedClock } from '../support/turned-clock.ts';

const open: EventStream[] = [];
afterEach(() => {
  for (const stream of open.splice(0)) stream.close();
});

const snapshot = (id: number, cursor = 'c0'): StreamReply => ({
  type: 'snapshot',
  id,
  cursor,
  at: AT,
  snapshot: { topic: 'fleet', runners: [runner('r1')] },
});
const event = (id: number, seq: number): StreamReply => ({
  type: 'event',
  id,
  seq,
  cursor: `c${seq}`,
  at: AT,
  event: { type: 'runner.state_changed', runner: runner('r1', { action_load: seq }) },
});

function start(plane: ControlPlane, token = TOKEN) {
  const clock = createTurnedClock();
  const links: LinkState[] = [];
  const replies: { topic: Topic; reply: SubscriptionReply }[] = [];
  const stream = openEventStream({
    url: plane.url,
    token,
    clock,
    random: () => 0.5,
    onLink: (link) => links.push(link),
    onReply: (topic, reply) => replies.push({ topic, reply }),
  });
  open.push(stream);
  return { clock, links, replies, stream, kind: () => stream.link().kind };
}

function answerSnapshots(plane: ControlPlane): void {
  plane.onRequest((viewer, request) => {
    if (request.type === 'subscribe') viewer.send(snapshot(request.id));
  });
}

const subscribes = (plane: ControlPlane) =>
  plane.viewers.flatMap(({ requests }) => requests.filter((request) => request.type === 'subscribe'));

test('the link is live once hello came and every topic was answered', async () => {
  await using plane = await startControlPlane();
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => subscribes(plane).length === 1);
  expect(console.kind()).toBe('connecting');
  plane.viewers[0]?.send(snapshot(subscribes(plane)[0]?.id ?? 0));
  await eventually(() => console.kind() === 'live');
  expect(console.replies).toHaveLength(1);
});

test('T12: a hundred visits to a screen make one subscription, and the last leave ends it', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  await eventually(() => console.kind() === 'live');
  for (let visit = 0; visit < 100; visit += 1) console.stream.watch('fleet')();
  const release = console.stream.watch('fleet');
  await eventually(() => console.replies.length === 1);
  release();
  release();
  const lastReader = console.stream.watch('fleet');
  console.clock.advance(LINGER_MS - 20_000);
  lastReader();
  expect(subscribes(plane)).toHaveLength(1);
  for (let beat = 1; beat < 5; beat += 1) {
    plane.viewers[0]?.send(event(1, beat));
    await eventually(() => console.replies.length === beat + 1);
    console.clock.advance(9_000);
  }
  await eventually(() => plane.viewers[0]?.requests.some(({ type }) => type === 'unsubscribe'));
});

test('a drop resumes by cursor on a fresh connection (T11)', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  plane.viewers[0]?.send(event(1, 1));
  await eventually(() => console.replies.length === 2);
  plane.onRequest((viewer, request) => {
    if (request.type === 'subscribe') viewer.send({ type: 'resumed', id: request.id, cursor: 'c1' });
  });
  plane.viewers[0]?.socket.terminate();
  await eventually(() => console.kind() === 'reconnecting');
  console.clock.advance(250);
  await eventually(() => console.kind() === 'live');
  expect(plane.viewers).toHaveLength(2);
  expect(subscribes(plane)[1]).toMatchObject({ topic: 'fleet', cursor: 'c1' });
  plane.viewers[1]?.send(event(2, 2));
  await eventually(() => console.replies.at(-1)?.reply.type === 'event' && console.replies.length === 4);
});

test('ST1: a missing number asks for a fresh snapshot, a repeated one is ignored', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  console.clock.advance(5000);
  const viewer = plane.viewers[0];
  viewer?.send(event(1, 1));
  viewer?.send(event(1, 1));
  viewer?.send(event(1, 3));
  await eventually(() => subscribes(plane).length === 2);
  expect(subscribes(plane)[1]).not.toHaveProperty('cursor');
  await eventually(() => console.replies.length === 4);
  expect(console.replies.map(({ reply }) => reply.type)).toEqual([
    'snapshot',
    'event',
    'resync_required',
    'snapshot',
  ]);
});

test('ST3: resync_required is answered with a fresh subscription', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  console.clock.advance(5000);
  plane.viewers[0]?.send({ type: 'resync_required', id: 1 });
  await eventually(() => console.replies.at(-1)?.reply.type === 'snapshot' && console.replies.length === 3);
});

test('T10 ST4: a socket that swallows everything is stale after 15 s, since its last frame, and is dialled anew', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  const heardAt = console.clock.now();
  plane.viewers[0]?.socket.pause();
  console.clock.advance(14_999);
  expect(console.kind()).toBe('live');
  console.clock.advance(1);
  expect(console.stream.link()).toMatchObject({ kind: 'stale', since: heardAt });
  console.clock.advance(250);
  await eventually(() => console.kind() === 'live');
  expect(plane.viewers).toHaveLength(2);
});

test('T8: a dropped link turns from reconnecting to stale while the server stays away, and comes back', async () => {
  const plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  const heardAt = console.clock.now();
  await plane.stop();
  await eventually(() => console.kind() === 'reconnecting');
  await eventually(() => {
    console.clock.advance(500);
    return console.kind() === 'stale';
  });
  expect(console.stream.link()).toMatchObject({ since: heardAt });
  await using back = await startControlPlane(Number(new URL(plane.url).port));
  answerSnapshots(back);
  await eventually(() => {
    if (console.kind() !== 'live') console.clock.advance(1000);
    return console.kind() === 'live';
  });
});

test('T13: a viewer that falls behind knows how far, until it has caught up', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  const [viewer] = plane.viewers;
  await eventually(() => viewer?.requests.some(({ type }) => type === 'ping'));
  // What comes after the first answer says that it came.
  viewer?.send(event(1, 1));
  await eventually(() => console.replies.length === 2);
  // From now on the answers lie behind what is still to come.
  viewer?.socket.pause();
  console.clock.advance(10_000);
  const askedAt = console.clock.now();
  viewer?.send(event(99, 1));
  console.clock.advance(LAG_AFTER_MS - 1);
  expect(console.stream.link()).not.toHaveProperty('lagSince');
  console.clock.advance(1);
  expect(console.stream.link()).toMatchObject({ kind: 'live', lagSince: askedAt });
  viewer?.socket.resume();
  await eventually(() => !('lagSince' in console.stream.link()));
  expect(console.kind()).toBe('live');
});

test('the console asks every 10 s, and an answered ping keeps it live', async () => {
  await using plane = await startControlPlane();
  const console = start(plane);
  await eventually(() => console.kind() === 'live');
  const pings = () => plane.viewers[0]?.requests.filter(({ type }) => type === 'ping').length ?? 0;
  await eventually(() => pings() === 1);
  for (let round = 2; round < 6; round += 1) {
    // Late by this much, an answer is missed until it comes: so it has come when it is not missed.
    console.clock.advance(LAG_AFTER_MS);
    await eventually(() => {
      const link = console.stream.link();
      return link.kind === 'live' && link.lagSince === undefined;
    });
    console.clock.advance(10_000 - LAG_AFTER_MS);
    await eventually(() => pings() === round);
  }
  expect(console.links.map(({ kind }) => kind)).not.toContain('stale');
});

test.each([401, 403])('T9: %i at the door stops for good and is told', async (status) => {
  await using plane = await startControlPlane();
  plane.refuseStream(status);
  const console = start(plane);
  await eventually(() => console.kind() === 'signed_out');
  expect(console.clock.pending()).toBe(0);
});

test('T9: a token that ends while connected (4401) stops for good', async () => {
  await using plane = await startControlPlane();
  const console = start(plane);
  await eventually(() => console.kind() === 'live');
  plane.viewers[0]?.socket.close(4401, 'token_invalid');
  await eventually(() => console.kind() === 'signed_out');
  expect(console.clock.pending()).toBe(0);
});

test('an event of a kind that this build does not know counts, and breaks nothing', async () => {
  await using plane = await startControlPlane();
  answerSnapshots(plane);
  const console = start(plane);
  console.stream.watch('fleet');
  await eventually(() => console.kind() === 'live');
  plane.viewers[0]?.socket.send(
    JSON.stringify({ type: 'event', id: 1, seq: 1, cursor: 'c1', at: AT, event: { type: 'moon.rose' } }),
  );
  plane.viewers[0]?.send(event(1, 2));
  await eventually(() => console.replies.length === 2);
  expect(subscribes(plane)).toHaveLength(1);
});
