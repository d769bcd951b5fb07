// Reading the trail from where one stopped, for who acts on what happened: numbers of an account have no gaps and
// become visible in their order, so that nothing between two readings is missed.
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Sql = Kysely<Schema>;

export interface TailEvent {
  seq: number;
  type: string;
  targetId: string | null;
  at: number;
}

/** Number of the newest event of the account; 0 before the first. */
export async function newestSeq(sql: Sql, accountId: string): Promise<number> {
  const head = await sql
    .selectFrom('audit_heads')
    .select('seq')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return head?.seq ?? 0;
}

/** Of these types, after `after` and up to `upTo`, oldest first. */
export async function eventsBetween(
  sql: Sql,
  accountId: string,
  range: { after: number; upTo: number; types: readonly string[]; limit: number },
): Promise<TailEvent[]> {
  const rows = await sql
    .selectFrom('audit_events')
    .select(['chain_seq', 'event_type', 'target_id', 'occurred_at'])
    .where('account_id', '=', accountId)
    .where('chain_seq', '>', range.after)
    .where('chain_seq', '<=', range.upTo)
    .where('event_type', 'in', [...range.types])
    .orderBy('chain_seq')
    .limit(range.limit)
    .execute();
  return rows.map((row) => ({
    seq: row.chain_seq ?? 0,
    type: row.event_type,
    targetId: row.target_id,
    at: row.occurred_at,
  }));
}
