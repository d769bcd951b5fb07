// The HTTP of packs: the calls of protocol/api/packs.ts mapped to the door.
import {
  getPackVersion,
  listPackVersions,
  rejectPackVersion,
  trustPackVersion,
} from '../../protocol/api/packs.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Packs } from './packs.ts';

export function packRoutes(packs: Packs): BoundRoute[] {
  return [
    bind(listPackVersions, async ({ caller, query }) => ({
      items: await packs.list(caller.accountId, {
        ...(query.state && { state: query.state }),
        ...(query.pack !== undefined && { packId: query.pack }),
      }),
    })),
    bind(getPackVersion, ({ caller, params }) => packs.detail(caller.accountId, params.id)),
    bind(trustPackVersion, ({ caller, params, body }) =>
      packs.trust({
        accountId: caller.accountId,
        reference: params.id,
        expectedHash: body.expected_hash,
        actor: caller.actor,
      }),
    ),
    bind(rejectPackVersion, ({ caller, params, body }) =>
      packs.reject({
        accountId: caller.accountId,
        reference: params.id,
        expectedHash: body.expected_hash,
        actor: caller.actor,
      }),
    ),
  ];
}
