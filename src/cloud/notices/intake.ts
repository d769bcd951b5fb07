// From the audit trail to the queue. Whatever is news stands in the trail, in the transaction in which it happened;
// here its notices and the new place of the cursor are one transaction. So nothing is lost, whenever either dies,
// and nothing is queued twice (SPEC NO1).
import type { RandomBytes } from '../../protocol/ids.ts';
import { eventsBetween, newestSeq, type TailEvent } from '../audit/tail.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Members } from '../members/members.ts';
import { deliveryToWebhook, letterTo, type Account, type DeliveryInsert } from './delivery.ts';
import { loadNews, newsOfTrail, type NewsSources } from './news.ts';
import { insertDeliveries, moveCursor, selectCursor } from './queue-store.ts';
import { mailedEvents, newsForMember, webhookReceivers } from './receivers.ts';

export interface IntakeParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  members: Pick<Members, 'authority' | 'withEmail'>;
  sources: NewsSources;
  /** False when no mail server is configured. */
  sendsMail: boolean;
}

const EVENTS_A_PASS = 500;
/** Without news the cursor is moved only now and then: a write for every heartbeat's sake would be waste. */
const MOVED_ALONG_AFTER = 5_000;

/** One stretch of the trail; true when there may be more of it. */
export async function takeNews(parts: IntakeParts, account: Account): Promise<boolean> {
  const { read } = parts.database;
  const after = await selectCursor(read, account.id);
  const newest = await newestSeq(read, account.id);
  if (newest <= after) return false;
  const types = Object.keys(newsOfTrail);
  const events = await eventsBetween(read, account.id, { after, upTo: newest, types, limit: EVENTS_A_PASS });
  if (events.length === 0 && newest - after < MOVED_ALONG_AFTER) return false;
  const isMore = events.length === EVENTS_A_PASS;
  const upTo = isMore ? (events.at(-1)?.seq ?? newest) : newest;
  const deliveries = events.length === 0 ? [] : await deliveriesOf(parts, account, events);
  await parts.database.write(async (tx) => {
    // Another control plane on this store was quicker: the notices are queued.
    if (!(await moveCursor(tx.sql, account.id, after, upTo))) return;
    await insertDeliveries(tx.sql, deliveries);
  });
  return isMore;
}

async function deliveriesOf(
  parts: IntakeParts,
  account: Account,
  events: readonly TailEvent[],
): Promise<DeliveryInsert[]> {
  const { random, clock, sources } = parts;
  const made = { account, random, now: clock.now(), seq: events.at(-1)?.seq ?? 0 };
  const deliveries: DeliveryInsert[] = [];
  for (const { webhook, asked, wants } of await webhookReceivers(
    parts.database.read,
    parts.members,
    account.id,
  )) {
    const since = events.filter(({ seq }) => seq > webhook.since_seq);
    for (const news of await loadNews(sources, asked, since, wants))
      deliveries.push(deliveryToWebhook(made, webhook, news));
  }
  if (!parts.sendsMail || !events.some(({ type }) => mailedEvents.has(newsOfTrail[type] ?? 'run.failed')))
    return deliveries;
  for (const member of await parts.members.withEmail(parts.database.read, account.id)) {
    const asked = { accountId: account.id, reach: member.reach };
    for (const news of await loadNews(sources, asked, events, mailedEvents)) {
      const own = newsForMember(news, member);
      if (own !== null) deliveries.push(letterTo(made, member.id, own));
    }
  }
  return deliveries;
}
