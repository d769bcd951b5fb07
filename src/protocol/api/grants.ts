// Standing grants: what a token may repeat without asking again. They are made with an approval, never alone.
import { z } from 'zod';
import { GrantInertReason, GrantState, GrantWindow, MAX_GRANT_USES } from '../grant.ts';
import { Risk } from '../risk.ts';
import { ById, Instant, MaybeInstant, PageQuery, pageOf, route } from './route.ts';

export const Grant = z.object({
  id: z.string(),
  /** The decision that it was made with, and the run that was its first use. */
  approval_id: z.string(),
  run_id: z.string(),
  action_id: z.string(),
  risk: Risk,
  pack_id: z.string(),
  pack_version: z.string(),
  pack_hash: z.string(),
  /** Whose calls it lets out: this token's, of this member. */
  token_id: z.string(),
  token_name: z.string(),
  member_name: z.string(),
  /** Null for any runner. */
  runner_id: z.string().nullable(),
  runner_name: z.string().nullable(),
  /** Null for any arguments; otherwise those that were approved, sensitive ones masked. */
  args: z.record(z.string(), z.unknown()).nullable(),
  args_sha256: z.string().nullable(),
  duration: GrantWindow,
  granted_by: z.string(),
  granted_at: Instant,
  expires_at: Instant,
  max_uses: z.number().int().nullable(),
  /** The approved run is use 1. */
  uses_count: z.number().int(),
  last_used_at: Instant,
  revoked_at: MaybeInstant,
  revoked_by: z.string().nullable(),
  state: GrantState,
  inert_because: GrantInertReason.nullable(),
});
export type Grant = z.infer<typeof Grant>;

/** Of a grant's uses the approved run is the first: fewer than two would grant nothing. */
export const MaxUses = z.number().int().min(2).max(MAX_GRANT_USES);

export const GrantCap = z.object({
  /** Longest standing grant; null for no cap, 0 for none at all. */
  max_seconds: z
    .number()
    .int()
    .min(0)
    .max(366 * 86_400)
    .nullable(),
});
export type GrantCap = z.infer<typeof GrantCap>;

export const listGrants = route({
  method: 'GET',
  path: '/grants',
  permission: 'grants.manage',
  summary: 'Standing grants in reach, newest first',
  query: PageQuery.extend({ state: GrantState.optional() }),
  output: pageOf(Grant),
});
export const revokeGrant = route({
  method: 'POST',
  path: '/grants/:id/revoke',
  permission: 'grants.manage',
  summary: 'Ends a standing grant at once; runs that it let out go on',
  params: ById,
  output: Grant,
});
export const revokeAllGrants = route({
  method: 'POST',
  path: '/grants/revoke-all',
  permission: 'grants.manage',
  summary: 'Ends every standing grant in reach; with dry_run it only says which',
  body: z.strictObject({ dry_run: z.boolean().optional() }),
  output: z.object({ dry_run: z.boolean(), grants: z.array(Grant) }),
});
export const getGrantCap = route({
  method: 'GET',
  path: '/settings/grant-cap',
  permission: 'approvals.view',
  summary: 'How long a standing grant may last in this account',
  output: GrantCap,
});
export const putGrantCap = route({
  method: 'PUT',
  path: '/settings/grant-cap',
  permission: 'grants.manage',
  summary: 'Caps how long standing grants last; 0 turns them off and revokes all there are',
  body: z.strictObject(GrantCap.shape),
  output: GrantCap.extend({ revoked: z.number().int() }),
});
