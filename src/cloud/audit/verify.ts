// Proving that no event was changed, taken out, put in or moved since it was written, and that none of the
// newest is missing: the chain of hashes from the anchor to the head.
import { chainHash } from './chain.ts';
import type { Database } from '../database/database.ts';

const PAGE = 1000;

export interface AuditProof {
  account: string;
  events: number;
  /** Number of the first event that is still kept. */
  from: number;
  /** The first thing that is wrong; null when all is well. */
  fault: { seq: number; eventId: string | null; what: AuditFault } | null;
}

export const auditFaults = {
  changed: 'was changed after it was written',
  missing: 'is missing',
  inserted: 'stands outside the chain',
  cut: 'was the newest and is missing: the end was cut',
} as const;
export type AuditFault = keyof typeof auditFaults;

/** Reads the whole chain of each account, a page at a time. */
export async function verifyAudit({ read }: Pick<Database, 'read'>): Promise<AuditProof[]> {
  const accounts = await read.selectFrom('accounts').select('id').orderBy('id').execute();
  const proofs: AuditProof[] = [];
  for (const { id } of accounts) proofs.push(await verifyAccount(read, id));
  return proofs;
}

async function verifyAccount(read: Database['read'], accountId: string): Promise<AuditProof> {
  const head = await read
    .selectFrom('audit_heads')
    .selectAll()
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  let { anchor_seq: seq, anchor_hash: hash } = head ?? { anchor_seq: 0, anchor_hash: '' };
  const proof: AuditProof = { account: accountId, events: 0, from: seq + 1, fault: null };
  const at = (number: number, eventId: string | null, what: AuditFault): AuditProof => ({
    ...proof,
    fault: { seq: number, eventId, what },
  });
  const stray = await firstStray(read, accountId);
  if (head && stray) return at(0, stray.id, 'inserted');
  for (;;) {
    const page = await read
      .selectFrom('audit_events')
      .selectAll()
      .where('account_id', '=', accountId)
      .where('chain_seq', '>', seq)
      .orderBy('chain_seq')
      .limit(PAGE)
      .execute();
    for (const row of page) {
      const number = row.chain_seq ?? 0;
      if (number !== seq + 1) return at(seq + 1, null, 'missing');
      if (chainHash(hash, { ...row, seq: number }) !== row.hash) return at(number, row.id, 'changed');
      seq = number;
      hash = row.hash;
      proof.events += 1;
    }
    if (page.length < PAGE) break;
  }
  if (head && seq < head.seq) return at(seq + 1, null, 'cut');
  // The last event may have been replaced together with its hash; the head still knows the true one.
  if (head && (seq > head.seq || hash !== head.hash)) return at(seq, null, 'changed');
  return proof;
}

function firstStray(read: Database['read'], accountId: string) {
  return read
    .selectFrom('audit_events')
    .select('id')
    .where('account_id', '=', accountId)
    .where('chain_seq', 'is', null)
    .limit(1)
    .executeTakeFirst();
}
