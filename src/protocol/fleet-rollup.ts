// The fleet in numbers, for whoever looks at it in one glance (operator model A4). Pure: what is counted is given.
import { z } from 'zod';
import type { RunnerState, VersionClass } from './runner.ts';

export interface CountedRunner {
  readonly state: RunnerState;
  readonly stale: boolean;
  readonly held: boolean;
  readonly signedOnly: boolean;
  readonly degradedPacks: number;
  readonly versionClass: VersionClass;
}

export const signatureModes = ['empty', 'unsigned_allowed', 'mixed', 'signed_only'] as const;
export const fleetFlags = [
  'fleet_empty',
  'runners_online',
  'no_runners_online',
  'stale_heartbeats',
  'fleet_signed_only',
  'mixed_signature_modes',
  'degraded_packs',
] as const;

const count = z.number().int();

export const FleetRollup = z.object({
  total: count,
  /** All but the disabled and the revoked. */
  active: count,
  online: count,
  offline: count,
  pending: count,
  disabled: count,
  revoked: count,
  /** Of the active ones, whatever their state. */
  held: count,
  stale: count,
  signed_only: count,
  /** Active runners with packs that did not load, and how many packs those are. */
  degraded: count,
  degraded_packs: count,
  outdated: count,
  unsupported: count,
  /** What a dispatch from here would meet: started at once, queued, refused. Together they are `total`. */
  ready: count,
  queueable: count,
  blocked: count,
  signature_mode: z.enum(signatureModes),
  flags: z.array(z.enum(fleetFlags)),
});
export type FleetRollup = z.infer<typeof FleetRollup>;

export function rollUpFleet(runners: readonly CountedRunner[]): FleetRollup {
  const active = runners.filter(({ state }) => state !== 'disabled' && state !== 'revoked');
  const inState = (wanted: RunnerState) => runners.filter(({ state }) => state === wanted).length;
  const ofActive = (holds: (runner: CountedRunner) => boolean) => active.filter(holds).length;
  const ready = ofActive((runner) => mayStart(runner) && runner.state === 'online');
  const queueable = ofActive((runner) => mayStart(runner) && runner.state !== 'online');
  const counts = {
    total: runners.length,
    active: active.length,
    online: inState('online'),
    offline: inState('offline'),
    pending: inState('pending'),
    disabled: inState('disabled'),
    revoked: inState('revoked'),
    held: ofActive(({ held }) => held),
    stale: ofActive(({ state, stale }) => state === 'online' && stale),
    signed_only: ofActive(({ signedOnly }) => signedOnly),
    degraded: ofActive(({ degradedPacks }) => degradedPacks > 0),
    degraded_packs: active.reduce((sum, { degradedPacks }) => sum + degradedPacks, 0),
    outdated: ofActive(({ versionClass }) => versionClass === 'outdated'),
    unsupported: ofActive(({ versionClass }) => versionClass === 'unsupported'),
    ready,
    queueable,
    blocked: runners.length - ready - queueable,
  };
  const mode = signatureModeOf(counts.active, counts.signed_only);
  return { ...counts, signature_mode: mode, flags: flagsOf(counts, mode) };
}

/** Neither held by an operator nor by a host that takes signed runs alone. */
function mayStart({ held, signedOnly }: CountedRunner): boolean {
  return !held && !signedOnly;
}

function signatureModeOf(active: number, signedOnly: number): FleetRollup['signature_mode'] {
  if (active === 0) return 'empty';
  if (signedOnly === 0) return 'unsigned_allowed';
  return signedOnly === active ? 'signed_only' : 'mixed';
}

function flagsOf(
  counts: Pick<FleetRollup, 'total' | 'online' | 'stale' | 'degraded_packs'>,
  mode: FleetRollup['signature_mode'],
): FleetRollup['flags'] {
  const holds: Record<(typeof fleetFlags)[number], boolean> = {
    fleet_empty: counts.total === 0,
    runners_online: counts.online > 0,
    no_runners_online: counts.total > 0 && counts.online === 0,
    stale_heartbeats: counts.stale > 0,
    fleet_signed_only: mode === 'signed_only',
    mixed_signature_modes: mode === 'mixed',
    degraded_packs: counts.degraded_packs > 0,
  };
  return fleetFlags.filter((flag) => holds[flag]);
}
