// Which role may do what. Roles are compared by their permissions, never by rank.
import { z } from 'zod';

export const roles = ['owner', 'admin', 'operator', 'viewer'] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

export const permissions = [
  'runners.view',
  'runners.manage',
  'enrollment_keys.view',
  'enrollment_keys.mint',
  'enrollment_keys.revoke',
  'packs.view',
  'packs.manage',
  'runs.view',
  'runs.dispatch',
  'runs.cancel',
  'policy.view',
  'policy.edit',
  'approvals.view',
  'approvals.decide',
  'grants.manage',
  'audit.view',
  'audit.export',
  'account.manage',
  'members.view',
  'members.manage',
  'owners.manage',
  'tokens.own',
  'tokens.manage',
  'webhooks.manage',
] as const;
export const Permission = z.enum(permissions);
export type Permission = z.infer<typeof Permission>;

const viewer: readonly Permission[] = [
  'runners.view',
  'packs.view',
  'runs.view',
  'policy.view',
  'approvals.view',
  'audit.view',
  'audit.export',
  'members.view',
  'tokens.own',
];
const operator: readonly Permission[] = [
  ...viewer,
  'enrollment_keys.mint',
  'runs.dispatch',
  'runs.cancel',
  'approvals.decide',
];

const granted: Record<Role, ReadonlySet<Permission>> = {
  owner: new Set(permissions),
  admin: new Set(permissions.filter((permission) => permission !== 'owners.manage')),
  operator: new Set(operator),
  viewer: new Set(viewer),
};

export function may(role: Role, permission: Permission): boolean {
  return granted[role].has(permission);
}

export function permissionsOf(role: Role): Permission[] {
  return permissions.filter((permission) => may(role, permission));
}
