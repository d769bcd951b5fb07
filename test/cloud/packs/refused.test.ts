import { afterEach, beforeEach, expect, test } from 'vitest';
import { SCOPE, caller, descriptor, HASH_A, HASH_B, startFleet, type Fleet } from '../runs/fleet.ts';

const HASH_C = `sha256:${'c'.repeat(64)}`;
let fleet: Fleet;
beforeEach(async () => void (fleet = await startFleet()));
afterEach(() => fleet.close());

const decide = (expectedHash: string) => ({
  ...SCOPE,
  reference: 'demo@1.0.0',
  expectedHash,
  actor: caller().actor,
});
const only = async () => (await fleet.packs.list(SCOPE, {}))[0];

async function hostsWith(...hashes: string[]): Promise<void> {
  for (const [index, hash] of hashes.entries())
    await fleet.advertise(await fleet.addRunner(`web-${index}`), { hash });
}

test('TR6: hosts with different bytes that nobody decided on are asked about one after the other', async () => {
  await hostsWith(HASH_A, HASH_B, HASH_C, HASH_C);
  expect(await only()).toMatchObject({ state: 'pending', pending_hash: HASH_C });
  expect(await fleet.packs.trust(decide(HASH_C))).toMatchObject({
    state: 'pending',
    drifted: true,
    trusted_hash: HASH_C,
    pending_hash: HASH_A,
  });
  expect(await fleet.packs.reject(decide(HASH_A))).toMatchObject({ pending_hash: HASH_B, state: 'pending' });
  expect(await fleet.packs.reject(decide(HASH_B))).toMatchObject({ state: 'trusted', trusted_hash: HASH_C });
  expect((await fleet.events()).slice(-5)).toEqual([
    'pack_trust_adopted',
    'pack_trust_drift_detected',
    'pack_trust_rejected',
    'pack_trust_drift_detected',
    'pack_trust_rejected',
  ]);
});

test('TR4: refused bytes stay refused when they come back after others, until somebody takes them up again', async () => {
  await hostsWith(HASH_A);
  await fleet.packs.trust(decide(HASH_A));
  await fleet.advertise('rnr_web-0', { hash: HASH_B });
  await fleet.packs.reject(decide(HASH_B));
  await fleet.advertise('rnr_web-0', { hash: HASH_C });
  await fleet.packs.reject(decide(HASH_C));
  const events = (await fleet.events()).length;
  await fleet.advertise('rnr_web-0', { hash: HASH_B });
  expect(await only()).toMatchObject({ state: 'trusted', trusted_hash: HASH_A });
  expect(await fleet.events()).toHaveLength(events);
});

test('a revoked hash is refused, and trusting it again makes it a trusted one like before', async () => {
  await hostsWith(HASH_A);
  await fleet.packs.trust(decide(HASH_A));
  await fleet.packs.revoke(decide(HASH_A));
  await fleet.advertise(await fleet.addRunner('web-9'), { hash: HASH_A });
  expect(await only()).toMatchObject({ state: 'rejected', trusted_hash: null });
  expect(await fleet.packs.trust(decide(HASH_A))).toMatchObject({ state: 'trusted' });
  await fleet.packs.revoke(decide(HASH_A));
  expect(await only()).toMatchObject({ state: 'rejected', pending_hash: HASH_A });
});

test('the names in a disagreement are those in reach, and what is disputed is shown before anybody decides', async () => {
  await fleet.advertise(await fleet.addRunner('near', 'near'), { hash: HASH_B });
  await fleet.advertise(await fleet.addRunner('far', 'far'), {
    hash: HASH_B,
    actions: [descriptor('demo.ping', { risk: 'medium' })],
  });
  const runners = { groups: new Set(['near']), runners: new Set<string>() };
  const asked = { ...decide(HASH_B), reach: { ...SCOPE.reach, runners } };
  await expect(fleet.packs.trust(asked)).rejects.toMatchObject({
    code: 'descriptor_mismatch',
    about: { runners: ['near'], actions: ['demo.ping'] },
  });
  const seen = await fleet.packs.detail(asked, 'demo@1.0.0');
  expect(seen).toMatchObject({ disputed_actions: ['demo.ping'], coverage: 'partial', runners_count: 1 });
  expect((await fleet.packs.detail(SCOPE, 'demo@1.0.0')).coverage).toBe('complete');
});

test('the difference by itself names new critical actions and risks that rise', async () => {
  await hostsWith(HASH_A);
  await fleet.packs.trust(decide(HASH_A));
  await fleet.advertise('rnr_web-0', {
    hash: HASH_B,
    actions: [
      descriptor('demo.ping', { risk: 'high', kind: 'script' }),
      descriptor('demo.wipe', { risk: 'critical' }),
      descriptor('demo.list'),
    ],
  });
  const diff = await fleet.packs.diff(SCOPE, 'demo@1.0.0');
  expect(diff).toMatchObject({
    trusted_hash: HASH_A,
    pending_hash: HASH_B,
    added_critical: ['demo.wipe'],
    risk_escalations: ['demo.ping'],
    unchanged_count: 0,
  });
  expect(diff.changes).toMatchObject([
    { id: 'demo.wipe', change: 'added', risk_after: 'critical', kind_after: 'exec', escalates: true },
    {
      id: 'demo.ping',
      change: 'changed',
      risk_before: 'low',
      risk_after: 'high',
      kind_before: 'exec',
      kind_after: 'script',
      fields: ['kind', 'risk'],
    },
    { id: 'demo.list', change: 'added', risk_before: null, kind_before: null },
  ]);
  const { trusted, pending } = await fleet.packs.actions(SCOPE, 'demo@1.0.0');
  expect([trusted.length, pending.length]).toEqual([1, 3]);
});

test('pages of runners that advertise a version join without a gap, the waiting hash first', async () => {
  await hostsWith(HASH_A, HASH_B, HASH_A, HASH_B, HASH_B);
  const names: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await fleet.packs.advertisers(SCOPE, 'demo@1.0.0', {
      limit: 2,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(page).toMatchObject({ total: 5, coverage: 'complete' });
    names.push(...page.items.map(({ name }) => name));
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(names).toEqual(['web-1', 'web-3', 'web-4', 'web-0', 'web-2']);
});
