// Putting an event at the end of its account's chain. The row of the head is changed first in every such
// transaction, so that two that race on one account follow one another on either engine.
import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import { CHAIN_START, chainText, type ChainedEvent } from '../../protocol/audit.ts';
import type { Tx } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';

export type UnchainedEvent = Omit<ChainedEvent, 'seq'>;
type Row = Insertable<Schema['audit_events']> & { actor_kind: 'member' | 'runner' | 'system' };

export function chainHash(previousHash: string, event: ChainedEvent): string {
  return createHash('sha256').update(chainText(previousHash, event)).digest('hex');
}

export async function chainOn(tx: Tx, event: UnchainedEvent & Pick<Row, 'actor_kind'>): Promise<void> {
  const head = (await nextSeq(tx, event.account_id)) ?? (await beginChain(tx, event.account_id));
  const hash = chainHash(head.hash, { ...event, seq: head.seq });
  await tx.sql
    .insertInto('audit_events')
    .values({ ...event, chain_seq: head.seq, hash })
    .execute();
  await tx.sql.updateTable('audit_heads').set({ hash }).where('account_id', '=', event.account_id).execute();
}

/** Takes the next number; the hash is still that of the event before. */
async function nextSeq(tx: Tx, accountId: string): Promise<{ seq: number; hash: string } | undefined> {
  return tx.sql
    .updateTable('audit_heads')
    .set((eb) => ({ seq: eb('seq', '+', 1) }))
    .where('account_id', '=', accountId)
    .returning(['seq', 'hash'])
    .executeTakeFirst();
}

// The first event of an account, or the first since there is a chain: then the older ones come before it.
async function beginChain(tx: Tx, accountId: string): Promise<{ seq: number; hash: string }> {
  await tx.sql
    .insertInto('audit_heads')
    .values({ account_id: accountId, seq: 0, hash: CHAIN_START, anchor_seq: 0, anchor_hash: CHAIN_START })
    .onConflict((oc) => oc.column('account_id').doNothing())
    .execute();
  const older = await tx.sql
    .selectFrom('audit_events')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('chain_seq', 'is', null)
    .orderBy('position')
    .execute();
  let hash = CHAIN_START;
  for (const [at, row] of older.entries()) {
    hash = chainHash(hash, { ...row, seq: at + 1 });
    await tx.sql
      .updateTable('audit_events')
      .set({ chain_seq: at + 1, hash })
      .where('id', '=', row.id)
      .execute();
  }
  const seq = older.length + 1;
  await tx.sql.updateTable('audit_heads').set({ seq, hash }).where('account_id', '=', accountId).execute();
  return { seq, hash };
}
