// The HTTP of standing grants: the calls of protocol/api/grants.ts mapped to the door.
import * as api from '../../protocol/api/grants.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Grants } from './grants.ts';

export function grantRoutes(grants: Grants): BoundRoute[] {
  return [
    bind(api.listGrants, ({ caller, query }) => grants.list(caller, query)),
    bind(api.revokeGrant, ({ caller, params }) => grants.revoke(caller, params.id)),
    bind(api.revokeAllGrants, async ({ caller, body }) => {
      const dry_run = body.dry_run === true;
      return { dry_run, grants: await grants.revokeAll(caller, dry_run) };
    }),
    bind(api.getGrantCap, ({ caller }) => grants.cap(caller.accountId)),
    bind(api.putGrantCap, ({ caller, body }) => grants.setCap(caller, body.max_seconds)),
  ];
}
