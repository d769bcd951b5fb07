// A notice as it waits to be sent: written once, so that every attempt sends the same bytes under the same id.
import type { Insertable } from 'kysely';
import { createId, type RandomBytes } from '../../protocol/ids.ts';
import { TEST_EVENT } from '../../protocol/webhook.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { instant } from '../clock.ts';
import type { Schema } from '../database/schema.ts';
import { fieldsOf } from './fields.ts';
import type { News } from './news.ts';
import { chatText, wordsOf } from './words.ts';

export type DeliveryInsert = Insertable<Schema['notice_deliveries']>;

export interface Account {
  id: string;
  name: string;
}

interface Made {
  account: Account;
  random: RandomBytes;
  /** Of the audit event by which it became news. */
  seq: number;
  now: number;
}

export function deliveryToWebhook(
  { account, random, seq, now }: Made,
  webhook: { id: string; member_id: string },
  news: News,
): DeliveryInsert {
  const id = createId('delivery', random);
  const { line, look } = wordsOf(news);
  const { subjects, ...fields } = fieldsOf(news);
  const text = chatText(`${line}\n${look}`);
  return {
    ...waiting({ id, account, seq, now }),
    channel: 'webhook',
    webhook_id: webhook.id,
    member_id: webhook.member_id,
    event: news.event,
    body: JSON.stringify({ text, id, event: news.event, at: instant(now), account, ...fields }),
    subjects: JSON.stringify(subjects),
  };
}

export function testDelivery(
  { account, random, seq, now }: Made,
  webhook: { id: string; member_id: string; name: string },
): DeliveryInsert {
  const id = createId('delivery', random);
  const text = chatText(
    `Test notice of ${bounded(account.name, 80)}: the webhook ${bounded(webhook.name, 80)} works`,
  );
  return {
    ...waiting({ id, account, seq, now }),
    channel: 'webhook',
    webhook_id: webhook.id,
    member_id: webhook.member_id,
    event: TEST_EVENT,
    body: JSON.stringify({ text, id, event: TEST_EVENT, at: instant(now), account, count: 0, items: [] }),
    subjects: '[]',
  };
}

export function letterTo({ account, random, seq, now }: Made, memberId: string, news: News): DeliveryInsert {
  const { line, look } = wordsOf(news);
  const text = `${line}\n\n  ${look}\n\n-- \n${bounded(account.name, 80)}, sent by emisar\n`;
  return {
    ...waiting({ id: createId('delivery', random), account, seq, now }),
    channel: 'mail',
    webhook_id: null,
    member_id: memberId,
    event: news.event,
    body: JSON.stringify({ subject: bounded(line, 150), text }),
    subjects: JSON.stringify(fieldsOf(news).subjects),
  };
}

function waiting({ id, account, seq, now }: { id: string; account: Account; seq: number; now: number }) {
  return {
    id,
    account_id: account.id,
    seq,
    created_at: now,
    state: 'pending' as const,
    attempts: 0,
    next_at: now,
    claimed_until: 0,
    ended_at: null,
    last_status: null,
    last_error: null,
  };
}
