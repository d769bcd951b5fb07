// Packs and the trust in their exact bytes.
import { z } from 'zod';
import { ActionDescriptor } from '../descriptor.ts';
import { PackHash, PackVersionState } from '../pack-trust.ts';
import { Risk } from '../risk.ts';
import { ById, Instant, MaybeInstant, pageOf, PageQuery, route } from './route.ts';

export const PackVersion = z.object({
  id: z.string(),
  pack_id: z.string(),
  version: z.string(),
  /** `retired` instead of trusted while a security release keeps it from running. */
  state: PackVersionState,
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
  /** Since when the catalogue says that a security release replaces it; null when it does not. */
  retired_at: MaybeInstant,
  /** Since when, and by whose decision, it runs all the same. */
  retirement_overridden_at: MaybeInstant,
  retirement_overridden_by: z.string().nullable(),
  /** The published version that is newer; a hint, null when there is none. */
  newer_version: z.string().nullable(),
});
export type PackVersion = z.infer<typeof PackVersion>;

export const ActionChangeOut = z.object({
  id: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  risk_before: Risk.nullable(),
  risk_after: Risk.nullable(),
  kind_before: z.enum(['exec', 'script']).nullable(),
  kind_after: z.enum(['exec', 'script']).nullable(),
  fields: z.array(z.string()),
  escalates: z.boolean(),
});

export const AdvertisingRunner = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  hash: z.string(),
});
export type AdvertisingRunner = z.infer<typeof AdvertisingRunner>;

/** `partial` where the caller reaches only some runners: counts then mean "at least". */
export const Coverage = z.enum(['complete', 'partial']);

export const PackVersionDetail = PackVersion.extend({
  /** What the trusted hash allows; empty when nothing is trusted. */
  trusted_actions: z.array(ActionDescriptor),
  /** What trusting the pending hash would allow; empty when nothing waits. */
  pending_actions: z.array(ActionDescriptor),
  changes: z.array(ActionChangeOut),
  unchanged_count: z.number().int(),
  /** At most 100, those with the pending hash first; all of them by page. */
  runners: z.array(AdvertisingRunner),
  coverage: Coverage,
  /** Actions for which runners advertise different contents under the pending hash: trusting it is refused. */
  disputed_actions: z.array(z.string()),
});
export type PackVersionDetail = z.infer<typeof PackVersionDetail>;

export const PackDiff = z.object({
  trusted_hash: z.string().nullable(),
  pending_hash: z.string().nullable(),
  /** Escalations first, then what is added, changed, removed. */
  changes: z.array(ActionChangeOut),
  unchanged_count: z.number().int(),
  /** Ids of new critical actions, and of those whose risk rises. */
  added_critical: z.array(z.string()),
  risk_escalations: z.array(z.string()),
});
export type PackDiff = z.infer<typeof PackDiff>;

/** A pack id with all its versions counted together. */
export const Pack = z.object({
  id: z.string(),
  versions_count: z.number().int(),
  needs_decision_count: z.number().int(),
  runners_count: z.number().int(),
  /** The newest version that was ever advertised. */
  newest_version: z.string(),
  last_seen_at: Instant,
});
export type Pack = z.infer<typeof Pack>;

export const Decision = z.object({ expected_hash: PackHash });

export const listPackVersions = route({
  method: 'GET',
  path: '/pack-versions',
  permission: 'packs.view',
  summary: 'Every pack version ever advertised here, what waits for a decision first',
  query: z.object({ state: PackVersionState.optional(), pack: z.string().max(128).optional() }),
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
export const diffPackVersion = route({
  method: 'GET',
  path: '/pack-versions/:id/diff',
  permission: 'packs.view',
  summary: 'What trusting the waiting bytes would change, against what was trusted last',
  params: ById,
  output: PackDiff,
});
export const listPackVersionRunners = route({
  method: 'GET',
  path: '/pack-versions/:id/runners',
  permission: 'packs.view',
  summary: 'Runners that advertise any hash of this version, those with the waiting one first',
  params: ById,
  query: PageQuery,
  output: pageOf(AdvertisingRunner).extend({ coverage: Coverage }),
});
export const listPackVersionActions = route({
  method: 'GET',
  path: '/pack-versions/:id/actions',
  permission: 'packs.view',
  summary: 'Every action that its trusted bytes allow and that its waiting bytes would',
  params: ById,
  output: z.object({ trusted: z.array(ActionDescriptor), pending: z.array(ActionDescriptor) }),
});
export const revokePackVersion = route({
  method: 'POST',
  path: '/pack-versions/:id/revoke-trust',
  permission: 'packs.manage',
  summary: 'Takes trust back from exactly the hash that was shown; nothing of it is handed over any more',
  refusals: ['pack_moved', 'nothing_to_revoke'],
  params: ById,
  body: Decision,
  output: PackVersion,
});
export const overridePackRetirement = route({
  method: 'POST',
  path: '/pack-versions/:id/override-retirement',
  permission: 'packs.manage',
  summary: 'Lets a retired version run all the same, in exactly the trusted bytes that were shown',
  refusals: ['pack_moved', 'nothing_to_override'],
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
export const listPacks = route({
  method: 'GET',
  path: '/packs',
  permission: 'packs.view',
  summary: 'Packs by id, the versions of each counted together',
  query: PageQuery.extend({ q: z.string().max(200).optional() }),
  output: pageOf(Pack),
});
export const getPack = route({
  method: 'GET',
  path: '/packs/:id',
  permission: 'packs.view',
  summary: 'Every version of one pack, the newest first',
  params: ById,
  output: Pack.extend({ versions: z.array(PackVersion) }),
});
export const deletePack = route({
  method: 'DELETE',
  path: '/packs/:id',
  permission: 'packs.manage',
  summary: 'Deletes every version of a pack, trust included; what hosts still carry waits for a new decision',
  params: ById,
  output: z.object({ deleted: z.literal(true), id: z.string(), versions: z.array(z.string()) }),
});
