// Packs and the trust in their exact bytes.
import { z } from 'zod';
import { ActionDescriptor } from '../descriptor.ts';
import { PackHash, TrustState } from '../pack-trust.ts';
import { Risk } from '../risk.ts';
import { ById, Instant, MaybeInstant, route } from './route.ts';

export const PackVersion = z.object({
  id: z.string(),
  pack_id: z.string(),
  version: z.string(),
  state: TrustState,
  /** True when it is pending although an earlier hash of this version is trusted. */
  drifted: z.boolean(),
  trusted_hash: z.string().nullable(),
  pending_hash: z.string().nullable(),
  /** The pending hash is the published one. */
  matches_catalogue: z.boolean(),
  first_seen_at: Instant,
  last_seen_at: Instant,
  decided_at: MaybeInstant,
  decided_by: z.string().nullable(),
  actions_count: z.number().int(),
  /** Runners that advertise any hash of this version, and those whose hash is the pending one. */
  runners_count: z.number().int(),
  pending_runners_count: z.number().int(),
});
export type PackVersion = z.infer<typeof PackVersion>;

export const ActionChangeOut = z.object({
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  risk_before: Risk.nullable(),
  risk_after: Risk.nullable(),
  fields: z.array(z.string()),
  escalates: z.boolean(),
});

export const AdvertisingRunner = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  hash: z.string(),
});

export const PackVersionDetail = PackVersion.extend({
  /** What the trusted hash allows; empty when nothing is trusted. */
  trusted_actions: z.array(ActionDescriptor),
  /** What trusting the pending hash would allow; empty when nothing waits. */
  pending_actions: z.array(ActionDescriptor),
  changes: z.array(ActionChangeOut),
  unchanged_count: z.number().int(),
  /** At most 100, those with the pending hash first. */
  runners: z.array(AdvertisingRunner),
});
export type PackVersionDetail = z.infer<typeof PackVersionDetail>;

export const Decision = z.object({ expected_hash: PackHash });

export const listPackVersions = route({
  method: 'GET',
  path: '/pack-versions',
  permission: 'packs.view',
  summary: 'Every pack version ever advertised here, what waits for a decision first',
  query: z.object({ state: TrustState.optional(), pack: z.string().max(128).optional() }),
  output: z.object({ items: z.array(PackVersion) }),
});
/** `:id` is the id, or `pack@version`. */
export const getPackVersion = route({
  method: 'GET',
  path: '/pack-versions/:id',
  permission: 'packs.view',
  summary: 'One pack version with what a decision needs: both hashes, the difference, who advertises it',
  params: ById,
  output: PackVersionDetail,
});
export const trustPackVersion = route({
  method: 'POST',
  path: '/pack-versions/:id/trust',
  permission: 'packs.manage',
  summary: 'Trusts exactly the hash that was shown',
  refusals: ['pack_moved', 'nothing_to_trust', 'descriptor_mismatch'],
  params: ById,
  body: Decision,
  output: PackVersion,
});
export const rejectPackVersion = route({
  method: 'POST',
  path: '/pack-versions/:id/reject',
  permission: 'packs.manage',
  summary: 'Refuses exactly the hash that was shown',
  refusals: ['pack_moved', 'nothing_to_trust'],
  params: ById,
  body: Decision,
  output: PackVersion,
});
export const deletePackVersion = route({
  method: 'DELETE',
  path: '/pack-versions/:id',
  permission: 'packs.manage',
  summary: 'Deletes a version, trust included; what hosts still carry waits for a new decision',
  params: ById,
  output: z.object({ deleted: z.literal(true), id: z.string(), pack_id: z.string(), version: z.string() }),
});
export const revokePackVersion = route({
  method: 'POST',
  path: '/pack-versions/:id/revoke',
  permission: 'packs.manage',
  summary: 'Takes trust back from exactly the hash that was shown; nothing of it is handed over any more',
  refusals: ['pack_moved', 'nothing_to_revoke'],
  params: ById,
  body: Decision,
  output: PackVersion,
});
