// SQL of runner tokens.
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;

/** The token with what decides whether it may be used. */
export function findByPrefix(db: Reader, prefix: string) {
  return db
    .selectFrom('runner_tokens as token')
    .innerJoin('runners as runner', 'runner.id', 'token.runner_id')
    .innerJoin('accounts as account', 'account.id', 'runner.account_id')
    .selectAll('token')
    .select([
      'runner.name as runner_name',
      'runner.disabled_at',
      'runner.revoked_at as runner_revoked_at',
      'runner.deleted_at',
      'account.disabled_at as account_disabled_at',
    ])
    .where('token.prefix', '=', prefix)
    .executeTakeFirst();
}

export async function insert(
  db: Transaction<Schema>,
  token: {
    id: string;
    accountId: string;
    runnerId: string;
    prefix: string;
    hash: string;
    issuedAt: number;
    expiresAt: number;
    keyId: string | null;
  },
) {
  await db
    .insertInto('runner_tokens')
    .values({
      id: token.id,
      account_id: token.accountId,
      runner_id: token.runnerId,
      prefix: token.prefix,
      hash: token.hash,
      issued_at: token.issuedAt,
      issued_via_key_id: token.keyId,
      last_used_at: null,
      expires_at: token.expiresAt,
      revoked_at: null,
    })
    .execute();
}

/** Stamps a use, in the claim's own transaction; false when the token ended meanwhile. */
export async function markUsed(db: Transaction<Schema>, id: string, at: number): Promise<boolean> {
  const done = await db
    .updateTable('runner_tokens')
    .set({ last_used_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', at)]))
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** After a refresh the old token lives on only so long. False when it ended meanwhile. */
export async function shorten(
  db: Transaction<Schema>,
  id: string,
  at: number,
  until: number,
): Promise<boolean> {
  const done = await db
    .updateTable('runner_tokens')
    .set({ expires_at: until, last_used_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export async function revokeAll(db: Transaction<Schema>, runnerId: string, at: number) {
  await db
    .updateTable('runner_tokens')
    .set({ revoked_at: at })
    .where('runner_id', '=', runnerId)
    .where('revoked_at', 'is', null)
    .execute();
}

/** Has any token of the runner ever been presented? */
export async function wasEverUsed(db: Reader, runnerId: string): Promise<boolean> {
  const row = await db
    .selectFrom('runner_tokens')
    .select('id')
    .where('runner_id', '=', runnerId)
    .where('last_used_at', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

export function tokensOf(db: Reader, runnerId: string) {
  return db
    .selectFrom('runner_tokens')
    .selectAll()
    .where('runner_id', '=', runnerId)
    .orderBy('issued_at', 'desc')
    .orderBy('id', 'desc')
    .execute();
}

export function newestOf(db: Reader, runnerId: string) {
  return db
    .selectFrom('runner_tokens')
    .selectAll()
    .where('runner_id', '=', runnerId)
    .where('revoked_at', 'is', null)
    .orderBy('issued_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}
