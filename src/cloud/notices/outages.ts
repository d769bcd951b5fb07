// Runners that are away for longer than a webhook waits. Time makes this news, no event: disconnects are read late
// from the trail, and what was back by then is none.
import { eventsBetween, newestSeq, type TailEvent } from '../audit/tail.ts';
import type { Tx } from '../database/database.ts';
import { deliveryToWebhook, type Account, type DeliveryInsert } from './delivery.ts';
import type { IntakeParts } from './intake.ts';
import { insertDeliveries } from './queue-store.ts';
import { webhookReceivers, type WebhookReceiver } from './receivers.ts';
import { moveOfflineCursor } from './store.ts';

const DISCONNECTS_A_PASS = 500;

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
  const { read } = parts.database;
  const { webhook } = receiver;
  const newest = await newestSeq(read, account.id);
  const after = webhook.offline_seq;
  const types = ['runner.disconnected'];
  const limit = DISCONNECTS_A_PASS;
  const found = await eventsBetween(read, account.id, { after, upTo: newest, types, limit });
  const awaySince = parts.clock.now() - webhook.offline_after_seconds * 1000;
  const firstYoung = found.findIndex(({ at }) => at > awaySince);
  const due = firstYoung === -1 ? found : found.slice(0, firstYoung);
  const isMore = due.length === limit;
  // Up to the first that is too young; past everything when there is none.
  const upTo = isMore || firstYoung !== -1 ? (due.at(-1)?.seq ?? after) : newest;
  if (upTo === after) return false;
  const delivery = await noticeOf(parts, account, receiver, { due, awaySince });
  if (delivery === null && due.length === 0 && firstYoung === -1 && upTo - after < MOVED_ALONG_AFTER)
    return false;
  await parts.database.write(async (tx: Tx) => {
    if (!(await moveOfflineCursor(tx.sql, webhook.id, after, upTo))) return;
    if (delivery !== null) await insertDeliveries(tx.sql, [delivery]);
  });
  return isMore;
}

const MOVED_ALONG_AFTER = 5_000;

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
