// Standing grants (operator model A11, SPEC GR1 to GR5): what one decision of people may stand for afterwards.
// Pure: a grant, a call and a time give an answer; the store obeys.
import { z } from 'zod';
import type { ApprovalTerms } from './policy.ts';

/** None is endless; one call alone needs no grant. */
export const grantWindows = ['1h', '1d', '30d', '90d'] as const;
export const GrantWindow = z.enum(grantWindows);
export type GrantWindow = z.infer<typeof GrantWindow>;

const HOUR = 3600;
export const grantWindowSeconds: Readonly<Record<GrantWindow, number>> = {
  '1h': HOUR,
  '1d': 24 * HOUR,
  '30d': 30 * 24 * HOUR,
  '90d': 90 * 24 * HOUR,
};

export const MAX_GRANT_USES = 1_000_000;

/** What has to be the same again beside token, action and the pack's exact bytes. */
export const GrantScope = z.strictObject({
  args: z.enum(['exact', 'any']).default('exact'),
  runner: z.enum(['this', 'any']).default('this'),
});
export type GrantScope = z.infer<typeof GrantScope>;

export const grantStates = ['active', 'inert', 'spent', 'expired', 'revoked'] as const;
export const GrantState = z.enum(grantStates);
export type GrantState = z.infer<typeof GrantState>;

export const GrantInertReason = z.enum(['token_ended', 'grants_off']);
export type GrantInertReason = z.infer<typeof GrantInertReason>;

/** What decides whether it stands. */
export interface GrantFacts {
  expiresAt: number;
  maxUses: number | null;
  usesCount: number;
  revokedAt: number | null;
  /** Its token was revoked or has expired, or the token's member is suspended or gone. */
  isTokenEnded: boolean;
  capSeconds: number | null;
}

/** Inert is one that would stand if nothing outside of it had changed. */
export function grantStateAt(
  grant: GrantFacts,
  now: number,
): { state: GrantState; because: GrantInertReason | null } {
  if (grant.revokedAt !== null) return { state: 'revoked', because: null };
  if (now >= grant.expiresAt) return { state: 'expired', because: null };
  if (grant.maxUses !== null && grant.usesCount >= grant.maxUses) return { state: 'spent', because: null };
  if (grant.isTokenEnded) return { state: 'inert', because: 'token_ended' };
  if (grant.capSeconds === 0) return { state: 'inert', because: 'grants_off' };
  return { state: 'active', because: null };
}

/** Null caps nothing; 0 turns standing grants off. */
export function isWithinCap(window: GrantWindow, capSeconds: number | null): boolean {
  return capSeconds === null || grantWindowSeconds[window] <= capSeconds;
}

/** One that stands at this moment, for the token and the action of the call. */
export interface StandingGrant {
  id: string;
  packId: string;
  packVersion: string;
  packHash: string;
  /** Null for any. */
  runnerId: string | null;
  argsSha256: string | null;
  /** People who approved when it was made, and those among them who had not asked themselves. */
  approvers: number;
  otherApprovers: number;
  /** Null for as many as there are calls. */
  usesLeft: number | null;
  expiresAt: number;
}

/** One call that policy holds back. */
export interface HeldCall {
  packId: string;
  packVersion: string;
  packHash: string;
  runnerId: string;
  argsSha256: string;
  terms: ApprovalTerms;
}

export function coversCall(grant: StandingGrant, call: HeldCall): boolean {
  const isSame =
    grant.packId === call.packId &&
    grant.packVersion === call.packVersion &&
    grant.packHash === call.packHash &&
    (grant.runnerId === null || grant.runnerId === call.runnerId) &&
    (grant.argsSha256 === null || grant.argsSha256 === call.argsSha256);
  // Four eyes stay four eyes: where policy asks for more people than stood behind the grant, it does not do.
  const people = call.terms.allow_self_approval ? grant.approvers : grant.otherApprovers;
  return isSame && people >= call.terms.min_approvals;
}

/**
 * Which grant lets each call out, null for one that has to wait. The narrowest is taken, so that a wide one is
 * left for what only it covers; uses are counted as they are given.
 */
export function assignGrants(
  grants: readonly StandingGrant[],
  calls: readonly HeldCall[],
): (StandingGrant | null)[] {
  const narrowestFirst = grants.toSorted((a, b) => widthOf(a) - widthOf(b) || a.expiresAt - b.expiresAt);
  const left = new Map(grants.map(({ id, usesLeft }) => [id, usesLeft ?? Infinity]));
  return calls.map((call) => {
    const grant = narrowestFirst.find((one) => (left.get(one.id) ?? 0) > 0 && coversCall(one, call));
    if (!grant) return null;
    left.set(grant.id, (left.get(grant.id) ?? 0) - 1);
    return grant;
  });
}

function widthOf({ runnerId, argsSha256 }: StandingGrant): number {
  return (runnerId === null ? 2 : 0) + (argsSha256 === null ? 1 : 0);
}
