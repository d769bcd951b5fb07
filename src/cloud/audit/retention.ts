// Letting events go after their time: always from the beginning of the chain, whose new beginning is kept, so
// that what is left can still be proven.
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import { systemActor, type Audit } from './audit.ts';

const DAY_MS = 24 * 3600_000;

/** One event tells how many went; none when nothing did. */
export async function forgetOldEvents(parts: {
  database: Database;
  clock: Clock;
  audit: Audit;
}): Promise<void> {
  const accounts = await parts.database.read
    .selectFrom('accounts')
    .select(['id', 'audit_retention_days'])
    .where('audit_retention_days', 'is not', null)
    .execute();
  for (const { id, audit_retention_days: days } of accounts) {
    if (days === null) continue;
    await parts.database.write((tx) => forget(parts.audit, tx, id, parts.clock.now() - days * DAY_MS));
  }
}

async function forget(audit: Audit, tx: Tx, accountId: string, before: number): Promise<void> {
  // Clocks step back now and then: what goes is everything up to the last event that is old enough.
  const last = await tx.sql
    .selectFrom('audit_events')
    .select(['chain_seq', 'hash'])
    .where('account_id', '=', accountId)
    .where('chain_seq', 'is not', null)
    .where('occurred_at', '<', before)
    .orderBy('chain_seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!last || last.chain_seq === null || last.hash === null) return;
  const gone = await tx.sql
    .deleteFrom('audit_events')
    .where('account_id', '=', accountId)
    .where('chain_seq', '<=', last.chain_seq)
    .executeTakeFirst();
  await tx.sql
    .updateTable('audit_heads')
    .set({ anchor_seq: last.chain_seq, anchor_hash: last.hash })
    .where('account_id', '=', accountId)
    .execute();
  await audit.record(tx, {
    accountId,
    actor: systemActor,
    event: 'audit.retention_swept',
    payload: { events: Number(gone.numDeletedRows), up_to_seq: last.chain_seq },
  });
}
