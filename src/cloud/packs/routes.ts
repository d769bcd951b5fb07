// The HTTP of packs: the calls of protocol/api/packs.ts mapped to the door.
import {
  deletePackVersion,
  getPackVersion,
  listPackVersions,
  rejectPackVersion,
  revokePackVersion,
  trustPackVersion,
} from '../../protocol/api/packs.ts';
import { bind, type BoundRoute, type Caller } from '../http/bound-route.ts';
import type { Decide } from './decision.ts';
import type { Packs } from './packs.ts';

export function packRoutes(packs: Packs): BoundRoute[] {
  return [
    bind(listPackVersions, async ({ caller, query }) => ({
      items: await packs.list(caller, {
        ...(query.state && { state: query.state }),
        ...(query.pack !== undefined && { packId: query.pack }),
      }),
    })),
    bind(getPackVersion, ({ caller, params }) => packs.detail(caller, params.id)),
    bind(trustPackVersion, ({ caller, params, body }) => packs.trust(decisionOf(caller, params.id, body))),
    bind(rejectPackVersion, ({ caller, params, body }) => packs.reject(decisionOf(caller, params.id, body))),
    bind(deletePackVersion, async ({ caller, params }) => ({
      deleted: true as const,
      ...(await packs.remove({ ...scopeOf(caller), reference: params.id, actor: caller.actor })),
    })),
    bind(revokePackVersion, ({ caller, params, body }) => packs.revoke(decisionOf(caller, params.id, body))),
  ];
}

function decisionOf(caller: Caller, reference: string, body: { expected_hash: string }): Decide {
  return { ...scopeOf(caller), reference, expectedHash: body.expected_hash, actor: caller.actor };
}

function scopeOf({ accountId, reach }: Caller) {
  return { accountId, reach };
}
