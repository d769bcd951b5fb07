// Webhooks and deliveries as operators see them.
import type { Delivery, Webhook } from '../../protocol/api/webhooks.ts';
import { shownUrl, type NoticeEvent } from '../../protocol/webhook.ts';
import { instant } from '../clock.ts';
import type { DeliveryRow } from './queue-store.ts';
import type { OwnedWebhook } from './store.ts';
import { plainText } from './words.ts';

export function showWebhook(row: OwnedWebhook, pending: number): Webhook {
  return {
    id: row.id,
    name: row.name,
    url: shownUrl(row.url),
    events: JSON.parse(row.events) as NoticeEvent[],
    offline_after_seconds: row.offline_after_seconds,
    state: row.state,
    state_note: row.isMemberActive
      ? row.disabled_because
      : `nothing is sent: ${row.member_name}, whose reach it has, is suspended or gone`,
    member_id: row.member_id,
    member_name: row.member_name,
    created_at: instant(row.created_at),
    last_delivered_at: instant(row.last_delivered_at),
    failures: row.failures,
    pending,
  };
}

export function showDelivery(row: DeliveryRow): Delivery {
  const { text } = JSON.parse(row.body) as { text: string };
  return {
    id: row.id,
    event: row.event,
    state: row.state,
    text: plainText(text),
    attempts: row.attempts,
    created_at: instant(row.created_at),
    next_attempt_at: row.state === 'pending' ? instant(row.next_at) : null,
    ended_at: instant(row.ended_at),
    last_status: row.last_status,
    last_error: row.last_error,
  };
}
