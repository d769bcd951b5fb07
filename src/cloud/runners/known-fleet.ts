// What policy asks of the fleet: one runner, one of its actions, and every action that anybody has.
import { fullReach } from '../../protocol/scope.ts';
import type { JudgedAction } from '../../protocol/policy.ts';
import { riskRank } from '../../protocol/risk.ts';
import type { Database } from '../database/database.ts';
import type { Offers } from '../packs/offers.ts';
import type { KnownFleet } from '../policy/policy.ts';
import { findByReference } from './store.ts';

export function createKnownFleet({ database, offers }: { database: Database; offers: Offers }): KnownFleet {
  const { read } = database;
  return {
    runner: async (accountId, reference) => {
      const row = await findByReference(read, { accountId, reach: fullReach }, reference);
      return row ? { id: row.id, name: row.name, group: row.group_name } : null;
    },
    actions: async (accountId, reach) => {
      const advertised = await offers.advertised(read, { accountId, reach });
      const contracts = await offers.contracts(
        read,
        advertised.map(({ contractDigest }) => contractDigest),
      );
      const known = new Map<string, JudgedAction>();
      for (const { actionId: id, contractDigest } of advertised) {
        const risk = contracts.get(contractDigest)?.descriptor.risk;
        const before = known.get(id);
        // Two versions may call the risk of one action differently: the higher one counts.
        if (risk && (!before || riskRank(risk) > riskRank(before.risk))) known.set(id, { id, risk });
      }
      return [...known.values()];
    },
    action: async (accountId, runnerId, actionId) => {
      const [offer] = await offers.find(read, { accountId, runnerIds: [runnerId], actionId });
      if (!offer) return null;
      const contracts = await offers.contracts(read, [offer.contractDigest]);
      const risk = contracts.get(offer.contractDigest)?.descriptor.risk;
      return risk ? { id: actionId, risk, packId: offer.packId } : null;
    },
  };
}
