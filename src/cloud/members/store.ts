// SQL of accounts and members.
import type { Kysely, Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;

export function findOnlyAccount(db: Reader) {
  return db.selectFrom('accounts').selectAll().orderBy('created_at').limit(1).executeTakeFirst();
}

/** The member of that name, or the first owner when none is named. */
export function findMember(db: Reader, accountId: string, name: string | null) {
  const members = db
    .selectFrom('members')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('removed_at', 'is', null);
  const named = name === null ? members.where('role', '=', 'owner') : members.where('name', '=', name);
  return named.orderBy('created_at').limit(1).executeTakeFirst();
}

export function findById(db: Reader, accountId: string, id: string) {
  return db
    .selectFrom('members')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export function findWithEmail(db: Reader, accountId: string) {
  return db
    .selectFrom('members')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('email', 'is not', null)
    .where('joined_at', 'is not', null)
    .where('suspended_at', 'is', null)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute();
}

/** What a token is narrowed to, as JSON; null where it is not. */
export async function findTokenScope(db: Reader, accountId: string, id: string): Promise<string | null> {
  const row = await db
    .selectFrom('operator_tokens')
    .select('scope')
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.scope ?? null;
}

export async function insertAccount(
  db: Transaction<Schema>,
  account: { id: string; name: string; at: number },
) {
  await db
    .insertInto('accounts')
    .values({
      id: account.id,
      name: account.name,
      pack_auto_trust: 'first',
      created_at: account.at,
      disabled_at: null,
    })
    .execute();
}

export async function insertOwner(
  db: Transaction<Schema>,
  owner: { id: string; accountId: string; name: string; at: number },
) {
  await db
    .insertInto('members')
    .values({
      id: owner.id,
      account_id: owner.accountId,
      name: owner.name,
      role: 'owner',
      created_at: owner.at,
      joined_at: owner.at,
      suspended_at: null,
    })
    .execute();
}

/** Packs that were ever advertised. */
export async function selectPackIds(db: Reader, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('pack_versions')
    .select('pack_id')
    .distinct()
    .where('account_id', '=', accountId)
    .orderBy('pack_id')
    .execute();
  return rows.map(({ pack_id: id }) => id);
}

/** Live runners, for what a change of access adds and takes away. */
export async function selectRunners(db: Reader, accountId: string) {
  return db
    .selectFrom('runners')
    .select(['id', 'name', 'group_name as group'])
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .orderBy('name')
    .execute();
}

/** By id or exact name, when they have not been removed. */
export async function selectMemberId(
  db: Reader,
  accountId: string,
  reference: string,
): Promise<string | null> {
  const found = await db
    .selectFrom('members')
    .select(['id', 'name'])
    .where('account_id', '=', accountId)
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('id', '=', reference), eb('name', '=', reference)]))
    .execute();
  return (found.find(({ id }) => id === reference) ?? found[0])?.id ?? null;
}
