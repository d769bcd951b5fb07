import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Packs } from '../../../src/cloud/packs/packs.ts';
import { SCOPE, caller, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

const entry = (version: string, hash: string, more: object = {}) => ({
  id: 'demo',
  version,
  name: 'Demo',
  description: 'For tests.',
  hash,
  actions: [descriptor('demo.ping')],
  ...more,
});
const before = { schema_version: 1, packs: [entry('1.0.0', HASH_A)] };
const after = { schema_version: 1, packs: [entry('1.1.0', HASH_B, { retired_below: '1.1.0' })] };

let fleet: Fleet;
beforeEach(async () => {
  fleet = await startFleet({ catalogue: before });
  await fleet.ready('web-1');
});
afterEach(() => fleet.close());

const decide = (expectedHash: string, reference = 'demo@1.0.0') => ({
  ...SCOPE,
  reference,
  expectedHash,
  actor: caller().actor,
});
const only = async (packs: Packs = fleet.packs) => (await packs.list(SCOPE, {}))[0];
const refusalOf = async () =>
  (await fleet.dispatch({ runners: ['web-1'] })).results[0]?.refusal?.code ?? null;
const needsDecision = async () => (await fleet.loaders.badges(SCOPE)).packs_needing_decision;

test('TR7: a catalogue with a security release retires what it replaces: nothing of it starts until overridden', async () => {
  expect(await refusalOf()).toBeNull();
  const packs = await fleet.upgrade(after);
  expect(await only(packs)).toMatchObject({ state: 'retired', newer_version: '1.1.0', trusted_hash: HASH_A });
  expect((await only(packs))?.retired_at).not.toBeNull();
  expect(await refusalOf()).toBe('pack_retired');
  expect(await needsDecision()).toBe(1);
  expect((await fleet.events()).slice(-2)).toEqual(['pack_version_retired', 'dispatch_blocked_pack_retired']);
  const overridden = await packs.overrideRetirement(decide(HASH_A));
  expect(overridden).toMatchObject({ state: 'trusted', retirement_overridden_by: 'Ada' });
  expect(await refusalOf()).toBeNull();
  expect(await needsDecision()).toBe(0);
  expect(await fleet.events()).toContain('pack_retirement_overridden');
});

test('an override is about the hash that was shown, and only where something keeps the version from running', async () => {
  await expect(fleet.packs.overrideRetirement(decide(HASH_A))).rejects.toMatchObject({
    code: 'nothing_to_override',
  });
  const packs = await fleet.upgrade(after);
  await expect(packs.overrideRetirement(decide(HASH_B))).rejects.toMatchObject({ code: 'pack_moved' });
  await expect(packs.overrideRetirement(decide(HASH_A, 'demo@9'))).rejects.toMatchObject({
    code: 'not_found',
  });
  expect((await only(packs))?.state).toBe('retired');
});

test('of a hundred overrides at once one has the effect', async () => {
  const packs = await fleet.upgrade(after);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 100 }, () => packs.overrideRetirement(decide(HASH_A))),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await fleet.events()).filter((event) => event === 'pack_retirement_overridden')).toHaveLength(1);
});

test('revoking trust, or trusting other bytes, ends the override', async () => {
  const packs = await fleet.upgrade(after);
  await packs.overrideRetirement(decide(HASH_A));
  await packs.revoke(decide(HASH_A));
  expect(await packs.trust(decide(HASH_A))).toMatchObject({
    state: 'retired',
    retirement_overridden_at: null,
  });
  await packs.overrideRetirement(decide(HASH_A));
  await fleet.advertise('rnr_web-1', { hash: HASH_B });
  expect(await packs.trust(decide(HASH_B))).toMatchObject({ state: 'retired', trusted_hash: HASH_B });
});

test('TR5: a run that was queued before its pack was retired is refused when it would be handed over', async () => {
  await fleet.disconnect('rnr_web-1');
  const { results } = await fleet.dispatch({ runners: ['web-1'] });
  await fleet.upgrade(after);
  await fleet.connect('rnr_web-1');
  const run = await fleet.runs.detail(SCOPE, results[0]?.run?.id ?? '');
  expect(run).toMatchObject({ status: 'refused', cause: 'pack_retired' });
});

test('a run that waits for approval cannot be approved once its pack is retired', async () => {
  const actions = [descriptor('demo.ping', { risk: 'high' })];
  await fleet.advertise('rnr_web-1', { hash: HASH_B, actions });
  await fleet.packs.trust(decide(HASH_B));
  await fleet.dispatch({ runners: ['web-1'] });
  await fleet.upgrade(after);
  const [waiting] = (await fleet.approvals.list(caller(), { limit: 10 })).items;
  await expect(fleet.approvals.approve(caller(), waiting?.id ?? '', undefined)).rejects.toMatchObject({
    code: 'pack_retired',
  });
});

test('updating the host is the other way out; a version seen later is retired at once', async () => {
  const packs = await fleet.upgrade(after);
  await fleet.advertise('rnr_web-1', { version: '1.1.0', hash: HASH_B });
  await packs.trust(decide(HASH_B, 'demo@1.1.0'));
  expect(await refusalOf()).toBeNull();
  await packs.remove({ ...SCOPE, reference: 'demo@1.0.0', actor: caller().actor });
  expect(await needsDecision()).toBe(0);
  await fleet.database.write((tx) =>
    packs.ingest(
      tx,
      { accountId: SCOPE.accountId, runnerId: 'rnr_web-1' },
      { packs: { demo: { version: '1.0.9', hash: HASH_A } }, actions: [descriptor('demo.ping')] },
    ),
  );
  const seen = await packs.detail(SCOPE, 'demo@1.0.9');
  expect(seen).toMatchObject({ state: 'pending', newer_version: '1.1.0' });
  expect(await packs.trust(decide(HASH_A, 'demo@1.0.9'))).toMatchObject({ state: 'retired' });
  expect((await packs.list(SCOPE, { state: 'retired' })).map(({ version }) => version)).toEqual(['1.0.9']);
  expect((await packs.list(SCOPE, { state: 'trusted' })).map(({ version }) => version)).toEqual(['1.1.0']);
});

test('a catalogue that takes its word back lets the version run, and looking again changes nothing', async () => {
  await fleet.upgrade(after);
  const events = (await fleet.events()).length;
  await fleet.upgrade(after);
  expect(await fleet.events()).toHaveLength(events);
  expect(await only(await fleet.upgrade(before))).toMatchObject({ state: 'trusted', retired_at: null });
  expect((await fleet.events()).at(-1)).toBe('pack_version_unretired');
});
