// HTTP of who is asking and of their own tokens.
import type { z } from 'zod';
import * as api from '../../protocol/api/session.ts';
import { permissionsOf } from '../../protocol/permission.ts';
import { instant } from '../clock.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Authenticated, Tokens } from './tokens.ts';

export function tokenRoutes(
  tokens: Tokens,
  server: { product: 'emisar-cloud'; version: string },
): BoundRoute[] {
  const wishOf = (body: z.output<(typeof api.mintToken)['body']>) => ({
    name: body.name,
    scope: body.scope,
    expiresInMs: body.expires_in_seconds === undefined ? null : body.expires_in_seconds * 1000,
  });
  return [
    bind(api.getMe, async ({ caller }) => {
      // The mount hands on what authenticate answered.
      const who = caller as Authenticated;
      return {
        server,
        account: { id: who.accountId, name: who.accountName },
        member: { id: who.memberId, name: who.memberName, role: who.role },
        token: { id: who.tokenId, name: who.tokenName, expires_at: instant(who.tokenExpiresAt) },
        permissions: permissionsOf(who.role),
        ...(who.actingAs && { acting_as: who.actingAs }),
      };
    }),
    bind(api.listTokens, ({ caller, query }) => tokens.list(caller, query)),
    bind(api.mintToken, ({ caller, body }) => tokens.mintOwn(caller, wishOf(body))),
    bind(api.revokeToken, ({ caller, params }) => tokens.revoke(caller, params.id)),
  ];
}
