// The HTTP of packs: the calls of protocol/api/packs.ts mapped to the door.
import * as settingsApi from '../../protocol/api/pack-settings.ts';
import * as api from '../../protocol/api/packs.ts';
import { bind, type BoundRoute, type Caller } from '../http/bound-route.ts';
import type { Decide } from './decision.ts';
import type { Packs } from './packs.ts';

export function packRoutes(packs: Packs): BoundRoute[] {
  return [
    bind(api.listPackVersions, async ({ caller, query }) => ({
      items: await packs.list(caller, {
        ...(query.state && { state: query.state }),
        ...(query.pack !== undefined && { packId: query.pack }),
      }),
    })),
    bind(api.getPackVersion, ({ caller, params }) => packs.detail(caller, params.id)),
    bind(api.diffPackVersion, ({ caller, params }) => packs.diff(caller, params.id)),
    bind(api.listPackVersionActions, ({ caller, params }) => packs.actions(caller, params.id)),
    bind(api.listPackVersionRunners, ({ caller, params, query }) =>
      packs.advertisers(caller, params.id, query),
    ),
    ...decisionRoutes(packs),
    ...packIdRoutes(packs),
    ...settingsRoutes(packs),
  ];
}

function decisionRoutes(packs: Packs): BoundRoute[] {
  return [
    bind(api.trustPackVersion, ({ caller, params, body }) =>
      packs.trust(decisionOf(caller, params.id, body)),
    ),
    bind(api.rejectPackVersion, ({ caller, params, body }) =>
      packs.reject(decisionOf(caller, params.id, body)),
    ),
    bind(api.revokePackVersion, ({ caller, params, body }) =>
      packs.revoke(decisionOf(caller, params.id, body)),
    ),
    bind(api.overridePackRetirement, ({ caller, params, body }) =>
      packs.overrideRetirement(decisionOf(caller, params.id, body)),
    ),
    bind(api.deletePackVersion, async ({ caller, params }) => ({
      deleted: true as const,
      ...(await packs.remove({ ...scopeOf(caller), reference: params.id, actor: caller.actor })),
    })),
  ];
}

function packIdRoutes(packs: Packs): BoundRoute[] {
  return [
    bind(api.listPacks, ({ caller, query }) => packs.grouped.list(caller, query)),
    bind(api.getPack, ({ caller, params }) => packs.grouped.detail(caller, params.id)),
    bind(api.deletePack, async ({ caller, params }) => ({
      deleted: true as const,
      ...(await packs.removePack({ ...scopeOf(caller), reference: params.id, actor: caller.actor })),
    })),
  ];
}

function settingsRoutes({ settings, cleanUp }: Packs): BoundRoute[] {
  return [
    bind(settingsApi.getPackAutoTrust, async ({ caller }) => ({
      pack_auto_trust: await settings.autoTrust(caller.accountId),
    })),
    bind(settingsApi.setPackAutoTrust, async ({ caller, body }) => ({
      pack_auto_trust: await settings.setAutoTrust(caller, body.pack_auto_trust),
    })),
    bind(settingsApi.getPackRetention, async ({ caller }) =>
      retentionOf(await settings.retentionDays(caller.accountId)),
    ),
    bind(settingsApi.setPackRetention, async ({ caller, body }) =>
      retentionOf(await settings.setRetentionDays(caller, body.days)),
    ),
    bind(settingsApi.cleanUpPacks, ({ caller, body }) =>
      cleanUp(scopeOf(caller), { actor: caller.actor, dryRun: body.dry_run }),
    ),
  ];
}

function retentionOf(days: number | null) {
  // What was set is one of the days on offer.
  return { days: settingsApi.retentionDays.find((offered) => offered === days) ?? null };
}

function decisionOf(caller: Caller, reference: string, body: { expected_hash: string }): Decide {
  return { ...scopeOf(caller), reference, expectedHash: body.expected_hash, actor: caller.actor };
}

function scopeOf({ accountId, reach }: Caller) {
  return { accountId, reach };
}
