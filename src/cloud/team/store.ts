// SQL of members as a team: who is there, what they reach, and the invitations that are open.
import type { Kysely, Transaction } from 'kysely';
import type { Access } from '../../protocol/access.ts';
import type { Role } from '../../protocol/permission.ts';
import type { Schema } from '../database/schema.ts';
import { accessColumns } from '../members/access-row.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
export type MemberRow = Awaited<ReturnType<typeof selectMembers>>[number];

function members(db: Reader, accountId: string) {
  return db
    .selectFrom('members')
    .selectAll()
    .select((eb) => [
      eb
        .selectFrom('operator_tokens')
        .whereRef('operator_tokens.member_id', '=', 'members.id')
        .select((token) => token.fn.max('operator_tokens.last_used_at').as('at'))
        .as('last_active_at'),
      eb
        .selectFrom('operator_tokens')
        .whereRef('operator_tokens.member_id', '=', 'members.id')
        .where('operator_tokens.revoked_at', 'is', null)
        .select((token) => token.fn.countAll<number>().as('count'))
        .as('tokens'),
    ])
    .where('account_id', '=', accountId)
    .where('removed_at', 'is', null);
}

/** By name; these, or with null everybody. */
export function selectMembers(db: Reader, accountId: string, ids: readonly string[] | null = null) {
  const all = members(db, accountId).orderBy('name');
  return (ids === null ? all : all.where('id', 'in', ['', ...ids])).execute();
}

/** By id or exact name. */
export async function selectMember(db: Reader, accountId: string, reference: string) {
  const byId = await members(db, accountId).where('id', '=', reference).executeTakeFirst();
  return byId ?? (await members(db, accountId).where('name', '=', reference).executeTakeFirst());
}

export async function countOwners(db: Reader, accountId: string): Promise<number> {
  const row = await db
    .selectFrom('members')
    .select((eb) => eb.fn.countAll<number>().as('owners'))
    .where('account_id', '=', accountId)
    .where('role', '=', 'owner')
    .where('removed_at', 'is', null)
    .where('suspended_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.owners);
}

/** False when another member has the name. */
export async function insertMember(
  db: Transaction<Schema>,
  member: { id: string; accountId: string; name: string; role: Role; access: Access; at: number },
): Promise<boolean> {
  const done = await db
    .insertInto('members')
    .values({
      id: member.id,
      account_id: member.accountId,
      name: member.name,
      role: member.role,
      created_at: member.at,
      suspended_at: null,
      removed_at: null,
      joined_at: null,
      ...accessColumns(member.access),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

export async function changeMember(
  db: Transaction<Schema>,
  id: string,
  change: {
    role?: Role;
    access?: Access;
    suspended_at?: number | null;
    removed_at?: number;
    joined_at?: number;
    email?: string | null;
  },
): Promise<void> {
  const { access, ...columns } = change;
  await db
    .updateTable('members')
    .set({ ...columns, ...(access === undefined ? {} : accessColumns(access)) })
    .where('id', '=', id)
    .execute();
}

/** Every token of the member that has not ended; returns their ids. */
export async function revokeTokensOf(
  db: Transaction<Schema>,
  memberId: string,
  at: number,
): Promise<string[]> {
  const rows = await db
    .updateTable('operator_tokens')
    .set({ revoked_at: at })
    .where('member_id', '=', memberId)
    .where('revoked_at', 'is', null)
    .returning('id')
    .execute();
  return rows.map(({ id }) => id);
}

export async function insertInvitation(
  db: Transaction<Schema>,
  invitation: {
    id: string;
    account_id: string;
    member_id: string;
    prefix: string;
    hash: string;
    created_at: number;
    expires_at: number;
  },
): Promise<void> {
  await db
    .insertInto('invitations')
    .values({ ...invitation, used_at: null, revoked_at: null })
    .execute();
}

export async function endInvitationsOf(db: Transaction<Schema>, memberId: string, at: number): Promise<void> {
  await db
    .updateTable('invitations')
    .set({ revoked_at: at })
    .where('member_id', '=', memberId)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .execute();
}

export function selectInvitation(db: Reader, prefix: string) {
  return db
    .selectFrom('invitations as invitation')
    .innerJoin('members as member', 'member.id', 'invitation.member_id')
    .innerJoin('accounts as account', 'account.id', 'invitation.account_id')
    .selectAll('invitation')
    .select(['member.name as member_name', 'member.removed_at', 'member.suspended_at'])
    .select(['account.name as account_name', 'account.disabled_at'])
    .where('invitation.prefix', '=', prefix)
    .executeTakeFirst();
}

/** One conditional update: of two that present one code, one is first (C14). */
export async function useInvitation(db: Transaction<Schema>, id: string, at: number): Promise<boolean> {
  const done = await db
    .updateTable('invitations')
    .set({ used_at: at })
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
