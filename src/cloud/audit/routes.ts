// The HTTP of the trail: the calls of protocol/api/audit.ts mapped to the door.
import * as api from '../../protocol/api/audit.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import { bind, bindText, type BoundRoute } from '../http/bound-route.ts';
import type { AuditTrail } from './trail.ts';

export function auditRoutes(trail: AuditTrail): BoundRoute[] {
  return [
    bind(api.listAuditEvents, ({ caller, query }) => trail.list(caller, query)),
    bind(api.listAuditEventTypes, async ({ caller }) => ({ items: await trail.eventTypes(caller) })),
    bind(api.getAuditEvent, ({ caller, params }) => trail.event(caller, params.id)),
    bindText(api.exportAudit, async ({ caller, query }) => {
      const { lines, nextCursor, more } = await trail.export(caller, query);
      const cursor: Record<string, string> = nextCursor === null ? {} : { 'x-next-cursor': nextCursor };
      const next = `<${API_PREFIX}${api.exportAudit.path}?cursor=${nextCursor}>; rel="next"`;
      return { text: lines, headers: { ...cursor, ...(more ? { link: next } : {}) } };
    }),
    bind(api.getAuditRetention, ({ caller }) => trail.retention(caller.accountId)),
    bind(api.setAuditRetention, ({ caller, body }) => trail.setRetention(caller, body.days)),
  ];
}
