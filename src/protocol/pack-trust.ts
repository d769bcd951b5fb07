// Which exact bytes of a pack may run: what an advertised hash does to the record of a pack version,
// and what a person's decision does (SPEC TR1–TR7). Pure; the store writes the answer in one statement. What
// new bytes change is pack-diff.ts.
import { z } from 'zod';

export const PACK_HASH = /^sha256:[0-9a-f]{64}$/;
export const PackHash = z.string().regex(PACK_HASH, 'must be sha256: and 64 lower-case hex digits');

export const TrustState = z.enum(['trusted', 'pending', 'rejected']);
export type TrustState = z.infer<typeof TrustState>;

/** As it is shown: `retired` instead of trusted where a security release replaced it and nobody overrode that. */
export const PackVersionState = z.enum(['trusted', 'pending', 'rejected', 'retired']);
export type PackVersionState = z.infer<typeof PackVersionState>;

/** `first`: only the first version of a pack id that an account ever sees; `catalogue`: every published one. */
export const AutoTrust = z.enum(['first', 'catalogue', 'never']);
export type AutoTrust = z.infer<typeof AutoTrust>;

export interface TrustRecord {
  state: TrustState;
  /** The hash that may run, whatever else is advertised; null when nothing was ever trusted. */
  trustedHash: string | null;
  /** The hash that waits for a decision, or that was refused. */
  pendingHash: string | null;
  /** Hashes that somebody refused or took trust from, the newest last: nobody is asked about them anew. */
  refusedHashes: readonly string[];
}

/** So many refused hashes are remembered; a host that makes up more is asked about again. */
const MAX_REFUSED = 64;

export interface Sighting {
  advertisedHash: string;
  /** The published hash of exactly this id and version, or null. */
  catalogueHash: string | null;
  /** True when this account has seen no version of this pack id before. */
  firstOfPack: boolean;
  autoTrust: AutoTrust;
}

export type SightingEvent =
  | 'pack_trust_baseline_match'
  | 'pack_trust_baseline_mismatch'
  | 'pack_trust_review_required'
  | 'pack_trust_drift_detected';

export interface SightingResult {
  record: TrustRecord;
  /** What to write into the audit trail; null when nothing changed. */
  event: SightingEvent | null;
}

/** What seeing one hash advertised does to the record of its version (null: never seen before). */
export function observeHash(record: TrustRecord | null, sighting: Sighting): SightingResult {
  if (record === null) return observeFirst(sighting);
  const { advertisedHash } = sighting;
  if (isKnownHash(record, advertisedHash)) return { record, event: null };
  return {
    record: { ...record, state: 'pending', pendingHash: advertisedHash },
    event: record.trustedHash === null ? 'pack_trust_review_required' : 'pack_trust_drift_detected',
  };
}

/** Trusted, waiting or refused: seeing it again changes nothing. */
function isKnownHash({ trustedHash, pendingHash, refusedHashes }: TrustRecord, hash: string): boolean {
  return hash === trustedHash || hash === pendingHash || refusedHashes.includes(hash);
}

/**
 * The hash to ask about next, once a decision left nothing waiting: of those that are advertised, most carried
 * first, the first that nobody decided on yet (SPEC TR6). Null when there is none.
 */
export function nextUndecided(record: TrustRecord, advertised: readonly string[]): string | null {
  if (record.state === 'pending') return null;
  return advertised.find((hash) => !isKnownHash(record, hash)) ?? null;
}

function observeFirst({ advertisedHash, catalogueHash, firstOfPack, autoTrust }: Sighting): SightingResult {
  const published = catalogueHash === advertisedHash;
  const silent = autoTrust === 'catalogue' || (autoTrust === 'first' && firstOfPack);
  if (published && silent) {
    return {
      record: { state: 'trusted', trustedHash: advertisedHash, pendingHash: null, refusedHashes: [] },
      event: 'pack_trust_baseline_match',
    };
  }
  return {
    record: { state: 'pending', trustedHash: null, pendingHash: advertisedHash, refusedHashes: [] },
    event:
      catalogueHash !== null && !published ? 'pack_trust_baseline_mismatch' : 'pack_trust_review_required',
  };
}

export type TrustDecision =
  | { ok: true; record: TrustRecord }
  | { ok: false; because: 'nothing_to_trust' | 'nothing_to_revoke' | 'pack_moved' };

/** Trust is given only to the hash that was shown (SPEC TR3). */
export function trustHash(record: TrustRecord, shownHash: string): TrustDecision {
  if (record.pendingHash === null) return { ok: false, because: 'nothing_to_trust' };
  if (record.pendingHash !== shownHash) return { ok: false, because: 'pack_moved' };
  const refusedHashes = record.refusedHashes.filter((hash) => hash !== shownHash);
  return { ok: true, record: { state: 'trusted', trustedHash: shownHash, pendingHash: null, refusedHashes } };
}

/**
 * Refusing new bytes keeps what was trusted before; bytes of a version that was never trusted stay
 * refused. Either way the refused hash is remembered, so that seeing it again asks nobody anew.
 */
export function rejectHash(record: TrustRecord, shownHash: string): TrustDecision {
  if (record.state !== 'pending' || record.pendingHash === null)
    return { ok: false, because: 'nothing_to_trust' };
  if (record.pendingHash !== shownHash) return { ok: false, because: 'pack_moved' };
  const state = record.trustedHash === null ? 'rejected' : 'trusted';
  return { ok: true, record: { ...record, state, refusedHashes: refusing(record, shownHash) } };
}

/**
 * Takes trust back from the hash that was shown. Its bytes are remembered as refused, so that trusting them
 * again restores them; bytes that wait for a decision go on waiting.
 */
export function revokeHash(record: TrustRecord, shownHash: string): TrustDecision {
  if (record.trustedHash === null) return { ok: false, because: 'nothing_to_revoke' };
  if (record.trustedHash !== shownHash) return { ok: false, because: 'pack_moved' };
  const refusedHashes = refusing(record, shownHash);
  if (record.state === 'pending')
    return { ok: true, record: { ...record, trustedHash: null, refusedHashes } };
  return {
    ok: true,
    record: { state: 'rejected', trustedHash: null, pendingHash: shownHash, refusedHashes },
  };
}

function refusing({ refusedHashes }: TrustRecord, hash: string): string[] {
  return [...refusedHashes.filter((refused) => refused !== hash), hash].slice(-MAX_REFUSED);
}

export interface Retirement {
  /** Since when the catalogue says that a security release replaces it. */
  retiredAt: number | null;
  /** Since when somebody lets it run all the same. */
  overriddenAt: number | null;
}

/** Nothing of it is handed over, whoever trusts it. */
export function isBlockedByRetirement({ retiredAt, overriddenAt }: Retirement): boolean {
  return retiredAt !== null && overriddenAt === null;
}

export function shownState(state: TrustState, retirement: Retirement): PackVersionState {
  return state === 'trusted' && isBlockedByRetirement(retirement) ? 'retired' : state;
}

/** Somebody has to trust, reject or override: the count that stands beside Packs. */
export function needsDecision(state: PackVersionState): boolean {
  return state === 'pending' || state === 'retired';
}

export type OverrideDecision = { ok: true } | { ok: false; because: 'nothing_to_override' | 'pack_moved' };

/** A retired version runs again by a deliberate decision about exactly the trusted bytes that were shown (SPEC TR7). */
export function overrideRetirement(
  { trustedHash }: TrustRecord,
  retirement: Retirement,
  shownHash: string,
): OverrideDecision {
  if (trustedHash === null || !isBlockedByRetirement(retirement))
    return { ok: false, because: 'nothing_to_override' };
  return trustedHash === shownHash ? { ok: true } : { ok: false, because: 'pack_moved' };
}
