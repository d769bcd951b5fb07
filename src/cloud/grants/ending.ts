// How standing grants end before their time: one by one, or all of them with the account's cap.
import { fullReach } from '../../protocol/scope.ts';
import type { Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import type { GrantParts } from './grants.ts';
import * as store from './store.ts';
import { grantTarget } from './target.ts';

/** One that was revoked before stays as it is. */
export async function endGrant(
  { clock, audit, outbox }: GrantParts,
  tx: Tx,
  row: store.GrantRow,
  actor: Actor,
): Promise<void> {
  if (!(await store.markRevoked(tx.sql, row.id, actor.label, clock.now()))) return;
  const accountId = row.account_id;
  await audit.record(tx, {
    accountId,
    actor,
    event: 'approval.grant_revoked',
    target: grantTarget(row),
    payload: { approval_id: row.approval_id, token_id: row.token_id, uses_count: row.uses_count },
  });
  outbox.add(tx, { topic: 'grants', type: 'grant.revoked', accountId, grantId: row.id });
}

/** How many grants it revoked. Turning them off means every one, whoever reaches it. */
export async function setCap(
  parts: GrantParts,
  { accountId, actor }: Caller,
  maxSeconds: number | null,
): Promise<number> {
  return parts.database.write(async (tx) => {
    const before = await store.selectCap(tx.sql, accountId);
    await store.writeCap(tx.sql, accountId, maxSeconds);
    await parts.audit.record(tx, {
      accountId,
      actor,
      event: 'account.max_grant_lifetime_set',
      payload: { before, after: maxSeconds },
    });
    const ended =
      maxSeconds === 0
        ? await store.selectUnended(tx.sql, { accountId, reach: fullReach }, parts.clock.now())
        : [];
    for (const row of ended) await endGrant(parts, tx, row, actor);
    return ended.length;
  });
}
