// Which exact bytes of a pack may run: what an advertised hash does to the record of a pack version,
// and what a person's decision does (SPEC TR1–TR5). Pure; the store writes the answer in one statement.
import { z } from 'zod';
import { canonicalText, contractOf, type ActionDescriptor } from './descriptor.ts';
import { riskRank, type Risk } from './risk.ts';

export const PACK_HASH = /^sha256:[0-9a-f]{64}$/;
export const PackHash = z.string().regex(PACK_HASH, 'must be sha256: and 64 lower-case hex digits');

export const TrustState = z.enum(['trusted', 'pending', 'rejected']);
export type TrustState = z.infer<typeof TrustState>;

/** `first`: only the first version of a pack id that an account ever sees; `catalogue`: every published one. */
export const AutoTrust = z.enum(['first', 'catalogue', 'never']);
export type AutoTrust = z.infer<typeof AutoTrust>;

export interface TrustRecord {
  state: TrustState;
  /** The hash that may run, whatever else is advertised; null when nothing was ever trusted. */
  trustedHash: string | null;
  /** The hash that waits for a decision, or that was refused. */
  pendingHash: string | null;
}

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
  if (advertisedHash === record.trustedHash || advertisedHash === record.pendingHash) {
    return { record, event: null };
  }
  return {
    record: { state: 'pending', trustedHash: record.trustedHash, pendingHash: advertisedHash },
    event: record.trustedHash === null ? 'pack_trust_review_required' : 'pack_trust_drift_detected',
  };
}

function observeFirst({ advertisedHash, catalogueHash, firstOfPack, autoTrust }: Sighting): SightingResult {
  const published = catalogueHash === advertisedHash;
  const silent = autoTrust === 'catalogue' || (autoTrust === 'first' && firstOfPack);
  if (published && silent) {
    return {
      record: { state: 'trusted', trustedHash: advertisedHash, pendingHash: null },
      event: 'pack_trust_baseline_match',
    };
  }
  return {
    record: { state: 'pending', trustedHash: null, pendingHash: advertisedHash },
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
  return { ok: true, record: { state: 'trusted', trustedHash: shownHash, pendingHash: null } };
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
  return { ok: true, record: { ...record, state } };
}

/**
 * Takes trust back from the hash that was shown. Its bytes are remembered as refused, so that trusting them
 * again restores them; bytes that wait for a decision go on waiting.
 */
export function revokeHash(record: TrustRecord, shownHash: string): TrustDecision {
  if (record.trustedHash === null) return { ok: false, because: 'nothing_to_revoke' };
  if (record.trustedHash !== shownHash) return { ok: false, because: 'pack_moved' };
  if (record.state === 'pending') return { ok: true, record: { ...record, trustedHash: null } };
  return { ok: true, record: { state: 'rejected', trustedHash: null, pendingHash: shownHash } };
}

export interface ActionChange {
  id: string;
  change: 'added' | 'removed' | 'changed';
  risk_before: Risk | null;
  risk_after: Risk | null;
  /** Names of the descriptor fields that differ; empty unless changed. */
  fields: string[];
  escalates: boolean;
}

/** What trusting `after` instead of `before` changes, escalations first, then added, changed, removed. */
export function diffActions(
  before: readonly ActionDescriptor[],
  after: readonly ActionDescriptor[],
): ActionChange[] {
  const old = new Map(before.map((action) => [action.id, action]));
  const fresh = new Map(after.map((action) => [action.id, action]));
  const changes: ActionChange[] = [];
  for (const action of after) {
    const previous = old.get(action.id);
    if (!previous) changes.push(changeOf('added', action.id, null, action.risk, []));
    else {
      const fields = changedFields(previous, action);
      if (fields.length > 0) changes.push(changeOf('changed', action.id, previous.risk, action.risk, fields));
    }
  }
  for (const action of before) {
    if (!fresh.has(action.id)) changes.push(changeOf('removed', action.id, action.risk, null, []));
  }
  const weight = { added: 1, changed: 2, removed: 3 };
  return changes.sort(
    (a, b) =>
      Number(b.escalates) - Number(a.escalates) ||
      weight[a.change] - weight[b.change] ||
      (a.id < b.id ? -1 : 1),
  );
}

function changeOf(
  change: ActionChange['change'],
  id: string,
  before: Risk | null,
  after: Risk | null,
  fields: string[],
): ActionChange {
  const rises = before !== null && after !== null && riskRank(after) > riskRank(before);
  return {
    id,
    change,
    risk_before: before,
    risk_after: after,
    fields,
    escalates: rises || (change === 'added' && after === 'critical'),
  };
}

function changedFields(before: ActionDescriptor, after: ActionDescriptor): string[] {
  const a: Record<string, unknown> = contractOf(before);
  const b: Record<string, unknown> = contractOf(after);
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => canonicalText(a[name]) !== canonicalText(b[name])).sort();
}

/** Trusting asks for the typed name when a risk rises or something critical is new (danger ladder). */
export function needsTypedName(changes: readonly ActionChange[]): boolean {
  return changes.some((change) => change.escalates);
}
