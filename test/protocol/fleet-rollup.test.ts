import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rollUpFleet, type CountedRunner } from '../../src/protocol/fleet-rollup.ts';
import { runnerStates, versionClasses } from '../../src/protocol/runner.ts';

const one = (change: Partial<CountedRunner> = {}): CountedRunner => ({
  state: 'online',
  stale: false,
  held: false,
  signedOnly: false,
  degradedPacks: 0,
  versionClass: 'supported',
  ...change,
});

test.each([
  ['nobody', [], { total: 0, signature_mode: 'empty', flags: ['fleet_empty'] }],
  [
    'one online',
    [one()],
    { ready: 1, blocked: 0, signature_mode: 'unsigned_allowed', flags: ['runners_online'] },
  ],
  [
    'one stale',
    [one({ stale: true })],
    { stale: 1, ready: 1, flags: ['runners_online', 'stale_heartbeats'] },
  ],
  ['one held', [one({ held: true })], { online: 1, held: 1, ready: 0, blocked: 1 }],
  ['one away', [one({ state: 'offline' })], { queueable: 1, flags: ['no_runners_online'] }],
  ['one awaited', [one({ state: 'pending' })], { pending: 1, queueable: 1, active: 1 }],
  [
    'one signed',
    [one({ signedOnly: true })],
    {
      signed_only: 1,
      blocked: 1,
      signature_mode: 'signed_only',
      flags: ['runners_online', 'fleet_signed_only'],
    },
  ],
  [
    'one signed of two',
    [one({ signedOnly: true }), one()],
    { signature_mode: 'mixed', ready: 1, flags: ['runners_online', 'mixed_signature_modes'] },
  ],
  [
    'two broken packs on one',
    [one({ degradedPacks: 2 })],
    { degraded: 1, degraded_packs: 2, flags: ['runners_online', 'degraded_packs'] },
  ],
  [
    'what is wrong with disabled and revoked ones',
    [
      one({
        state: 'disabled',
        stale: true,
        held: true,
        signedOnly: true,
        degradedPacks: 3,
        versionClass: 'outdated',
      }),
      one({ state: 'revoked', signedOnly: true, degradedPacks: 1, versionClass: 'unsupported' }),
    ],
    {
      total: 2,
      active: 0,
      disabled: 1,
      revoked: 1,
      blocked: 2,
      stale: 0,
      held: 0,
      signed_only: 0,
      degraded: 0,
      degraded_packs: 0,
      outdated: 0,
      unsupported: 0,
      signature_mode: 'empty',
      flags: ['no_runners_online'],
    },
  ],
  [
    'old ones',
    [one({ versionClass: 'outdated' }), one({ versionClass: 'unsupported' })],
    { outdated: 1, unsupported: 1 },
  ],
] as const)('%s', (_what, runners, expected) => {
  expect(rollUpFleet(runners)).toMatchObject(expected);
});

test('states, and what a dispatch would meet, each divide the whole fleet', () => {
  const runner = fc.record({
    state: fc.constantFrom(...runnerStates),
    stale: fc.boolean(),
    held: fc.boolean(),
    signedOnly: fc.boolean(),
    degradedPacks: fc.nat(3),
    versionClass: fc.constantFrom(...versionClasses),
  });
  fc.assert(
    fc.property(fc.array(runner), (runners) => {
      const sums = rollUpFleet(runners);
      expect(sums.online + sums.offline + sums.pending + sums.disabled + sums.revoked).toBe(runners.length);
      expect(sums.ready + sums.queueable + sums.blocked).toBe(runners.length);
      expect(sums.active + sums.disabled + sums.revoked).toBe(sums.total);
    }),
  );
});
