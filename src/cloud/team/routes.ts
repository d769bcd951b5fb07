// The HTTP of the team: the calls of protocol/api/members.ts mapped to the door.
import * as api from '../../protocol/api/members.ts';
import { bind, bindPublic, type BoundRoute, type PublicRoute } from '../http/bound-route.ts';
import type { Team } from './team.ts';

export function teamRoutes(team: Team): BoundRoute[] {
  return [
    bind(api.listMembers, async ({ caller }) => ({ items: await team.list(caller) })),
    bind(api.getMember, ({ caller, params }) => team.get(caller, params.id)),
    bind(api.inviteMember, ({ caller, body }) => team.invite(caller, body)),
    bind(api.resendInvitation, ({ caller, params }) => team.resend(caller, params.id)),
    bind(api.updateMember, ({ caller, params, body }) => team.update(caller, params.id, body)),
    bind(api.updateMe, ({ caller, body }) => team.setOwnEmail(caller, body.email)),
    bind(api.suspendMember, ({ caller, params }) => team.suspend(caller, params.id)),
    bind(api.reinstateMember, ({ caller, params }) => team.reinstate(caller, params.id)),
    bind(api.endSessions, ({ caller, params }) => team.endSessions(caller, params.id)),
    bind(api.removeMember, async ({ caller, params }) => ({
      removed: true as const,
      ...(await team.remove(caller, params.id)),
    })),
  ];
}

/** What somebody without a token may ask. */
export function publicTeamRoutes(team: Team): PublicRoute[] {
  return [
    bindPublic(api.acceptInvitation, ({ body, ipAddress }) =>
      team.accept({ code: body.code, tokenName: body.token_name, ipAddress }),
    ),
  ];
}
