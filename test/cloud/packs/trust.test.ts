import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCOPE, caller, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

const catalogue = {
  schema_version: 1,
  packs: [
    {
      id: 'demo',
      version: '1.0.0',
      name: 'Demo',
      description: 'For tests.',
      hash: HASH_A,
      actions: [descriptor('demo.ping')],
    },
    {
      id: 'demo',
      version: '1.1.0',
      name: 'Demo',
      description: 'For tests.',
      hash: HASH_B,
      actions: [descriptor('demo.ping')],
    },
  ],
};
let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet({ catalogue })));
afterEach(() => fleet.close());

const decide = (expectedHash: string, reference = 'demo@1.0.0') => ({
  ...SCOPE,
  reference,
  expectedHash,
  actor: caller().actor,
});
const only = async () => (await fleet.packs.list(SCOPE, {}))[0];

test('TR2: only the first version of a pack is trusted by itself, and only with the published bytes', async () => {
  const [first, second, third] = [
    await fleet.addRunner('a'),
    await fleet.addRunner('b'),
    await fleet.addRunner('c'),
  ];
  await fleet.advertise(first);
  await fleet.advertise(second, { version: '1.1.0', hash: HASH_B });
  await fleet.advertise(third, { packId: 'other', hash: HASH_A, actions: [descriptor('other.ping')] });
  const rows = await fleet.packs.list(SCOPE, {});
  expect(rows.map((row) => [row.pack_id, row.version, row.state, row.matches_catalogue])).toEqual([
    ['demo', '1.1.0', 'pending', true],
    ['other', '1.0.0', 'pending', false],
    ['demo', '1.0.0', 'trusted', false],
  ]);
  expect(await fleet.events()).toEqual([
    'pack_trust_baseline_match',
    'pack_trust_review_required',
    'pack_trust_review_required',
  ]);
});

test.each([
  ['never', 'pending'],
  ['catalogue', 'trusted'],
] as const)('pack_auto_trust %s makes a later published version %s', async (setting, state) => {
  await fleet.database.write((tx) =>
    tx.sql.updateTable('accounts').set({ pack_auto_trust: setting }).execute(),
  );
  await fleet.advertise(await fleet.addRunner('a'), { packId: 'demo', version: '0.9.0', hash: HASH_A });
  await fleet.advertise(await fleet.addRunner('b'), { version: '1.1.0', hash: HASH_B });
  expect((await fleet.packs.detail(SCOPE, 'demo@1.1.0')).state).toBe(state);
});

test('published id and version with other bytes are pending and audited as a mismatch', async () => {
  await fleet.advertise(await fleet.addRunner('a'), { hash: HASH_B });
  expect(await only()).toMatchObject({ state: 'pending', trusted_hash: null, pending_hash: HASH_B });
  expect(await fleet.events()).toEqual(['pack_trust_baseline_mismatch']);
});

test('a version without a number is recorded as unknown, a pack without a proper hash is not recorded', async () => {
  const runnerId = await fleet.addRunner('a');
  const packs = {
    plain: { hash: HASH_A },
    broken: { version: '1', hash: 'md5:1' },
    '../x': { version: '1', hash: HASH_A },
  };
  await fleet.database.write((tx) => fleet.packs.ingest(tx, { ...SCOPE, runnerId }, { packs, actions: [] }));
  expect((await fleet.packs.list(SCOPE, {})).map((row) => `${row.pack_id}@${row.version}`)).toEqual([
    'plain@unknown',
  ]);
});

test('TR3: of a hundred operators who trust at once one has the effect, the others are refused', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id);
  await fleet.advertise(id, { hash: HASH_B });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, () => fleet.packs.trust(decide(HASH_B))),
  );
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  const refused = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map((outcome) => String((outcome.reason as { code: string }).code));
  expect(new Set(refused)).toEqual(new Set(['nothing_to_trust']));
  expect((await fleet.events()).filter((event) => event === 'pack_trust_adopted')).toHaveLength(1);
  expect(await only()).toMatchObject({
    state: 'trusted',
    trusted_hash: HASH_B,
    pending_hash: null,
    decided_by: 'Ada',
  });
});

test('TR3: a decision about a hash that is no longer the waiting one is refused and changes nothing', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id);
  await fleet.advertise(id, { hash: HASH_B });
  const moved = `sha256:${'c'.repeat(64)}`;
  await fleet.advertise(id, { hash: moved });
  await expect(fleet.packs.trust(decide(HASH_B))).rejects.toMatchObject({ code: 'pack_moved' });
  await expect(fleet.packs.reject(decide(HASH_B))).rejects.toMatchObject({ code: 'pack_moved' });
  await expect(fleet.packs.trust(decide(HASH_B, 'demo@9.9.9'))).rejects.toMatchObject({ code: 'not_found' });
  expect(await only()).toMatchObject({
    state: 'pending',
    trusted_hash: HASH_A,
    pending_hash: moved,
    drifted: true,
  });
});

test('TR4: refused bytes stay refused when they are seen again, what was trusted before stays trusted', async () => {
  const id = await fleet.addRunner('a');
  await fleet.advertise(id);
  await fleet.advertise(id, { hash: HASH_B });
  expect(await fleet.packs.reject(decide(HASH_B))).toMatchObject({
    state: 'trusted',
    trusted_hash: HASH_A,
    pending_hash: HASH_B,
  });
  await fleet.advertise(await fleet.addRunner('b'), { hash: HASH_B });
  expect(await only()).toMatchObject({ state: 'trusted', pending_hash: HASH_B });
  expect(await fleet.events()).toContain('pack_trust_rejected');
});

test('runners that advertise different contents for one hash are named, and trusting is refused', async () => {
  await fleet.advertise(await fleet.addRunner('honest'), { hash: HASH_B });
  await fleet.advertise(await fleet.addRunner('liar'), {
    hash: HASH_B,
    actions: [descriptor('demo.ping', { risk: 'medium' })],
  });
  const refusal = await fleet.packs.trust(decide(HASH_B)).catch((error: unknown) => error);
  expect(refusal).toMatchObject({
    code: 'descriptor_mismatch',
    about: { runners: expect.arrayContaining(['honest', 'liar']) },
  });
  expect((await only())?.state).toBe('pending');
});

test('the detail of a drifted version shows both sides, what changes, and who advertises it, pending hash first', async () => {
  const [a, b] = [await fleet.addRunner('a'), await fleet.addRunner('b')];
  for (const id of [a, b]) await fleet.advertise(id);
  await fleet.advertise(b, {
    hash: HASH_B,
    actions: [descriptor('demo.ping', { risk: 'critical' }), descriptor('demo.new')],
  });
  const detail = await fleet.packs.detail(SCOPE, 'demo@1.0.0');
  expect(detail.runners.map((runner) => [runner.name, runner.hash])).toEqual([
    ['b', HASH_B],
    ['a', HASH_A],
  ]);
  expect(detail.changes.map((change) => [change.id, change.change, change.escalates])).toEqual([
    ['demo.ping', 'changed', true],
    ['demo.new', 'added', false],
  ]);
  expect(detail).toMatchObject({ runners_count: 2, pending_runners_count: 1, unchanged_count: 0 });
  expect([detail.trusted_actions.length, detail.pending_actions.length]).toEqual([1, 2]);
  expect(await fleet.packs.detail(SCOPE, detail.id)).toEqual(detail);
});

test('a decision tells viewers of the version and of every runner that advertises it', async () => {
  const [a, b] = [await fleet.addRunner('a'), await fleet.addRunner('b')];
  for (const id of [a, b]) await fleet.advertise(id, { hash: HASH_B });
  fleet.hints.length = 0;
  await fleet.packs.trust(decide(HASH_B));
  expect(fleet.hints.filter(({ topic }) => topic !== 'audit')).toMatchObject([
    { type: 'pack_version.changed' },
    { type: 'runner.state_changed', runnerId: a },
    { type: 'runner.state_changed', runnerId: b },
  ]);
});

test('trust that is taken back stops dispatch at once, is audited, and comes back by trusting the same bytes', async () => {
  const id = await fleet.addRunner('web-1');
  await fleet.advertise(id);
  await fleet.connect(id);
  expect(await fleet.packs.revoke(decide(HASH_A))).toMatchObject({
    state: 'rejected',
    trusted_hash: null,
    pending_hash: HASH_A,
  });
  const refused = await fleet.dispatch({ runners: ['web-1'] });
  expect(refused.results[0]?.refusal?.code).toBe('pack_untrusted');
  // Seen again, the refused bytes ask nobody anew.
  await fleet.advertise(id);
  expect(await only()).toMatchObject({ state: 'rejected' });
  expect(await fleet.packs.trust(decide(HASH_A))).toMatchObject({ state: 'trusted', trusted_hash: HASH_A });
  expect((await fleet.dispatch({ runners: ['web-1'] })).results[0]?.refusal).toBeNull();
  expect((await fleet.events()).filter((event) => event.startsWith('pack_trust'))).toEqual([
    'pack_trust_baseline_match',
    'pack_trust_revoked',
    'pack_trust_adopted',
  ]);
});

test('taking trust back wants the trusted hash, leaves waiting bytes waiting, and refuses where nothing is trusted', async () => {
  await fleet.advertise(await fleet.addRunner('web-1'));
  await fleet.advertise(await fleet.addRunner('web-2'), { hash: HASH_B });
  await expect(fleet.packs.revoke(decide(HASH_B))).rejects.toMatchObject({ code: 'pack_moved' });
  expect(await fleet.packs.revoke(decide(HASH_A))).toMatchObject({
    state: 'pending',
    drifted: false,
    trusted_hash: null,
    pending_hash: HASH_B,
  });
  await expect(fleet.packs.revoke(decide(HASH_A))).rejects.toMatchObject({ code: 'nothing_to_revoke' });
});

test.each(['trust', 'revoke'] as const)(
  'C14: of a hundred decisions to %s at once one takes effect',
  async (verb) => {
    await fleet.advertise(await fleet.addRunner('web-1'));
    if (verb === 'trust') await fleet.packs.revoke(decide(HASH_A));
    const before = (await fleet.events()).length;
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, () => fleet.packs[verb](decide(HASH_A))),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: verb === 'trust' ? 'nothing_to_trust' : 'nothing_to_revoke',
        });
    expect((await fleet.events()).slice(before)).toEqual([
      verb === 'trust' ? 'pack_trust_adopted' : 'pack_trust_revoked',
    ]);
  },
);

test('a deleted version that hosts carry waits for a new decision at once, never trusted by itself', async () => {
  const id = await fleet.addRunner('web-1');
  await fleet.advertise(id);
  const before = await only();
  const gone = await fleet.packs.remove({
    ...SCOPE,
    reference: 'demo@1.0.0',
    actor: caller().actor,
  });
  expect(gone).toEqual({ id: before?.id, pack_id: 'demo', version: '1.0.0' });
  const after = await only();
  expect(after).toMatchObject({ state: 'pending', trusted_hash: null, pending_hash: HASH_A });
  expect(after?.id).not.toBe(before?.id);
  expect((await fleet.events()).slice(-2)).toEqual(['pack_version_deleted', 'pack_trust_review_required']);
});

test('a version that nobody carries is gone, and seen again it is not the first of its pack', async () => {
  const id = await fleet.addRunner('web-1');
  await fleet.advertise(id);
  await fleet.database.write((tx) => fleet.packs.forget(tx, id));
  const remove = () => fleet.packs.remove({ ...SCOPE, reference: 'demo@1.0.0', actor: caller().actor });
  await remove();
  expect(await fleet.packs.list(SCOPE, {})).toEqual([]);
  await expect(remove()).rejects.toMatchObject({ code: 'not_found' });
  await fleet.advertise(id);
  expect(await only()).toMatchObject({ state: 'pending', matches_catalogue: true });
});
