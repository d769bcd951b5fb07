// A run that waited for approval goes on, if it still is what was approved and nothing stands in its way now
// (C32): trust, the program, the runner and what who asked may do are looked at once more.
import { Refusal } from '../../protocol/errors.ts';
import { may } from '../../protocol/permission.ts';
import { fullReach, reachesPack, reachesRunner } from '../../protocol/scope.ts';
import type { BoundRun, WaitingRuns } from '../approvals/approvals.ts';
import type { Tx } from '../database/database.ts';
import { endRun } from './end-run.ts';
import { advanceOperation } from './pacing.ts';
import { tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { moveRun, selectRun, selectRunnerFacts } from './store.ts';

export function createWaitingRuns(parts: RunParts): WaitingRuns {
  return {
    checkRelease: async (tx, bound) => void (await checked(parts, tx, bound)),
    release: async (tx, bound) => {
      const run = await checked(parts, tx, bound);
      // It queues from now on: the day that it waited for people must not count as silence of its runner.
      const queued = { status: 'pending', queued_at: parts.clock.now() } as const;
      if (!(await moveRun(tx.sql, run.id, ['pending_approval'], queued))) throw new Refusal('run_cancelled');
      tellRun(parts, tx, 'run.updated', run);
      if (run.turn === null) tx.afterCommit(() => parts.offer([run.runner_id]));
      else await advanceOperation(parts, tx, run.operation_id);
    },
    withdraw: async (tx, bound, { cause, explanation, actor }) => {
      const run = await find(tx, bound);
      if (run) {
        const end = { status: 'cancelled' as const, cause, explanation, actor };
        await endRun(parts, tx, run, { ...end, from: ['pending_approval'] });
      }
    },
  };
}

function find(tx: Tx, bound: BoundRun): Promise<RunRow | undefined> {
  return selectRun(tx.sql, { accountId: bound.account_id, reach: fullReach }, bound.run_id);
}

async function checked(parts: RunParts, tx: Tx, bound: BoundRun): Promise<RunRow> {
  const run = await find(tx, bound);
  if (run?.status !== 'pending_approval') throw new Refusal('run_cancelled');
  const isBound =
    run.pack_hash === bound.pack_hash &&
    run.action_id === bound.action_id &&
    run.args_sha256 === bound.args_sha256 &&
    run.runner_id === bound.runner_id;
  if (!isBound)
    throw new Refusal('action_contract_changed', 'Cannot approve: the run is not what was asked for');
  await checkRunner(parts, tx, run);
  await checkOffer(parts, tx, run);
  return run;
}

async function checkRunner(parts: RunParts, tx: Tx, run: RunRow): Promise<void> {
  const runner = await selectRunnerFacts(tx.sql, run.runner_id);
  if (!runner || runner.deleted_at !== null) throw new Refusal('runner_not_found');
  if (runner.disabled_at !== null) throw new Refusal('runner_disabled');
  if (runner.revoked_at !== null) throw new Refusal('runner_revoked');
  if (runner.held_at !== null) throw new Refusal('runner_held');
  if (runner.signed_only === 1) throw new Refusal('runner_requires_attestation');
  const { account_id: accountId, requested_by: memberId, token_id: tokenId } = run;
  const requester = await parts.members.authority(tx.sql, accountId, memberId, tokenId);
  if (!requester || !may(requester.role, 'runs.dispatch')) {
    throw new Refusal(
      'insufficient_privileges',
      `Cannot approve: ${run.requested_by_name}, who asked, may not start runs any more`,
    );
  }
  if (!reachesRunner(requester.reach, { id: runner.id, group: runner.group_name }))
    throw new Refusal('runner_out_of_scope');
  if (!reachesPack(requester.reach, run.pack_id)) throw new Refusal('pack_out_of_scope');
}

async function checkOffer(parts: RunParts, tx: Tx, run: RunRow): Promise<void> {
  const of = { accountId: run.account_id, runnerIds: [run.runner_id], actionId: run.action_id };
  const [offer] = await parts.offers.find(tx.sql, of);
  if (!offer) throw new Refusal('action_not_found');
  if (offer.blockedBy !== null) throw new Refusal(offer.blockedBy);
  if (offer.packHash !== run.pack_hash) {
    throw new Refusal('pack_untrusted', 'Cannot approve: the host carries other bytes than those asked for');
  }
  if (offer.contractDigest !== run.contract_digest) throw new Refusal('action_contract_changed');
}
