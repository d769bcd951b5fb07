// Runners as an operator sees them: one row of the fleet, one runner in full, and the verbs on it.
import { z } from 'zod';
import { AuditEvent } from './audit.ts';
import { Run } from './runs.ts';
import { ActionDescriptor } from '../descriptor.ts';
import { RunnerState, versionClasses } from '../runner.ts';
import { PackVersionState } from '../pack-trust.ts';
import { ById, Instant, MaybeInstant, PageQuery, pageOf, route } from './route.ts';

/** The row that lists and the event stream carry. `state` is the partition, `stale` an overlay on online. */
export const Runner = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  hostname: z.string(),
  labels: z.record(z.string(), z.string()),
  version: z.string(),
  version_class: z.enum(versionClasses),
  state: RunnerState,
  stale: z.boolean(),
  registered_at: Instant,
  last_heartbeat_at: MaybeInstant,
  last_connected_at: MaybeInstant,
  last_disconnected_at: MaybeInstant,
  /** One plain sentence part ("service stopped"), null for a routine end. */
  disconnect_note: z.string().nullable(),
  action_load: z.number().int(),
  unfinished_runs: z.number().int(),
  packs_count: z.number().int(),
  packs_pending: z.number().int(),
  degraded_count: z.number().int(),
  signed_only: z.boolean(),
  /** An operator lets nothing new start on it; what runs goes on. */
  held: z.boolean(),
  /** Set while a second host presents this runner's identity; both addresses, newest first. */
  conflict: z.object({ addresses: z.array(z.string()), at: Instant }).nullable(),
  reenrolled_at: MaybeInstant,
});
export type Runner = z.infer<typeof Runner>;

export const RunnerPack = z.object({
  pack_id: z.string(),
  version: z.string(),
  hash: z.string(),
  /** The record of that version in the account, and whether this host's bytes are the trusted ones. */
  pack_version_id: z.string().nullable(),
  trust: z.union([PackVersionState, z.literal('unknown')]),
  actions_count: z.number().int(),
});
export type RunnerPack = z.infer<typeof RunnerPack>;

export const RunnerToken = z.object({
  id: z.string(),
  /** Leading characters of the secret, safe to show. */
  prefix: z.string(),
  issued_at: Instant,
  expires_at: MaybeInstant,
  last_used_at: MaybeInstant,
  revoked_at: MaybeInstant,
  /** The key by which it was given; null for the successor of another token. */
  enrollment_key_id: z.string().nullable(),
});
export type RunnerToken = z.infer<typeof RunnerToken>;

export const RunnerDetail = Runner.extend({
  external_id: z.string(),
  address: z.string().nullable(),
  packs: z.array(RunnerPack),
  degraded_packs: z.array(z.object({ pack: z.string(), reason: z.string() })),
  token: RunnerToken.nullable(),
  enrollment_key: z.object({ id: z.string(), prefix: z.string(), description: z.string() }).nullable(),
});
export type RunnerDetail = z.infer<typeof RunnerDetail>;

/** Why an action cannot be dispatched to this runner now, by refusal code; empty when it can. */
export const RunnerAction = z.object({
  action: ActionDescriptor,
  pack_version: z.string(),
  pack_hash: z.string(),
  blocked_by: z.string().nullable(),
  policy: z.enum(['allow', 'require_approval', 'deny']),
});
export type RunnerAction = z.infer<typeof RunnerAction>;

const Yes = z.enum(['true', 'false']).transform((word) => word === 'true');

export const RunnerQuery = PageQuery.extend({
  q: z.string().max(200).optional(),
  group: z.string().max(80).optional(),
  state: z.string().max(80).optional(),
  label: z.string().max(200).optional(),
  pack: z.string().max(128).optional(),
  version: z.enum(versionClasses).optional(),
  degraded: Yes.optional(),
  signed_only: Yes.optional(),
});

/** `:id` of a runner is its id or its exact name. */
export const RunnerRef = ById;

export const listRunners = route({
  method: 'GET',
  path: '/runners',
  permission: 'runners.view',
  summary: 'The fleet, sorted by group then name',
  query: RunnerQuery,
  output: pageOf(Runner),
});
export const getRunner = route({
  method: 'GET',
  path: '/runners/:id',
  permission: 'runners.view',
  summary: 'One runner in full',
  params: RunnerRef,
  refusals: ['runner_not_found'],
  output: RunnerDetail,
});
export const listRunnerActions = route({
  method: 'GET',
  path: '/runners/:id/actions',
  permission: 'runners.view',
  summary: 'What this runner advertises, and what blocks each action',
  params: RunnerRef,
  refusals: ['runner_not_found'],
  output: z.object({ items: z.array(RunnerAction) }),
});

export const listRunnerPacks = route({
  method: 'GET',
  path: '/runners/:id/packs',
  permission: 'runners.view',
  summary: 'The packs that it carries, and whether anybody trusts exactly these bytes',
  refusals: ['runner_not_found'],
  params: RunnerRef,
  output: z.object({ items: z.array(RunnerPack) }),
});
export const listRunnerTokens = route({
  method: 'GET',
  path: '/runners/:id/tokens',
  permission: 'runners.view',
  summary: 'Every token that it was given, newest first; never a secret',
  refusals: ['runner_not_found'],
  params: RunnerRef,
  output: z.object({ items: z.array(RunnerToken) }),
});
export const listRunnerEvents = route({
  method: 'GET',
  path: '/runners/:id/events',
  permission: 'audit.view',
  summary: 'What the audit trail says of it, newest first',
  refusals: ['runner_not_found'],
  params: RunnerRef,
  query: PageQuery,
  output: pageOf(AuditEvent),
});
export const listRunnerRuns = route({
  method: 'GET',
  path: '/runners/:id/runs',
  permission: 'runs.view',
  summary: 'Its runs, newest first',
  refusals: ['runner_not_found'],
  params: RunnerRef,
  query: PageQuery.extend({ status: z.string().max(200).optional() }),
  output: pageOf(Run),
});

const verb = (name: string, summary: string) =>
  route({
    method: 'POST',
    path: `/runners/:id/${name}`,
    permission: 'runners.manage',
    summary,
    refusals: ['runner_not_found'],
    params: RunnerRef,
    output: Runner,
  });

export const holdRunner = verb('hold', 'Lets nothing new start on it, at once and without work on the host');
export const releaseRunner = verb('release', 'Lets a held runner work again, at once');
export const disableRunner = verb(
  'disable',
  'Closes its session and refuses it until enabled; its token stays',
);
export const enableRunner = verb(
  'enable',
  'Lets a disabled runner back; its service must be started on the host',
);
export const revokeRunnerToken = verb('revoke-token', 'Ends its token for good; back only with a fresh key');
export const deleteRunner = route({
  method: 'DELETE',
  path: '/runners/:id',
  permission: 'runners.manage',
  summary: 'Forgets a runner that is not online; its history stays',
  params: RunnerRef,
  refusals: ['runner_not_found', 'runner_online'],
  output: z.object({ deleted: z.literal(true), id: z.string(), name: z.string() }),
});
