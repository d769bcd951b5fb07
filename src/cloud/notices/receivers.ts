// Who may be told of news: webhooks by what their member reaches, and members by mail.
import type { Scoped } from '../../protocol/scope.ts';
import type { NoticeEvent } from '../../protocol/webhook.ts';
import type { Database } from '../database/database.ts';
import { may } from '../../protocol/permission.ts';
import type { Members, MemberWithEmail } from '../members/members.ts';
import type { News } from './news.ts';
import { reachOfWebhook } from './owner.ts';
import { selectActive, type WebhookRow } from './store.ts';

export interface WebhookReceiver {
  webhook: WebhookRow;
  asked: Scoped;
  wants: ReadonlySet<NoticeEvent>;
}

/** Active ones whose member may still have them. */
export async function webhookReceivers(
  sql: Database['read'],
  members: Pick<Members, 'authority'>,
  accountId: string,
): Promise<WebhookReceiver[]> {
  const receivers: WebhookReceiver[] = [];
  for (const webhook of await selectActive(sql, accountId)) {
    const reach = await reachOfWebhook(sql, members, webhook);
    const wants = new Set(JSON.parse(webhook.events) as NoticeEvent[]);
    if (reach !== null) receivers.push({ webhook, asked: { accountId, reach }, wants });
  }
  return receivers;
}

/** What is told by mail: requests to who may decide about them, decisions to who asked (operator model A11). */
export const mailedEvents: ReadonlySet<NoticeEvent> = new Set([
  'approval.requested',
  'approval.decided',
  'approval.expired',
]);

/** News as it concerns this member, who reaches all of it; null when it does not. */
export function newsForMember(news: News, member: MemberWithEmail): News | null {
  if (!('approvals' in news)) return null;
  const concerned = news.approvals.filter((approval) => {
    const isOwn = approval.requested_by_id === member.id;
    if (news.event !== 'approval.requested') return isOwn;
    return may(member.role, 'approvals.decide') && (!isOwn || approval.allow_self_approval);
  });
  return concerned.length === 0 ? null : { ...news, approvals: concerned };
}
