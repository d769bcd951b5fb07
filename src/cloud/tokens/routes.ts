// HTTP of who is asking and of their own tokens.
import type { z } from 'zod';
import * as deviceApi from '../../protocol/api/devices.ts';
import * as api from '../../protocol/api/session.ts';
import { permissionsOf } from '../../protocol/permission.ts';
import { instant } from '../clock.ts';
import { bind, bindPublic, type BoundRoute, type PublicRoute } from '../http/bound-route.ts';
import type { Devices } from './devices.ts';
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

export function deviceRoutes(devices: Devices): BoundRoute[] {
  return [
    bind(deviceApi.listDevices, async ({ caller }) => ({ items: await devices.list(caller) })),
    bind(deviceApi.approveDevice, ({ caller, body }) => devices.decide(caller, body, 'approved')),
    bind(deviceApi.denyDevice, ({ caller, body }) => devices.decide(caller, body, 'denied')),
  ];
}

/** What a device without a token may ask. */
export function publicDeviceRoutes(devices: Devices): PublicRoute[] {
  return [
    bindPublic(deviceApi.requestDevice, ({ body, ipAddress }) =>
      devices.request({ name: body.name, ipAddress }),
    ),
    bindPublic(deviceApi.claimDeviceToken, async ({ body }) => ({
      secret: await devices.claim(body.device_code),
    })),
  ];
}
