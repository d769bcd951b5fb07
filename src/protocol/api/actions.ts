// The catalogue of actions as one member reaches it: what can be done, on which hosts, and what stands in the way.
import { z } from 'zod';
import { ActionDescriptor } from '../descriptor.ts';
import { PolicyDecision } from '../policy.ts';
import { Risk } from '../risk.ts';
import { RunnerState } from '../runner.ts';
import { PageQuery, pageOf, route } from './route.ts';

export const CatalogueAction = z.object({
  id: z.string(),
  /** Pack, title, summary and kind are those of the contract that most runners carry. */
  pack_id: z.string(),
  title: z.string(),
  summary: z.string(),
  kind: z.enum(['exec', 'script']),
  /** The highest of all its contracts. */
  risk: Risk,
  /** Of the packs that carry it, the newest first. */
  pack_versions: z.array(z.string()),
  /** Runners in reach that advertise it; each counts once in one of the three below. */
  runners_count: z.number().int(),
  /** It could be started there now. */
  ready_count: z.number().int(),
  /** Nothing but the runner's absence stands in the way: a run would wait for it. */
  queueable_count: z.number().int(),
  /** Why it cannot be started on the others, by refusal code, the most frequent first. */
  blocked: z.array(z.object({ code: z.string(), runners_count: z.number().int() })),
  /** Of the ready and queueable: where policy holds it for approval. */
  approval_count: z.number().int(),
});
export type CatalogueAction = z.infer<typeof CatalogueAction>;

/** One way in which runners carry the action. */
export const ActionContract = z.object({
  pack_id: z.string(),
  pack_version: z.string(),
  pack_hash: z.string(),
  pack_version_id: z.string().nullable(),
  /** What trust says to it, by refusal code; null when it may run. */
  blocked_by: z.string().nullable(),
  runners_count: z.number().int(),
  action: ActionDescriptor,
});
export type ActionContract = z.infer<typeof ActionContract>;

export const ActionRunner = z.object({
  id: z.string(),
  name: z.string(),
  group: z.string(),
  state: RunnerState,
  pack_id: z.string(),
  pack_version: z.string(),
  pack_hash: z.string(),
  /** By refusal code; null when it can be started, or would wait for a runner that is away. */
  blocked_by: z.string().nullable(),
  missing_executable: z.string().nullable(),
  policy: PolicyDecision,
});
export type ActionRunner = z.infer<typeof ActionRunner>;

export const ActionDetail = CatalogueAction.extend({
  /** The one that most runners carry first. */
  contracts: z.array(ActionContract),
  /** Those that are ready first, then those that are away, then the others; each by group and name. */
  runners: pageOf(ActionRunner),
});
export type ActionDetail = z.infer<typeof ActionDetail>;

export const listActions = route({
  method: 'GET',
  path: '/actions',
  permission: 'packs.view',
  summary: 'Every action that runners in reach advertise, with where it can be started and why not elsewhere',
  query: PageQuery.extend({
    /** The id, its beginning, or words of title, search terms and summary; the best first. */
    q: z.string().max(200).optional(),
    risk: Risk.optional(),
    pack: z.string().max(128).optional(),
    /** Only on runners of this group. */
    group: z.string().max(80).optional(),
  }),
  output: pageOf(CatalogueAction),
});
/** `cursor` and `limit` page through its runners. */
export const getAction = route({
  method: 'GET',
  path: '/actions/:id',
  permission: 'packs.view',
  summary: 'One action: its contracts, and runner by runner whether it can be started there',
  params: z.object({ id: z.string().min(1).max(128) }),
  query: PageQuery.extend({ group: z.string().max(80).optional() }),
  output: ActionDetail,
});
