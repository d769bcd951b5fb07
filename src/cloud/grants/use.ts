// One use of a standing grant, in the transaction that makes the run.
import { fullReach } from '../../protocol/scope.ts';
import type { Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import type { GrantParts } from './grants.ts';
import * as store from './store.ts';
import { grantTarget } from './target.ts';

export interface GrantedRun {
  id: string;
  account_id: string;
  request_id: string;
  runner_id: string;
}

/** False when it does not stand any more, or another call took its last use: nothing is written then. */
export async function useGrant(
  { clock, audit, outbox }: GrantParts,
  tx: Tx,
  grantId: string,
  run: GrantedRun,
  actor: Actor,
): Promise<boolean> {
  if (!(await store.countUse(tx.sql, grantId, clock.now()))) return false;
  const accountId = run.account_id;
  const [grant] = await store.selectGrants(tx.sql, { accountId, reach: fullReach }, [grantId]);
  if (!grant) return false;
  await audit.record(tx, {
    accountId,
    actor,
    event: 'approval.grant_used',
    // Of the runner on which it was used, also where it stands for any.
    target: { ...grantTarget(grant), runnerId: run.runner_id },
    requestId: run.request_id,
    payload: {
      run_id: run.id,
      approval_id: grant.approval_id,
      uses_count: grant.uses_count,
      max_uses: grant.max_uses,
    },
  });
  outbox.add(tx, { topic: 'grants', type: 'grant.used', accountId, grantId });
  return true;
}
