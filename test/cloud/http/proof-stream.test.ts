// The proof over every topic of the event stream and every frame of runners: who asks gets what they may see, and a
// runner speaks for itself alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listTopics } from '../../../src/protocol/events.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';
import { runnerFrameTypes } from '../../../src/protocol/frames.ts';
import { roles } from '../../../src/protocol/permission.ts';
import { tokenOf } from '../../support/member-token.ts';
import { until } from '../../support/until.ts';
import { dial, type Frame } from '../../support/wire-runner.ts';
import { openClient } from '../event-stream/stream-client.ts';
import { absent, startTwoGroups, type Things, type TwoGroups } from './two-groups.ts';

let world: TwoGroups;
beforeAll(async () => {
  world = await startTwoGroups();
});
afterAll(() => world[Symbol.asyncDispose]());

async function open(token: string) {
  const url = `${world.cloud.url.replace('http', 'ws')}/api/v1/stream`;
  const client = openClient(url, { authorization: `Bearer ${token}` });
  await client.until('hello');
  return client;
}

/** Topics that hold nothing of runners, packs and runs, or only of those that a key brought in. */
const ofTheAccount: readonly string[] = ['team', 'keys', 'enrollment_keys'];
const { webhook: _webhook, ...markers } = absent;
const outsideIn = (text: string) =>
  (Object.keys(markers) as (keyof Things)[]).filter((key) => text.includes(`"${world.outside[key]}"`));

test.each(listTopics)('the snapshot of %s holds what is in reach and nothing else', async (topic) => {
  const snapshotFor = async (token: string) => {
    const client = await open(token);
    client.send({ type: 'subscribe', id: 1, topic });
    const { snapshot } = await client.until('snapshot');
    client.socket.terminate();
    return JSON.stringify(snapshot);
  };
  const [mine, all] = [await snapshotFor(world.mara), await snapshotFor(world.cloud.ownerToken)];
  expect(outsideIn(mine)).toEqual([]);
  if (topic === 'badges') expect(mine).not.toBe(all);
  else if (!ofTheAccount.includes(topic)) expect(outsideIn(all)).not.toEqual([]);
});

test('a run out of reach is refused as one that does not exist', async () => {
  const client = await open(world.mara);
  client.send({ type: 'subscribe', id: 1, topic: `run:${world.outside.run}` });
  client.send({ type: 'subscribe', id: 2, topic: `run:${absent.run}` });
  const [outside, none] = [
    await client.until('refused', ({ id }) => id === 1),
    await client.until('refused', ({ id }) => id === 2),
  ];
  expect({ ...outside, id: 2 }).toEqual(none);
  client.socket.terminate();
});

test('nothing that happens out of reach is heard of, on any topic, and no number is missing', async () => {
  const mara = await open(world.mara);
  for (const [index, topic] of listTopics.entries()) mara.send({ type: 'subscribe', id: index + 1, topic });
  await mara.until('snapshot', ({ id }) => id === listTopics.length);
  const { outside, inside, cloud } = world;
  const post = (path: string, body?: object) => cloud.call('POST', `/api/v1${path}`, body);
  const touch = async ({ runner, approval, grant, group, run, packVersion, packHash }: Things) => [
    await post(`/runners/${runner}/hold`),
    await post(`/runners/${runner}/release`),
    await post(`/runs/${run}/cancel`, {}),
    await post(`/approvals/${approval}/deny`, {}),
    await post(`/grants/${grant}/revoke`),
    await post(`/pack-versions/${packVersion}/revoke-trust`, { expected_hash: packHash }),
    await forget(`/api/v1/policy/groups/${group}`),
    await forget(`/api/v1/policy/runners/${runner}`),
  ];
  const forget = async (path: string) => {
    const { body } = await cloud.call('GET', path);
    return cloud.call('DELETE', `${path}?expected_version=${String(body['version'])}`);
  };
  for (const thing of [outside, inside])
    for (const { status, body } of await touch(thing)) expect(status, JSON.stringify(body)).toBe(200);
  // Each topic tells what was done inside, and that came after what was done outside.
  await mara.until(
    'event',
    ({ event }) => event.type === 'policy.updated' && event.policy.scope.ref === inside.runner,
  );
  await mara.until('event', ({ event }) => JSON.stringify(event).includes(inside.grant));
  const heard = mara.replies.filter(({ type }) => type === 'event');
  expect(outsideIn(JSON.stringify(heard))).toEqual([]);
  for (const [index] of listTopics.entries()) {
    const seqs = mara.events(index + 1).map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, at) => at + 1));
  }
  mara.socket.terminate();
});

test('no runner socket opens without a runner token, whatever one may do as an operator', async () => {
  const tokens = [
    null,
    'rnrtok-wrong',
    ...(await Promise.all(roles.map((role) => tokenOf(world.cloud, role)))),
  ];
  for (const token of tokens) {
    const dialled = await dial(world.cloud.url, token);
    expect(dialled).toMatchObject({ refused: { status: 401 } });
  }
});

/** One frame of each type that names a request: of whichever runner it is. */
const framesAbout: Record<string, (request_id: string) => Frame> = {
  action_started: (request_id) => ({ type: 'action_started', request_id }),
  action_progress: (request_id) => ({
    type: 'action_progress',
    request_id,
    seq: 1,
    stream: 'stdout',
    chunk: 'x',
  }),
  action_result: (request_id) => ({
    type: 'action_result',
    request_id,
    status: 'success',
    exit_code: 0,
    duration_ms: 1,
  }),
  error: (request_id) => ({ type: 'error', request_id, code: 'unknown_action', message: 'no' }),
  heartbeat: () => ({ type: 'heartbeat', time: '2030-01-01T00:00:00Z', action_load: 7 }),
  runner_state: () => ({
    type: 'runner_state',
    version: '9.9.9',
    group: 'web',
    hostname: 'web-1',
    packs: {},
  }),
};

test('every frame of a runner has its line here', () => {
  expect(Object.keys(framesAbout).toSorted()).toEqual([...runnerFrameTypes].toSorted());
});

test.each(Object.keys(framesAbout))(
  '%s about the run of another runner changes nothing but the runner itself',
  async (type) => {
    const { cloud, runners, outside } = world;
    const request_id = String((await runners.db.frame('run_action'))['request_id']);
    const told = async () => {
      const { body: run } = await cloud.call('GET', `/api/v1/runs/${outside.run}`);
      const output = await cloud.call('GET', `/api/v1/runs/${outside.run}/output`);
      const { name, group, version, state, action_load: load } = await cloud.runner(outside.runner);
      return { run, output: output.body, name, group, version, state, load };
    };
    const before = await told();
    runners.web.send({ protocol_version: PROTOCOL_VERSION, ...framesAbout[type]?.(request_id) });
    // Frames are taken in order: once a heartbeat with a load of its own shows, the one before it was looked at.
    const load = 20 + Object.keys(framesAbout).indexOf(type);
    runners.web.beat(load);
    await until(
      'the beat after it shows',
      async () => (await cloud.runner(world.inside.runner)).action_load === load,
    );
    expect(await told()).toEqual(before);
  },
);
