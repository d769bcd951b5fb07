// What one runner advertises, with what stands in the way of each action. Trust in bytes is the packs' word,
// policy is policy's; here the two meet the runner's own state.
import type { RunnerAction } from '../../protocol/api/runners.ts';
import { Refusal } from '../../protocol/errors.ts';
import { may, type Role } from '../../protocol/permission.ts';
import { reachesPack, type Scoped } from '../../protocol/scope.ts';
import type { Database } from '../database/database.ts';
import type { Offers } from '../packs/offers.ts';
import type { Policy } from '../policy/policy.ts';
import { blockOfRunner } from './runner-block.ts';
import { findByReference } from './store.ts';

export interface RunnerActions {
  /** By action id. Refuses `runner_not_found`. */
  of(asked: Scoped & { role: Role }, reference: string): Promise<RunnerAction[]>;
}

export function createRunnerActions(parts: {
  database: Database;
  offers: Offers;
  policy: Policy;
}): RunnerActions {
  const { database, offers, policy } = parts;
  return {
    of: async (asked, reference) => {
      const { accountId, reach } = asked;
      const runner = await findByReference(database.read, asked, reference);
      if (!runner) throw new Refusal('runner_not_found');
      const wanted = { accountId, runnerIds: [runner.id], actionId: null };
      const offered = (await offers.find(database.read, wanted)).filter(({ packId }) =>
        reachesPack(reach, packId),
      );
      const contracts = await offers.contracts(
        database.read,
        offered.map((offer) => offer.contractDigest),
      );
      const book = await policy.read(database.read, accountId, [{ id: runner.id, group: runner.group_name }]);
      const actions = offered.flatMap((offer) => {
        const contract = contracts.get(offer.contractDigest);
        if (!contract) return [];
        const missing = offer.missingExecutable;
        const action = {
          ...contract.descriptor,
          primary_executable_available: missing === null && offer.blockedBy !== 'action_unavailable',
          ...(missing === null ? {} : { missing_executable: missing }),
        };
        const { decision } = book.decide({ id: runner.id, group: runner.group_name }, action);
        const byPolicy = decision === 'deny' ? 'denied_by_policy' : null;
        const byRole = may(asked.role, 'runs.dispatch') ? null : 'insufficient_privileges';
        const blocked_by = blockOfRunner(runner) ?? offer.blockedBy ?? byPolicy ?? byRole;
        const { packVersion: pack_version, packHash: pack_hash } = offer;
        return [{ action, pack_version, pack_hash, blocked_by, policy: decision }];
      });
      return actions.sort((a, b) => (a.action.id < b.action.id ? -1 : 1));
    },
  };
}
