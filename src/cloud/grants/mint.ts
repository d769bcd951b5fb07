// Making a standing grant, in the transaction of the approval that decides.
import { Refusal } from '../../protocol/errors.ts';
import { grantWindowSeconds, isWithinCap, type GrantScope, type GrantWindow } from '../../protocol/grant.ts';
import { createId } from '../../protocol/ids.ts';
import type { Risk } from '../../protocol/risk.ts';
import type { Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import type { GrantParts } from './grants.ts';
import * as store from './store.ts';
import { grantTarget } from './target.ts';

/** What people ask for beside their approval. */
export interface GrantWish {
  duration: GrantWindow;
  scope: GrantScope;
  maxUses: number | null;
}

/** The decision that it is made with. */
export interface GrantOrder {
  wish: GrantWish;
  approval: {
    id: string;
    run_id: string;
    action_id: string;
    risk: Risk;
    pack_id: string;
    pack_version: string;
    pack_hash: string;
    args_sha256: string;
    args_shown: string;
    runner_id: string;
    runner_name: string;
    token_id: string | null;
  };
  /** People behind the decision, and those among them who had not asked themselves. */
  approvers: number;
  otherApprovers: number;
}

/**
 * Refuses `grant_exceeds_account_max_lifetime`, `grant_token_ended`, `unrestricted_access_required`: nobody gives
 * for any runner who does not reach every one.
 */
export async function mintGrant(
  parts: GrantParts,
  tx: Tx,
  caller: Caller,
  { wish, approval, approvers, otherApprovers }: GrantOrder,
): Promise<string> {
  const { accountId, actor } = caller;
  const now = parts.clock.now();
  if (!isWithinCap(wish.duration, await store.selectCap(tx.sql, accountId)))
    throw new Refusal('grant_exceeds_account_max_lifetime');
  if (wish.scope.runner === 'any' && caller.reach.runners !== 'all')
    throw new Refusal(
      'unrestricted_access_required',
      'Cannot grant for any runner: you do not reach every runner',
    );
  const token =
    approval.token_id === null ? undefined : await store.selectToken(tx.sql, accountId, approval.token_id);
  const isExpired = token !== undefined && token.expires_at !== null && token.expires_at <= now;
  if (!token || token.revoked_at !== null || isExpired) throw new Refusal('grant_token_ended');
  const { id: approvalId, run_id, action_id, risk, pack_id, pack_version, pack_hash } = approval;
  const isAnyRunner = wish.scope.runner === 'any';
  const isAnyArgs = wish.scope.args === 'any';
  const row = {
    id: createId('grant', parts.random),
    account_id: accountId,
    approval_id: approvalId,
    ...{ run_id, action_id, risk, pack_id, pack_version, pack_hash },
    token_id: token.id,
    runner_id: isAnyRunner ? null : approval.runner_id,
    runner_name: isAnyRunner ? null : approval.runner_name,
    args_sha256: isAnyArgs ? null : approval.args_sha256,
    args_shown: isAnyArgs ? null : approval.args_shown,
    duration: wish.duration,
    approvers,
    other_approvers: otherApprovers,
    granted_by: caller.memberName,
    granted_at: now,
    expires_at: now + grantWindowSeconds[wish.duration] * 1000,
    max_uses: wish.maxUses,
    uses_count: 1,
    last_used_at: now,
  };
  await store.insertGrant(tx.sql, row);
  await parts.audit.record(tx, {
    accountId,
    actor,
    event: 'approval.grant_created',
    target: grantTarget({ ...row, token_name: token.name }),
    payload: {
      approval_id: approvalId,
      run_id,
      token_id: token.id,
      duration: wish.duration,
      scope: wish.scope,
      max_uses: wish.maxUses,
      pack_hash,
      args_sha256: row.args_sha256,
    },
  });
  parts.outbox.add(tx, { topic: 'grants', type: 'grant.created', accountId, grantId: row.id });
  return row.id;
}
