// The door to the team: who belongs to the account, what they may and what they reach, and how that is changed.
// Who may change whom is protocol/member.ts; what a change of access means is members/access-change.ts.
import type { AccessChange, Member } from '../../protocol/api/members.ts';
import type { StreamMember } from '../../protocol/events.ts';
import { isWithin, noAccess, type Access } from '../../protocol/access.ts';
import { Refusal } from '../../protocol/errors.ts';
import { createId } from '../../protocol/ids.ts';
import {
  refuseChange,
  refuseInvitation,
  type MemberRefusal,
  type MemberFacts,
} from '../../protocol/member.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { may, type Role } from '../../protocol/permission.ts';
import { instant } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { Hint } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { changeOf, checkedAccess } from '../members/access-change.ts';
import { accessOf } from '../members/access-row.ts';
import { knownThings } from '../members/known-things.ts';
import { accept, invite, type InvitationParts } from './invitations.ts';
import * as store from './store.ts';

export interface Team {
  list(caller: Caller): Promise<Member[]>;
  /** By id or name. Refuses `not_found`. */
  get(caller: Caller, reference: string): Promise<Member>;
  /** Refuses `member_exists`, and what protocol/member.ts refuses. */
  invite(caller: Caller, wish: { name: string; role: Role; access?: Access | undefined }): Promise<Invited>;
  /** A way back in for who has no session left. Refuses `conflict` for who has one, or is suspended. */
  resend(caller: Caller, reference: string): Promise<Invited>;
  /** Refuses `not_found`, `last_owner`, `invalid_request`, and what protocol/member.ts refuses. */
  update(
    caller: Caller,
    reference: string,
    change: MemberWish,
  ): Promise<{ member: Member; change: AccessChange }>;
  setOwnEmail(caller: Caller, email: string | null): Promise<Member>;
  suspend(caller: Caller, reference: string): Promise<Member>;
  reinstate(caller: Caller, reference: string): Promise<Member>;
  endSessions(caller: Caller, reference: string): Promise<Member>;
  remove(caller: Caller, reference: string): Promise<{ id: string; name: string }>;
  /** For viewers: these, or with null everybody. */
  rows(accountId: string, ids: readonly string[] | null): Promise<StreamMember[]>;
  /** See invitations.ts. */
  accept(asked: Parameters<typeof accept>[1]): ReturnType<typeof accept>;
}

interface MemberWish {
  role?: Role | undefined;
  access?: Access | undefined;
  email?: string | null | undefined;
  dry_run?: boolean | undefined;
}

export interface Invited {
  member: Member;
  code: string;
  expires_at: string;
}

export type TeamParts = InvitationParts;

export function createTeam(parts: TeamParts): Team {
  const { database, clock } = parts;
  const get = async (caller: Caller, reference: string) => {
    const row = await store.selectMember(database.read, caller.accountId, reference);
    if (!row) throw new Refusal('not_found', 'Cannot find this member');
    return shown(row, caller);
  };
  const change = async (
    caller: Caller,
    reference: string,
    work: (tx: Tx, row: store.MemberRow) => Promise<void>,
  ) => {
    const id = await database.write(async (tx) => {
      const row = await find(tx, caller, reference);
      await work(tx, row);
      return row.id;
    });
    return get(caller, id);
  };
  return {
    get,
    list: async (caller) =>
      (await store.selectMembers(database.read, caller.accountId)).map((row) => shown(row, caller)),
    invite: (caller, wish) => inviteMember(parts, caller, wish, get),
    resend: async (caller, reference) => {
      const { member, sent } = await database.write(async (tx) => {
        const row = await find(tx, caller, reference);
        if (row.suspended_at !== null)
          throw new Refusal('conflict', `Cannot invite ${row.name}: they are suspended`);
        // A code beside a session would be a second way in that its owner knows nothing of.
        if (Number(row.tokens ?? 0) > 0)
          throw new Refusal('conflict', `Cannot invite ${row.name}: they have a session; end it first`);
        await note(parts, tx, caller, row, 'user.invited', { again: true });
        return { member: row, sent: await invite(parts, tx, { id: row.id, accountId: row.account_id }) };
      });
      return { member: await get(caller, member.id), code: sent.code, expires_at: instant(sent.expiresAt) };
    },
    update: (caller, reference, wish) => update(parts, caller, reference, wish, get),
    setOwnEmail: async (caller, email) => {
      await database.write(async (tx) => {
        const row = await store.selectMember(tx.sql, caller.accountId, caller.memberId);
        if (row) await changeEmail(parts, tx, caller, row, email);
      });
      return get(caller, caller.memberId);
    },
    suspend: (caller, reference) =>
      change(caller, reference, async (tx, row) => {
        if (row.suspended_at !== null) return;
        await keepAnOwner(tx, row);
        await store.changeMember(tx.sql, row.id, { suspended_at: clock.now() });
        await note(parts, tx, caller, row, 'membership.suspended');
        await endTokens(parts, tx, row);
      }),
    reinstate: (caller, reference) =>
      change(caller, reference, async (tx, row) => {
        if (row.suspended_at === null) return;
        await store.changeMember(tx.sql, row.id, { suspended_at: null });
        await note(parts, tx, caller, row, 'membership.reinstated');
      }),
    endSessions: (caller, reference) =>
      change(caller, reference, async (tx, row) => {
        await endTokens(parts, tx, row);
        await note(parts, tx, caller, row, 'user.sessions_revoked');
      }),
    remove: (caller, reference) =>
      database.write(async (tx) => {
        const row = await find(tx, caller, reference);
        await keepAnOwner(tx, row);
        await store.changeMember(tx.sql, row.id, { removed_at: clock.now() });
        await store.endInvitationsOf(tx.sql, row.id, clock.now());
        await endTokens(parts, tx, row);
        await note(parts, tx, caller, row, 'membership.removed');
        return { id: row.id, name: row.name };
      }),
    rows: async (accountId, ids) =>
      (await store.selectMembers(database.read, accountId, ids)).map((row) => shownToAll(row)),
    accept: (asked) => accept(parts, asked),
  };
}

async function actorFacts(tx: Tx, caller: Caller): Promise<MemberFacts> {
  const own = await store.selectMember(tx.sql, caller.accountId, caller.memberId);
  if (!own) throw new Refusal('token_invalid');
  const facts = factsOf(own);
  const scope = caller.tokenScope ?? null;
  if (scope === null) return facts;
  // By a token that reaches less, less is given; should it name what the member has lost, nothing.
  return { ...facts, access: isWithin(scope, facts.access) ? scope : noAccess };
}

function factsOf(row: store.MemberRow): MemberFacts {
  return { id: row.id, role: row.role, access: accessOf(row) };
}

/** The member, when the caller may change them at all. */
async function find(
  tx: Tx,
  caller: Caller,
  reference: string,
  after?: Pick<MemberFacts, 'role' | 'access'>,
): Promise<store.MemberRow> {
  const row = await store.selectMember(tx.sql, caller.accountId, reference);
  if (!row) throw new Refusal('not_found', 'Cannot find this member');
  const refused = refuseChange(await actorFacts(tx, caller), factsOf(row), after ?? factsOf(row));
  // Who is the only owner is told what would help: nobody else could do it for them.
  if (refused === 'cannot_modify_self') await keepAnOwner(tx, row);
  requireAllowed(refused);
  return row;
}

function requireAllowed(refused: MemberRefusal | null): void {
  if (refused !== null) throw new Refusal(refused);
}

async function keepAnOwner(tx: Tx, row: store.MemberRow): Promise<void> {
  if (row.role !== 'owner' || row.suspended_at !== null) return;
  if ((await store.countOwners(tx.sql, row.account_id)) <= 1) throw new Refusal('last_owner');
}

async function inviteMember(
  parts: TeamParts,
  caller: Caller,
  wish: { name: string; role: Role; access?: Access | undefined },
  get: (caller: Caller, id: string) => Promise<Member>,
): Promise<Invited> {
  const name = bounded(wish.name, 80);
  const made = await parts.database.write(async (tx) => {
    // An id is no name either: by either one a member is found.
    if (await store.selectMember(tx.sql, caller.accountId, name)) throw new Refusal('member_exists');
    const known = await knownThings(tx.sql, caller.accountId);
    const actor = await actorFacts(tx, caller);
    requireAllowed(refuseInvitation(actor, { role: wish.role, access: noAccess }));
    const access =
      wish.access === undefined ? noAccess : checkedAccess(wish.access, noAccess, known, caller.reach);
    requireAllowed(refuseInvitation(actor, { role: wish.role, access }));
    const member = { id: createId('member', parts.random), accountId: caller.accountId, name };
    const row = { ...member, role: wish.role, access, at: parts.clock.now() };
    if (!(await store.insertMember(tx.sql, row))) throw new Refusal('member_exists');
    await note(parts, tx, caller, member, 'user.invited', { role: wish.role, access });
    return { id: member.id, ...(await invite(parts, tx, member)) };
  });
  return { member: await get(caller, made.id), code: made.code, expires_at: instant(made.expiresAt) };
}

async function update(
  parts: TeamParts,
  caller: Caller,
  reference: string,
  wish: MemberWish,
  get: (caller: Caller, id: string) => Promise<Member>,
): Promise<{ member: Member; change: AccessChange }> {
  const done = await parts.database.write(async (tx) => {
    const row = await find(tx, caller, reference);
    const before = accessOf(row);
    const known = await knownThings(tx.sql, caller.accountId);
    const access =
      wish.access === undefined ? before : checkedAccess(wish.access, before, known, caller.reach);
    const role = wish.role ?? row.role;
    await find(tx, caller, row.id, { role, access });
    const change = changeOf(before, access, known);
    if (wish.dry_run === true) return { row: { ...row, role }, access, change };
    if (role !== row.role) {
      if (role !== 'owner') await keepAnOwner(tx, row);
      await store.changeMember(tx.sql, row.id, { role });
      await note(parts, tx, caller, row, 'membership.role_changed', { before: row.role, after: role });
    }
    if (wish.access !== undefined) {
      await store.changeMember(tx.sql, row.id, { access });
      await note(parts, tx, caller, row, 'membership.runner_access_changed', { before, after: access });
    }
    if (wish.email !== undefined) await changeEmail(parts, tx, caller, row, wish.email);
    return { row, access, change };
  });
  const member =
    wish.dry_run === true
      ? { ...shown(done.row, caller), access: done.access }
      : await get(caller, done.row.id);
  return { member, change: done.change };
}

async function changeEmail(
  parts: TeamParts,
  tx: Tx,
  caller: Caller,
  row: store.MemberRow,
  email: string | null,
): Promise<void> {
  if (email === row.email) return;
  await store.changeMember(tx.sql, row.id, { email });
  // Not which: the trail is read by more people than may see addresses.
  await note(parts, tx, caller, row, 'user.email_changed', { email: email === null ? 'removed' : 'set' });
}

async function endTokens({ clock, outbox }: TeamParts, tx: Tx, row: store.MemberRow): Promise<void> {
  const accountId = row.account_id;
  for (const tokenId of await store.revokeTokensOf(tx.sql, row.id, clock.now()))
    outbox.add(tx, { topic: 'keys', type: 'token.revoked', accountId, tokenId });
}

type News = Extract<Hint, { topic: 'team' }>['type'];
const newsOf: Readonly<Record<string, News>> = {
  'user.invited': 'invitation.sent',
  'membership.role_changed': 'member.access_changed',
  'membership.runner_access_changed': 'member.access_changed',
  'membership.removed': 'member.removed',
};

async function note(
  { audit, outbox }: TeamParts,
  tx: Tx,
  { accountId, actor }: Caller,
  member: { id: string; name: string },
  event: string,
  payload: Record<string, unknown> = {},
): Promise<void> {
  const target = { kind: 'member', id: member.id, label: member.name };
  await audit.record(tx, { accountId, actor, event, target, payload });
  const type = newsOf[event] ?? 'member.updated';
  outbox.add(tx, { topic: 'team', type, accountId, memberId: member.id });
}

function shown(row: store.MemberRow, caller: Caller): Member {
  const you = row.id === caller.memberId;
  const email = you || may(caller.role, 'members.manage') ? row.email : null;
  return { ...shownToAll(row), email, you };
}

function shownToAll(row: store.MemberRow): StreamMember {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    state: row.suspended_at !== null ? 'suspended' : row.joined_at === null ? 'invited' : 'active',
    access: accessOf(row),
    created_at: instant(row.created_at),
    joined_at: instant(row.joined_at),
    last_active_at: instant(row.last_active_at === null ? null : Number(row.last_active_at)),
    tokens: Number(row.tokens ?? 0),
  };
}
