import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCOPE, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const advertised = async (runnerId: string) =>
  (
    await fleet.packs.offers.find(fleet.database.read, {
      ...SCOPE,
      runnerIds: [runnerId],
      actionId: null,
    })
  ).map((offer) => offer.actionId);

test.each([
  ['a title that is too long', { title: 'x'.repeat(256) }],
  ['an unknown risk', { risk: 'enormous' as never }],
  ['an id of another shape', { id: 'DEMO ping' }],
  ['a pack that is not advertised', { pack_id: 'other' }],
  ['a missing program although it is available', { missing_executable: 'x' }],
  ['too many side effects by bytes', { side_effects: Array.from({ length: 64 }, () => 'é'.repeat(1_000)) }],
  [
    'an output schema that is too deep',
    { output_schema: JSON.parse(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`) as Record<string, unknown> },
  ],
  [
    'an output schema with too many values',
    { output_schema: { enum: Array.from({ length: 513 }, () => 1) } },
  ],
])('an action with %s is skipped, the others are kept', async (_what, change) => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id, { actions: [descriptor('demo.bad', change), descriptor('demo.good')] });
  expect(await advertised(id)).toEqual(['demo.good']);
});

test('NT1: text of a host is neutralised before it is stored', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id, {
    version: '1.0\u001b[2J',
    actions: [descriptor('demo.ping', { title: 'Ping\u001b[31m', description: 'a\u202eb' })],
  });
  const [row] = await fleet.packs.list(SCOPE, {});
  const detail = await fleet.packs.detail(SCOPE, row?.id ?? '');
  expect(row?.version).toBe('1.0␛[2J');
  expect(detail.pending_actions).toMatchObject([{ title: 'Ping␛[31m', description: 'a·b' }]);
});

test('what a runner no longer advertises goes, the record of trust stays', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id, { actions: [descriptor('demo.one'), descriptor('demo.two')] });
  await fleet.advertise(id, { actions: [descriptor('demo.two')] });
  expect(await advertised(id)).toEqual(['demo.two']);
  await fleet.database.write((tx) =>
    fleet.packs.ingest(tx, { ...SCOPE, runnerId: id }, { packs: {}, actions: [] }),
  );
  expect(await advertised(id)).toEqual([]);
  expect(await fleet.packs.list(SCOPE, {})).toMatchObject([{ pack_id: 'demo', runners_count: 0 }]);
});

test('a deleted runner is forgotten and viewers are told of the packs that it carried', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id);
  fleet.hints.length = 0;
  await fleet.database.write((tx) => fleet.packs.forget(tx, id));
  expect(await advertised(id)).toEqual([]);
  expect(fleet.hints).toMatchObject([{ type: 'pack_version.changed' }]);
});

test('the same contract of many runners is stored once, and counts stay right', async () => {
  for (let index = 0; index < 20; index += 1) {
    await fleet.advertise(await fleet.addRunner(`h${index}`), { hash: index < 5 ? HASH_A : HASH_B });
  }
  const { count } = await fleet.database.read
    .selectFrom('contracts')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  expect(Number(count)).toBe(1);
  expect(await fleet.packs.list(SCOPE, {})).toMatchObject([
    { runners_count: 20, pending_runners_count: 15, actions_count: 1 },
  ]);
});

test('at most 128 packs and 2048 actions are taken, and the same again changes nothing', async () => {
  const id = await fleet.addRunner('a');
  const packs = Object.fromEntries(
    Array.from({ length: 140 }, (_, index) => [`pack${index}`, { version: '1', hash: HASH_A }]),
  );
  const actions = Array.from({ length: 2_100 }, (_, index) =>
    descriptor(`pack${index % 100}.action${index}`, { pack_id: `pack${index % 100}` }),
  );
  const ingest = () =>
    fleet.database.write((tx) => fleet.packs.ingest(tx, { ...SCOPE, runnerId: id }, { packs, actions }));
  await ingest();
  expect(await advertised(id)).toHaveLength(2_048);
  expect(await fleet.packs.list(SCOPE, {})).toHaveLength(128);
  const before = await fleet.packs.list(SCOPE, {});
  await ingest();
  expect(await advertised(id)).toHaveLength(2_048);
  expect(await fleet.packs.list(SCOPE, {})).toEqual(before);
});
