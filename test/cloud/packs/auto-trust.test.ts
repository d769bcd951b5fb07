import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AutoTrust } from '../../../src/protocol/pack-trust.ts';
import { SCOPE, caller, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

const catalogue = {
  schema_version: 1,
  packs: [
    ['1.0.0', HASH_A],
    ['1.1.0', HASH_B],
  ].map(([version, hash]) => ({
    id: 'demo',
    version,
    name: 'Demo',
    description: 'For tests.',
    hash,
    actions: [descriptor('demo.ping')],
  })),
};
const empty = { schema_version: 1, packs: [] };

let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet({ catalogue })));
afterEach(() => fleet.close());

const set = (autoTrust: AutoTrust) => fleet.packs.settings.setAutoTrust(caller(), autoTrust);
const states = async () =>
  Object.fromEntries((await fleet.packs.list(SCOPE, {})).map((row) => [row.version, row.state]));
const decide = (expectedHash: string) => ({
  ...SCOPE,
  reference: 'demo@1.0.0',
  expectedHash,
  actor: caller().actor,
});

test.each([
  ['first', { '1.0.0': 'trusted', '1.1.0': 'pending' }],
  ['catalogue', { '1.0.0': 'trusted', '1.1.0': 'trusted' }],
  ['never', { '1.0.0': 'pending', '1.1.0': 'pending' }],
] as const)(
  'TR2: pack_auto_trust %s decides about published bytes at first sight',
  async (setting, expected) => {
    expect(await set(setting)).toBe(setting);
    await fleet.advertise(await fleet.addRunner('a'));
    await fleet.advertise(await fleet.addRunner('b'), { version: '1.1.0', hash: HASH_B });
    expect(await states()).toEqual(expected);
  },
);

test('the setting is for what is seen from then on, audited once a change, and refused who reaches some packs only', async () => {
  await set('never');
  await fleet.advertise(await fleet.addRunner('a'));
  await set('catalogue');
  await set('catalogue');
  expect(await states()).toEqual({ '1.0.0': 'pending' });
  expect((await fleet.events()).filter((event) => event === 'pack_auto_trust_set')).toHaveLength(2);
  const narrow = { ...caller(), reach: { ...SCOPE.reach, packs: new Set(['demo']) } };
  await expect(fleet.packs.settings.setAutoTrust(narrow, 'first')).rejects.toMatchObject({
    code: 'insufficient_privileges',
  });
  await expect(fleet.packs.settings.setRetentionDays(narrow, 7)).rejects.toMatchObject({
    code: 'insufficient_privileges',
  });
  expect(await fleet.packs.settings.autoTrust(SCOPE.accountId)).toBe('catalogue');
});

test('bytes that waited and are published later are trusted where every published version is', async () => {
  await fleet.upgrade(empty);
  const unpublished = await fleet.upgrade(empty);
  await set('catalogue');
  const id = await fleet.addRunner('a');
  const said = { packs: { demo: { version: '1.0.0', hash: HASH_A } }, actions: [descriptor('demo.ping')] };
  await fleet.database.write((tx) => unpublished.ingest(tx, { ...SCOPE, runnerId: id }, said));
  expect(await states()).toEqual({ '1.0.0': 'pending' });
  await fleet.upgrade(catalogue);
  expect(await states()).toEqual({ '1.0.0': 'trusted' });
  expect((await fleet.events()).at(-1)).toBe('pack_trust_baseline_reconciled');
  await fleet.connect(id);
  expect((await fleet.dispatch({ runners: ['a'] })).results[0]?.refusal).toBeNull();
});

test.each([
  ['only the first version is', async () => void (await set('first'))],
  ['somebody refused them', async () => void (await fleet.packs.reject(decide(HASH_A)))],
  [
    'somebody deleted them',
    async () => void (await fleet.packs.remove({ ...SCOPE, reference: 'demo@1.0.0', actor: caller().actor })),
  ],
])('bytes that waited are not trusted by a later catalogue where %s', async (_why, happens) => {
  const unpublished = await fleet.upgrade(empty);
  await set('catalogue');
  const id = await fleet.addRunner('a');
  const said = { packs: { demo: { version: '1.0.0', hash: HASH_A } }, actions: [descriptor('demo.ping')] };
  await fleet.database.write((tx) => unpublished.ingest(tx, { ...SCOPE, runnerId: id }, said));
  await happens();
  await fleet.upgrade(catalogue);
  expect((await states())['1.0.0']).not.toBe('trusted');
});
