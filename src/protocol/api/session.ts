// Who is asking, and the fleet in one glance.
import { z } from 'zod';
import { Access } from '../access.ts';
import { FleetRollup } from '../fleet-rollup.ts';
import { Permission, Role } from '../permission.ts';
import { Instant, MaybeInstant, ById, pageOf, PageQuery, Secret, route } from './route.ts';

export const Me = z.object({
  server: z.object({ product: z.literal('emisar-cloud'), version: z.string() }),
  account: z.object({ id: z.string(), name: z.string() }),
  member: z.object({ id: z.string(), name: z.string(), role: Role }),
  token: z.object({ id: z.string(), name: z.string(), expires_at: MaybeInstant }),
  permissions: z.array(Permission),
  /** Only while looking as another member: reach and permissions are cut down, and nothing may be changed. */
  acting_as: z.object({ id: z.string(), name: z.string() }).optional(),
});
export type Me = z.infer<typeof Me>;

export const getMe = route({
  method: 'GET',
  path: '/me',
  permission: null,
  summary: 'Who this token speaks for, and what it may do',
  output: Me,
});

export const Badges = z.object({
  pending_approvals: z.number().int(),
  packs_needing_decision: z.number().int(),
  all_offline: z.boolean(),
});
export type Badges = z.infer<typeof Badges>;

export const FleetSummary = FleetRollup.extend({
  unfinished_runs: z.number().int(),
  badges: Badges,
  /** What this deployment asks of the program on the hosts. */
  versions: z.object({ minimum: z.string(), recommended: z.string(), is_enforced: z.boolean() }),
});
export type FleetSummary = z.infer<typeof FleetSummary>;

export const getFleetSummary = route({
  method: 'GET',
  path: '/fleet/summary',
  permission: 'runners.view',
  summary: 'The fleet in numbers, by state and by what a dispatch would meet, and what waits for a decision',
  output: FleetSummary,
});

export const Group = z.object({ name: z.string(), total: z.number().int(), online: z.number().int() });
export type Group = z.infer<typeof Group>;

export const listGroups = route({
  method: 'GET',
  path: '/groups',
  permission: 'runners.view',
  summary: 'Groups that runners declare, with how many are online',
  output: z.object({ items: z.array(Group) }),
});

export const OperatorToken = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  member_id: z.string(),
  member_name: z.string(),
  /** What it is narrowed to; null when it reaches what its member reaches. */
  scope: Access.nullable(),
  created_at: Instant,
  last_used_at: MaybeInstant,
  expires_at: MaybeInstant,
  revoked_at: MaybeInstant,
  current: z.boolean(),
});
export type OperatorToken = z.infer<typeof OperatorToken>;

export const listTokens = route({
  method: 'GET',
  path: '/tokens',
  permission: 'tokens.own',
  summary: "The caller's own operator tokens; with tokens.manage also those of another member, or of all",
  refusals: ['insufficient_privileges'],
  query: PageQuery.extend({
    /** Id or exact name of a member, `*` for everybody. */
    member: z.string().min(1).max(128).optional(),
  }),
  output: pageOf(OperatorToken),
});

export const mintToken = route({
  method: 'POST',
  path: '/tokens',
  permission: 'tokens.own',
  summary: 'A further operator token for the caller; the secret is in this answer only',
  refusals: ['runner_access_exceeds_subject'],
  body: z.object({
    name: z.string().trim().min(1).max(80),
    /** Only what the caller reaches, and no more than the token they use; that one's scope when left out. */
    scope: Access.optional(),
    expires_in_seconds: z
      .number()
      .int()
      .min(60)
      .max(366 * 86_400)
      .optional(),
  }),
  output: z.object({ token: OperatorToken, secret: Secret }),
  status: 201,
});

export const revokeToken = route({
  method: 'POST',
  path: '/tokens/:id/revoke',
  permission: 'tokens.own',
  summary: "Ends a token at once, its streams included; another member's with tokens.manage",
  params: ById,
  output: OperatorToken,
});

/** Without a token: what is asked and answered is no secret. */
export const getOpenApi = route({
  method: 'GET',
  path: '/openapi.json',
  permission: null,
  summary: 'This API as a document of OpenAPI 3.1',
  output: z.looseObject({ openapi: z.literal('3.1.1'), paths: z.record(z.string(), z.unknown()) }),
});
