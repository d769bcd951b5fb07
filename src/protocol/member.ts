// Who may change whom (operator model A2), and how they are written to. Pure: permission sets are compared, never ranks; nobody gives what
// they do not have, and nobody changes themselves.
import { z } from 'zod';
import { isWithin, type Access } from './access.ts';
import { permissionsOf, type Role } from './permission.ts';

export interface MemberFacts {
  readonly id: string;
  readonly role: Role;
  readonly access: Access;
}

/** One plain address: no name, no comment, no second address, nothing that could end a line of a letter's head. */
export const EmailAddress = z.email().max(254);

export type MemberRefusal =
  | 'cannot_modify_self'
  | 'insufficient_privileges'
  | 'runner_access_exceeds_subject'
  | 'member_runner_access_exceeds_subject';

/** Null when `actor` may do this to `target`; `after` is what it then has. */
export function refuseChange(
  actor: MemberFacts,
  target: MemberFacts,
  after: Pick<MemberFacts, 'role' | 'access'> = target,
): MemberRefusal | null {
  if (actor.id === target.id) return 'cannot_modify_self';
  if (!mayGive(actor.role, target.role) || !mayGive(actor.role, after.role)) return 'insufficient_privileges';
  // Whoever is wider than oneself can only be narrowed by somebody as wide.
  if (!isWithin(target.access, actor.access)) return 'member_runner_access_exceeds_subject';
  return isWithin(after.access, actor.access) ? null : 'runner_access_exceeds_subject';
}

/** Null when `actor` may invite somebody with this role and access. */
export function refuseInvitation(
  actor: MemberFacts,
  wish: Pick<MemberFacts, 'role' | 'access'>,
): MemberRefusal | null {
  if (!mayGive(actor.role, wish.role)) return 'insufficient_privileges';
  return isWithin(wish.access, actor.access) ? null : 'runner_access_exceeds_subject';
}

/** True when `role` has every permission of `other`: only then may it give, change or end what such a member has. */
export function mayGive(role: Role, other: Role): boolean {
  const held = new Set(permissionsOf(role));
  return permissionsOf(other).every((permission) => held.has(permission));
}
