// The audit trail: who did what to what, when. Append-only; events are never changed, only let go after their time.
import { z } from 'zod';
import { AuditCategory, AuditOutcome } from '../audit.ts';
import { ById, Instant, PageQuery, pageOf, route } from './route.ts';

const Named = z.object({ kind: z.string(), id: z.string().nullable(), label: z.string() });

export const AuditEvent = z.object({
  id: z.string(),
  /** Number in the chain of the account, from 1. */
  seq: z.number().int(),
  occurred_at: Instant,
  event_type: z.string(),
  outcome: AuditOutcome,
  category: AuditCategory,
  actor: Named,
  token_id: z.string().nullable(),
  ip_address: z.string().nullable(),
  target: Named.nullable(),
  /** The runner and the pack that it is about, if any. */
  runner_id: z.string().nullable(),
  pack_id: z.string().nullable(),
  /** Joins the events of one run. */
  request_id: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
  hash: z.string(),
});
export type AuditEvent = z.infer<typeof AuditEvent>;

/** Lists with commas between are any of them. */
export const AuditFacets = z.object({
  type: z.string().max(1000).optional(),
  category: AuditCategory.optional(),
  outcome: z.string().max(40).optional(),
  actor: z.string().max(128).optional(),
  actor_kind: z.enum(['member', 'runner', 'system']).optional(),
  /** Id or exact label. */
  target: z.string().max(255).optional(),
  target_kind: z.string().max(40).optional(),
  request_id: z.string().max(64).optional(),
  since: Instant.optional(),
  until: Instant.optional(),
  /** Part of a type, a label or the payload. */
  q: z.string().max(200).optional(),
});
export type AuditFacets = z.infer<typeof AuditFacets>;

export const listAuditEvents = route({
  method: 'GET',
  path: '/audit/events',
  permission: 'audit.view',
  summary: 'What happened, newest first, or oldest first with order=asc',
  query: PageQuery.extend({ ...AuditFacets.shape, order: z.enum(['asc', 'desc']).default('desc') }),
  output: pageOf(AuditEvent),
});
export const getAuditEvent = route({
  method: 'GET',
  path: '/audit/events/:id',
  permission: 'audit.view',
  summary: 'One event in full',
  params: ById,
  output: AuditEvent,
});
export const listAuditEventTypes = route({
  method: 'GET',
  path: '/audit/event-types',
  permission: 'audit.view',
  summary: 'Names of events that occurred in reach, with how often',
  output: z.object({
    items: z.array(
      z.object({
        event_type: z.string(),
        count: z.number().int(),
        outcome: AuditOutcome,
        category: AuditCategory,
      }),
    ),
  }),
});
/** Lines of JSON, oldest first. The header `x-next-cursor` is there whenever rows came back. */
export const exportAudit = route({
  method: 'GET',
  path: '/audit/export',
  permission: 'audit.export',
  summary: 'The trail forward, as NDJSON, for a collector that remembers its cursor',
  query: PageQuery.extend({ since: Instant.optional(), type: z.string().max(1000).optional() }),
  output: z.string(),
  mediaType: 'application/x-ndjson',
});

export const AuditRetention = z.object({
  /** Null keeps everything. */
  days: z.number().int().min(1).max(3650).nullable(),
});
export const getAuditRetention = route({
  method: 'GET',
  path: '/settings/audit-retention',
  permission: 'audit.view',
  summary: 'How long events are kept',
  output: AuditRetention,
});
export const setAuditRetention = route({
  method: 'PUT',
  path: '/settings/audit-retention',
  permission: 'account.manage',
  summary: 'Sets how long events are kept; older ones go at the next daily sweep',
  body: AuditRetention,
  output: AuditRetention,
});
