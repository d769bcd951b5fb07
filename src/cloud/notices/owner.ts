// Whose webhook it is, and what it may tell: what its member reaches now, within the token by which it was made.
import { isWithin, reachOfAccess, type Access } from '../../protocol/access.ts';
import { may } from '../../protocol/permission.ts';
import { intersectReach, reachesAll, reachesPack, type Reach } from '../../protocol/scope.ts';
import type { Database } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import type { Members } from '../members/members.ts';
import type { Subject } from './fields.ts';
import type { NewsSources } from './news.ts';
import { selectAccess, type OwnedWebhook, type WebhookRow } from './store.ts';

/** Null when its member is gone or suspended, or may have no webhook any more: then it is silent. */
export async function reachOfWebhook(
  sql: Database['read'],
  members: Pick<Members, 'authority'>,
  { account_id, member_id, scope }: WebhookRow,
): Promise<Reach | null> {
  const authority = await members.authority(sql, account_id, member_id);
  if (!authority || !may(authority.role, 'webhooks.manage')) return null;
  if (scope === null) return authority.reach;
  return intersectReach(authority.reach, reachOfAccess(JSON.parse(scope) as Access));
}

/** True when everything that a notice names is still reached. A runner that is gone is reached by who reaches all. */
export async function reachesSubjects(
  sources: Pick<NewsSources, 'runnerRows'>,
  asked: { accountId: string; reach: Reach },
  subjects: readonly Subject[],
): Promise<boolean> {
  if (reachesAll(asked.reach)) return true;
  if (subjects.some(({ pack }) => pack !== null && !reachesPack(asked.reach, pack))) return false;
  const runners = [...new Set(subjects.flatMap(({ runner }) => runner ?? []))];
  if (runners.length === 0 || asked.reach.runners === 'all') return true;
  return (await sources.runnerRows(asked, runners)).length === runners.length;
}

/**
 * Which of these the caller may see and change: their own, and those of members who reach no more than they do.
 * With any other they could have told to themselves what they do not reach.
 */
export async function ownWebhooks(
  sql: Database['read'],
  caller: Caller,
  rows: readonly OwnedWebhook[],
): Promise<OwnedWebhook[]> {
  const access = await selectAccess(sql, caller.memberId);
  if (access === null) return [];
  const bounds = caller.tokenScope ? [access, caller.tokenScope] : [access];
  return rows.filter((row) => {
    const scope = row.scope === null ? null : (JSON.parse(row.scope) as Access);
    return bounds.every(
      (bound) => isWithin(row.memberAccess, bound) || (scope !== null && isWithin(scope, bound)),
    );
  });
}
