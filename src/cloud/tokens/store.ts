// SQL of operator tokens.
import type { Kysely, Transaction } from 'kysely';
import type { Access } from '../../protocol/access.ts';
import { olderThan, type PageStart } from '../database/newest-first.ts';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
export type TokenRow = Awaited<ReturnType<typeof listOfAccount>>[number];

function rows(db: Reader) {
  return db
    .selectFrom('operator_tokens as token')
    .innerJoin('members as member', 'member.id', 'token.member_id')
    .selectAll('token')
    .select(['member.name as member_name', 'member.role as role', 'member.suspended_at as suspended_at'])
    .select(['member.removed_at as removed_at', 'member.runner_access', 'member.runner_selectors'])
    .select(['member.pack_access', 'member.pack_ids']);
}

export function findByPrefix(db: Reader, prefix: string) {
  return rows(db)
    .innerJoin('accounts as account', 'account.id', 'token.account_id')
    .select(['account.name as account_name', 'account.disabled_at as account_disabled_at'])
    .where('token.prefix', '=', prefix)
    .executeTakeFirst();
}

export function findById(db: Reader, accountId: string, id: string) {
  return rows(db).where('token.account_id', '=', accountId).where('token.id', '=', id).executeTakeFirst();
}

export function listOfAccount(db: Reader, accountId: string) {
  return rows(db)
    .where('token.account_id', '=', accountId)
    .orderBy('token.created_at', 'desc')
    .orderBy('token.id', 'desc')
    .execute();
}

export function listByIds(db: Reader, accountId: string, ids: readonly string[]) {
  return rows(db)
    .where('token.account_id', '=', accountId)
    .where('token.id', 'in', ['', ...ids])
    .execute();
}

/** Whose tokens are meant: one member's, or the whole account's. */
export interface TokensOf {
  accountId: string;
  memberId: string | null;
}

/** Newest first. */
export async function page(
  db: Reader,
  { accountId, memberId }: TokensOf,
  after: PageStart | null,
  limit: number,
) {
  let query = rows(db).where('token.account_id', '=', accountId);
  if (memberId !== null) query = query.where('token.member_id', '=', memberId);
  if (after) query = query.where(olderThan(after, 'token.created_at', 'token.id'));
  return query.orderBy('token.created_at', 'desc').orderBy('token.id', 'desc').limit(limit).execute();
}

export async function count(db: Reader, { accountId, memberId }: TokensOf): Promise<number> {
  const all = db
    .selectFrom('operator_tokens')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId);
  const counted = memberId === null ? all : all.where('member_id', '=', memberId);
  const row = await counted.executeTakeFirstOrThrow();
  return Number(row.total);
}

export async function insert(
  db: Transaction<Schema>,
  token: {
    id: string;
    accountId: string;
    memberId: string;
    name: string;
    prefix: string;
    hash: string;
    at: number;
    expiresAt: number | null;
    scope: Access | null;
  },
) {
  await db
    .insertInto('operator_tokens')
    .values({
      id: token.id,
      account_id: token.accountId,
      member_id: token.memberId,
      name: token.name,
      prefix: token.prefix,
      hash: token.hash,
      created_at: token.at,
      last_used_at: null,
      expires_at: token.expiresAt,
      revoked_at: null,
      scope: token.scope === null ? null : JSON.stringify(token.scope),
    })
    .execute();
}

/** False when it was revoked before. */
export async function markRevoked(db: Transaction<Schema>, id: string, at: number): Promise<boolean> {
  const done = await db
    .updateTable('operator_tokens')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export async function markUsed(db: Transaction<Schema>, id: string, at: number) {
  await db.updateTable('operator_tokens').set({ last_used_at: at }).where('id', '=', id).execute();
}
