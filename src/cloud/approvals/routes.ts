// The HTTP of approvals: the calls of protocol/api/approvals.ts mapped to the door.
import * as api from '../../protocol/api/approvals.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Approvals } from './approvals.ts';

export function approvalRoutes(approvals: Approvals): BoundRoute[] {
  return [
    bind(api.listApprovals, ({ caller, query }) => approvals.list(caller, query)),
    bind(api.getApproval, ({ caller, params }) => approvals.detail(caller, params.id)),
    bind(api.approve, ({ caller, params, body }) => approvals.approve(caller, params.id, body.note)),
    bind(api.deny, ({ caller, params, body }) => approvals.deny(caller, params.id, body.note)),
    bind(api.approveOperation, async ({ caller, params, body }) => ({
      results: await approvals.approveOperation(caller, params.id, body.note),
    })),
  ];
}
