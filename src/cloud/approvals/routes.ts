// The HTTP of approvals: the calls of protocol/api/approvals.ts mapped to the door.
import type { z } from 'zod';
import * as api from '../../protocol/api/approvals.ts';
import type { GrantWish } from '../grants/mint.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Approvals } from './approvals.ts';

export function approvalRoutes(approvals: Approvals): BoundRoute[] {
  return [
    bind(api.listApprovals, ({ caller, query }) => approvals.list(caller, query)),
    bind(api.getApproval, ({ caller, params }) => approvals.detail(caller, params.id)),
    bind(api.approve, ({ caller, params, body }) =>
      approvals.approve(caller, params.id, body.note, wishOf(body)),
    ),
    bind(api.deny, ({ caller, params, body }) => approvals.deny(caller, params.id, body.note)),
    bind(api.approveOperation, async ({ caller, params, body }) => ({
      results: await approvals.approveOperation(caller, params.id, body.note),
    })),
  ];
}

function wishOf({ duration, scope, max_uses }: z.output<typeof api.ApproveBody>): GrantWish | undefined {
  if (duration === undefined) return undefined;
  return { duration, scope: scope ?? { args: 'exact', runner: 'this' }, maxUses: max_uses ?? null };
}
