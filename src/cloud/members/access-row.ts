// What a member reaches, as four columns and as a value.
import { reachOfAccess, type Access } from '../../protocol/access.ts';
import { intersectReach, type Reach } from '../../protocol/scope.ts';

export interface AccessColumns {
  runner_access: Access['runner_access'];
  runner_selectors: string;
  pack_access: Access['pack_access'];
  pack_ids: string;
}

export function accessOf(row: AccessColumns): Access {
  return {
    runner_access: row.runner_access,
    runner_selectors: JSON.parse(row.runner_selectors) as string[],
    pack_access: row.pack_access,
    pack_ids: JSON.parse(row.pack_ids) as string[],
  };
}

export function accessColumns(access: Access): AccessColumns {
  return {
    runner_access: access.runner_access,
    runner_selectors: JSON.stringify(access.runner_selectors),
    pack_access: access.pack_access,
    pack_ids: JSON.stringify(access.pack_ids),
  };
}

/** What a token of that member reaches: less than the member where it has a scope of its own. */
export function reachOf(member: AccessColumns, tokenScope: string | null): Reach {
  const reach = reachOfAccess(accessOf(member));
  if (tokenScope === null) return reach;
  return intersectReach(reach, reachOfAccess(JSON.parse(tokenScope) as Access));
}
