// Runners that are away for longer than a webhook waits. Time makes this news, no event: disconnects are read late
// from the trail, and what was back by then is none.
import { eventsBetween, newestSeq, type TailEvent } from '../audit/tail.ts';
import type { Database } from '../database/database.ts';
import { deliveryToWebhook, type Account, type DeliveryInsert } from './delivery.ts';
import type { IntakeParts } from './intake.ts';
import { insertDeliveries } from './queue-store.ts';
import { webhookReceivers, type WebhookReceiver } from './receivers.ts';
import { moveOfflineCursor } from './store.ts';

const DISCONNECTS_A_PASS = 500;
/** Without a disconnect the cursor is moved only now and then. */
const MOVED_ALONG_AFTER = 5_000;

/** True when there may be more. */
export async function takeOutages(parts: IntakeParts, account: Account): Promise<boolean> {
  let isMore = false;
  for (const receiver of await webhookReceivers(parts.database.read, parts.members, account.id)) {
    if (receiver.wants.has('runner.offline') && (await takeOutagesFor(parts, account, receiver)))
      isMore = true;
  }
  return isMore;
}

async function takeOutagesFor(
  parts: IntakeParts,
  account: Account,
  receiver: WebhookReceiver,
): Promise<boolean> {
  const { database, clock } = parts;
  const { id, offline_seq: after, offline_after_seconds: seconds } = receiver.webhook;
  const awaySince = clock.now() - seconds * 1000;
  const { due, upTo, isMore } = await dueDisconnects(database.read, account.id, { after, awaySince });
  if (due.length === 0 && upTo - after < MOVED_ALONG_AFTER) return false;
  const delivery = await noticeOf(parts, account, receiver, { due, awaySince });
  await database.write(async (tx) => {
    if (!(await moveOfflineCursor(tx.sql, id, after, upTo))) return;
    if (delivery !== null) await insertDeliveries(tx.sql, [delivery]);
  });
  return isMore;
}

/** Those that are long enough ago, and up to which event there is no other. */
async function dueDisconnects(
  sql: Database['read'],
  accountId: string,
  { after, awaySince }: { after: number; awaySince: number },
): Promise<{ due: TailEvent[]; upTo: number; isMore: boolean }> {
  const newest = await newestSeq(sql, accountId);
  const types = ['runner.disconnected'];
  const found = await eventsBetween(sql, accountId, {
    after,
    upTo: newest,
    types,
    limit: DISCONNECTS_A_PASS,
  });
  const firstYoung = found.findIndex(({ at }) => at > awaySince);
  const due = firstYoung === -1 ? found : found.slice(0, firstYoung);
  const isMore = due.length === DISCONNECTS_A_PASS;
  const isWhole = !isMore && firstYoung === -1;
  return { due, isMore, upTo: isWhole ? newest : (due.at(-1)?.seq ?? after) };
}

async function noticeOf(
  { sources, random, clock }: IntakeParts,
  account: Account,
  { webhook, asked }: WebhookReceiver,
  { due, awaySince }: { due: readonly TailEvent[]; awaySince: number },
): Promise<DeliveryInsert | null> {
  const ids = [...new Set(due.flatMap(({ targetId }) => targetId ?? []))];
  if (ids.length === 0) return null;
  const rows = await sources.runnerRows(asked, ids);
  // One that came back and left again is told of when that is long enough ago.
  const away = rows.filter(
    ({ state, last_disconnected_at: at }) =>
      state === 'offline' && at !== null && Date.parse(at) <= awaySince,
  );
  if (away.length === 0) return null;
  const news = { event: 'runner.offline' as const, runners: away, forSeconds: webhook.offline_after_seconds };
  return deliveryToWebhook({ account, random, now: clock.now(), seq: due.at(-1)?.seq ?? 0 }, webhook, news);
}
