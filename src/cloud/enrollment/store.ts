// SQL of enrollment keys. The claim is one guarded statement (pitfalls C13, C14).
import type { ExpressionBuilder, Kysely, Transaction } from 'kysely';
import type { EnrollmentKeyState } from '../../protocol/enrollment.ts';
import { olderThan, type PageStart } from '../database/newest-first.ts';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
type Writer = Transaction<Schema>;
export type KeyRow = Awaited<ReturnType<typeof rows>>[number];

export function findByPrefix(db: Reader, prefix: string) {
  return db
    .selectFrom('enrollment_keys as key')
    .innerJoin('accounts as account', 'account.id', 'key.account_id')
    .selectAll('key')
    .select('account.disabled_at as account_disabled_at')
    .where('key.prefix', '=', prefix)
    .executeTakeFirst();
}

export function findById(db: Reader, accountId: string, id: string) {
  return db
    .selectFrom('enrollment_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/**
 * Charges the key if it can still enroll somebody; false when it cannot. Of any number of racing
 * claims of a single-use key exactly one sees true: the guard and the charge are one statement.
 */
export async function charge(db: Writer, id: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable('enrollment_keys')
    .set((is) => ({ uses_count: is('uses_count', '+', 1), last_used_at: now }))
    .where('id', '=', id)
    .where((is) => isUsable(is, now))
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export async function bindRunner(db: Writer, id: string, runnerId: string) {
  await db.updateTable('enrollment_keys').set({ runner_id: runnerId }).where('id', '=', id).execute();
}

export interface NewKey {
  id: string;
  accountId: string;
  prefix: string;
  hash: string;
  description: string;
  host: string | null;
  reusable: boolean;
  maxUses: number | null;
  at: number;
  memberId: string;
  memberName: string;
  expiresAt: number | null;
}

export async function insert(db: Writer, key: NewKey) {
  await db
    .insertInto('enrollment_keys')
    .values({
      id: key.id,
      account_id: key.accountId,
      prefix: key.prefix,
      hash: key.hash,
      description: key.description,
      host: key.host,
      reusable: key.reusable ? 1 : 0,
      max_uses: key.maxUses,
      uses_count: 0,
      created_at: key.at,
      created_by: key.memberId,
      created_by_name: key.memberName,
      expires_at: key.expiresAt,
      last_used_at: null,
      revoked_at: null,
      runner_id: null,
    })
    .execute();
}

/** Ends a key that could still enroll; false when it could not. */
export async function revoke(db: Writer, id: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable('enrollment_keys')
    .set({ revoked_at: now })
    .where('id', '=', id)
    .where((is) => isUsable(is, now))
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export function rows(db: Reader, accountId: string, ids: readonly string[] | null) {
  const all = db.selectFrom('enrollment_keys').selectAll().where('account_id', '=', accountId);
  const wanted = ids === null ? all : all.where('id', 'in', [...ids, '']);
  return wanted.orderBy('created_at', 'desc').orderBy('id', 'desc').execute();
}

interface Listing {
  state: EnrollmentKeyState | null;
  now: number;
  after: PageStart | null;
  limit: number;
}

/** One page, newest first, and how many there are in all. */
export async function page(db: Reader, accountId: string, { state, now, after, limit }: Listing) {
  const matching = () => {
    const all = db.selectFrom('enrollment_keys').where('account_id', '=', accountId);
    return state === null ? all : all.where((is) => isIn(is, state, now));
  };
  let query = matching().selectAll();
  if (after) query = query.where(olderThan(after, 'created_at', 'id'));
  const found = await query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute();
  const counted = await matching()
    .select((is) => is.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return { found, total: Number(counted.total) };
}

type Where = ExpressionBuilder<Schema, 'enrollment_keys'>;

function isUsable(is: Where, now: number) {
  return is.and([is('revoked_at', 'is', null), isUnexpired(is, now), is.not(isSpent(is))]);
}

function isUnexpired(is: Where, now: number) {
  return is.or([is('expires_at', 'is', null), is('expires_at', '>', now)]);
}

function isSpent(is: Where) {
  return is.or([
    is.and([is('reusable', '=', 0), is('uses_count', '>', 0)]),
    is.and([
      is('reusable', '=', 1),
      is('max_uses', 'is not', null),
      is('uses_count', '>=', is.ref('max_uses')),
    ]),
  ]);
}

/** The same precedence as `enrollmentKeyStateAt`: revoked, spent, expired, active. */
function isIn(is: Where, state: EnrollmentKeyState, now: number) {
  if (state === 'active') return isUsable(is, now);
  if (state === 'revoked') return is('revoked_at', 'is not', null);
  if (state === 'spent') return is.and([is('revoked_at', 'is', null), isSpent(is)]);
  return is.and([is('revoked_at', 'is', null), is.not(isSpent(is)), is.not(isUnexpired(is, now))]);
}
