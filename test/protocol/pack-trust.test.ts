import { expect, test } from 'vitest';
import {
  nextUndecided,
  observeHash,
  overrideRetirement,
  rejectHash,
  revokeHash,
  shownState,
  trustHash,
  type Sighting,
  type TrustRecord,
} from '../../src/protocol/pack-trust.ts';

const record = (change: Partial<TrustRecord> = {}): TrustRecord => ({
  state: 'trusted',
  trustedHash: 'a',
  pendingHash: null,
  refusedHashes: [],
  ...change,
});
const sighting = (change: Partial<Sighting>): Sighting => ({
  advertisedHash: 'a',
  catalogueHash: null,
  firstOfPack: true,
  autoTrust: 'first',
  ...change,
});

test.each([
  [{ catalogueHash: 'a' }, 'trusted', 'pack_trust_baseline_match'],
  [{ catalogueHash: 'a', firstOfPack: false }, 'pending', 'pack_trust_review_required'],
  [
    { catalogueHash: 'a', firstOfPack: false, autoTrust: 'catalogue' },
    'trusted',
    'pack_trust_baseline_match',
  ],
  [{ catalogueHash: 'a', autoTrust: 'never' }, 'pending', 'pack_trust_review_required'],
  [{ catalogueHash: 'b' }, 'pending', 'pack_trust_baseline_mismatch'],
  [{ catalogueHash: 'b', autoTrust: 'catalogue' }, 'pending', 'pack_trust_baseline_mismatch'],
  [{}, 'pending', 'pack_trust_review_required'],
] as const)('TR2: a first sight of %o is %s (%s)', (seen, state, event) => {
  expect(observeHash(null, sighting(seen))).toMatchObject({ record: { state }, event });
});

test.each([
  ['the trusted hash', record(), 'a', null],
  ['the waiting hash', record({ state: 'pending', pendingHash: 'b' }), 'b', null],
  ['a refused hash', record({ refusedHashes: ['b'] }), 'b', null],
  ['other bytes of a trusted version', record(), 'b', 'pack_trust_drift_detected'],
  [
    'other bytes of one that nobody trusts',
    record({ state: 'rejected', trustedHash: null }),
    'b',
    'pack_trust_review_required',
  ],
])('TR4: seeing %s', (_what, before, advertisedHash, event) => {
  // Even where every published version is trusted: about a known version a person decides.
  const seen = sighting({ advertisedHash, catalogueHash: advertisedHash, autoTrust: 'catalogue' });
  const after = observeHash(before, seen);
  expect(after.event).toBe(event);
  if (event === null) expect(after.record).toEqual(before);
  else expect(after.record).toEqual({ ...before, state: 'pending', pendingHash: advertisedHash });
});

test.each([
  [record(), ['a'], null],
  [record(), ['a', 'b', 'c'], 'b'],
  [record({ refusedHashes: ['b'] }), ['b', 'c'], 'c'],
  [record({ state: 'pending', pendingHash: 'b' }), ['c'], null],
  [record({ state: 'rejected', trustedHash: null, pendingHash: 'b', refusedHashes: ['b'] }), ['b'], null],
])('TR6: after %o, of %o the next to ask about is %o', (before, advertised, next) => {
  expect(nextUndecided(before, advertised)).toBe(next);
});

test('decisions remember what was refused, and trusting forgets that it was', () => {
  const drifted = record({ state: 'pending', pendingHash: 'b' });
  const rejected = rejectHash(drifted, 'b');
  expect(rejected).toMatchObject({ record: { state: 'trusted', trustedHash: 'a', refusedHashes: ['b'] } });
  const trusted = trustHash(record({ pendingHash: 'b', refusedHashes: ['b', 'c'] }), 'b');
  expect(trusted).toMatchObject({ record: { trustedHash: 'b', pendingHash: null, refusedHashes: ['c'] } });
  expect(revokeHash(drifted, 'a')).toMatchObject({
    record: { state: 'pending', trustedHash: null, pendingHash: 'b', refusedHashes: ['a'] },
  });
  const many = Array.from({ length: 64 }, (_, index) => `old ${index}`);
  const full = rejectHash(record({ state: 'pending', pendingHash: 'b', refusedHashes: many }), 'b');
  if (!full.ok) throw new Error(full.because);
  expect(full.record.refusedHashes).toEqual([...many.slice(1), 'b']);
});

test.each([
  ['trusted', null, null, 'trusted'],
  ['trusted', 1, null, 'retired'],
  ['trusted', 1, 2, 'trusted'],
  ['pending', 1, null, 'pending'],
  ['rejected', 1, null, 'rejected'],
] as const)(
  'a version that is %s, retired at %o and overridden at %o shows as %s',
  (state, retiredAt, overriddenAt, shown) => {
    expect(shownState(state, { retiredAt, overriddenAt })).toBe(shown);
  },
);

test.each([
  [record(), { retiredAt: 1, overriddenAt: null }, 'a', { ok: true }],
  [record(), { retiredAt: 1, overriddenAt: null }, 'b', { ok: false, because: 'pack_moved' }],
  [record(), { retiredAt: null, overriddenAt: null }, 'a', { ok: false, because: 'nothing_to_override' }],
  [record(), { retiredAt: 1, overriddenAt: 2 }, 'a', { ok: false, because: 'nothing_to_override' }],
  [
    record({ trustedHash: null, state: 'rejected' }),
    { retiredAt: 1, overriddenAt: null },
    'a',
    { ok: false, because: 'nothing_to_override' },
  ],
])('TR7: overriding %o with %o for %s', (before, retirement, hash, answer) => {
  expect(overrideRetirement(before, retirement, hash)).toEqual(answer);
});
