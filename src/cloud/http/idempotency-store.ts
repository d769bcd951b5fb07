// All SQL of idempotency keys.
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Sql = Kysely<Schema>;

export interface KeyOf {
  memberId: string;
  key: string;
}

/** False when it is taken. Another transaction that is taking it is waited for: then it is taken, or free again. */
export async function claimKey(
  sql: Sql,
  { memberId, key, digest, at, keptSince }: KeyOf & { digest: string; at: number; keptSince: number },
): Promise<boolean> {
  await sql
    .deleteFrom('idempotency_keys')
    .where('member_id', '=', memberId)
    .where('idempotency_key', '=', key)
    .where('created_at', '<=', keptSince)
    .execute();
  const { numInsertedOrUpdatedRows } = await sql
    .insertInto('idempotency_keys')
    .values({
      member_id: memberId,
      idempotency_key: key,
      digest,
      answer: '',
      holds_secrets: 0,
      created_at: at,
    })
    .onConflict((conflict) => conflict.columns(['member_id', 'idempotency_key']).doNothing())
    .executeTakeFirstOrThrow();
  return Number(numInsertedOrUpdatedRows) === 1;
}

export async function keepAnswer(
  sql: Sql,
  { memberId, key }: KeyOf,
  kept: { answer: string; holds_secrets: 0 | 1 },
): Promise<void> {
  await sql
    .updateTable('idempotency_keys')
    .set(kept)
    .where('member_id', '=', memberId)
    .where('idempotency_key', '=', key)
    .execute();
}

export async function selectKey(sql: Sql, { memberId, key }: KeyOf) {
  return sql
    .selectFrom('idempotency_keys')
    .selectAll()
    .where('member_id', '=', memberId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst();
}

export async function deleteKeysUntil(sql: Sql, at: number): Promise<void> {
  await sql.deleteFrom('idempotency_keys').where('created_at', '<=', at).execute();
}
