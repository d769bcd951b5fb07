// What is done to many runners at once: the verbs over a selection, and letting go of those that do not come back.
import { z } from 'zod';
import { Instant, route } from './route.ts';

export const fleetVerbs = ['hold', 'release', 'disable', 'enable', 'revoke-token', 'delete'] as const;
export const FleetVerb = z.enum(fleetVerbs);
export type FleetVerb = z.infer<typeof FleetVerb>;

export const MAX_SELECTED = 10_000;

/** Every part that is given must hold; at least one is. */
export const FleetSelector = z
  .strictObject({
    /** Ids or exact names. */
    ids: z.array(z.string().min(1).max(128)).min(1).max(MAX_SELECTED).optional(),
    group: z.string().min(1).max(80).optional(),
    /** `key`, or `key=value`. */
    label: z.string().min(1).max(400).optional(),
  })
  .refine((selector) => Object.values(selector).some((part) => part !== undefined), {
    message: 'it names ids, a group or a label',
  });
export type FleetSelector = z.infer<typeof FleetSelector>;

export const BulkResult = z.object({
  /** As it was named, for one that nobody knows. */
  id: z.string(),
  name: z.string().nullable(),
  group: z.string().nullable(),
  /** Whether it became, or would become, another; false for one that was so already. */
  changed: z.boolean(),
  refusal: z.object({ code: z.string(), detail: z.string(), fix: z.string() }).nullable(),
});
export type BulkResult = z.infer<typeof BulkResult>;

export const bulkRunners = route({
  method: 'POST',
  path: '/runners/bulk',
  permission: 'runners.manage',
  summary: 'One verb on all runners of a selection, with one result or refusal each; dry_run only says which',
  body: z.strictObject({ selector: FleetSelector, verb: FleetVerb, dry_run: z.boolean().optional() }),
  output: z.object({ verb: FleetVerb, dry_run: z.boolean(), results: z.array(BulkResult) }),
});

/** One hour to ninety days; null keeps runners for ever. */
export const offeredRetentionHours = [1, 6, 24, 168, 336, 720, 1440, 2160] as const;
const OfferedHours = z.literal(offeredRetentionHours);
export const RunnerRetention = z.object({ hours: OfferedHours.nullable() });
export type RunnerRetention = z.infer<typeof RunnerRetention>;

export const getRunnerRetention = route({
  method: 'GET',
  path: '/settings/runner-retention',
  permission: 'runners.view',
  summary: 'How many hours a runner may be offline before it is forgotten',
  output: RunnerRetention,
});
export const putRunnerRetention = route({
  method: 'PUT',
  path: '/settings/runner-retention',
  permission: 'account.manage',
  summary: 'Sets it; the next hourly sweep obeys. Needs access to every runner',
  refusals: ['unrestricted_access_required'],
  body: z.strictObject(RunnerRetention.shape),
  output: RunnerRetention,
});

export const ForgottenRunner = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  offline_since: Instant,
});
export type ForgottenRunner = z.infer<typeof ForgottenRunner>;

export const cleanUpRunners = route({
  method: 'POST',
  path: '/runners/cleanup',
  permission: 'runners.manage',
  summary: 'Forgets, among those in reach, the runners that the sweep would; dry_run only says which',
  body: z.strictObject({
    dry_run: z.boolean().optional(),
    /** Instead of the period that is set. */
    hours: OfferedHours.optional(),
  }),
  output: z.object({ dry_run: z.boolean(), hours: z.number().int(), runners: z.array(ForgottenRunner) }),
});
