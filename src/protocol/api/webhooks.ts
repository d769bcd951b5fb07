// Webhooks: where news is sent, which news, and what became of it.
import { z } from 'zod';
import { DeliveryState, NoticeEvent, OFFLINE_AFTER_SECONDS, WebhookState } from '../webhook.ts';
import { ById, Instant, MaybeInstant, PageQuery, Secret, pageOf, route } from './route.ts';

export const Webhook = z.object({
  id: z.string(),
  name: z.string(),
  /** Scheme and host alone: the path of many such addresses is itself a secret. */
  url: z.string(),
  events: z.array(NoticeEvent),
  /** A runner is away for so long before `runner.offline` is told. */
  offline_after_seconds: z.number().int(),
  state: WebhookState,
  /** Why it is disabled, or why nothing is sent although it is active; null when all is well. */
  state_note: z.string().nullable(),
  /** Whose reach decides what is sent. */
  member_id: z.string(),
  member_name: z.string(),
  created_at: Instant,
  last_delivered_at: MaybeInstant,
  /** Attempts in a row that failed. */
  failures: z.number().int(),
  pending: z.number().int(),
});
export type Webhook = z.infer<typeof Webhook>;

export const Delivery = z.object({
  /** The same in every attempt: a receiver that knows it has seen the notice. */
  id: z.string(),
  event: z.string(),
  state: DeliveryState,
  text: z.string(),
  attempts: z.number().int(),
  created_at: Instant,
  next_attempt_at: MaybeInstant,
  ended_at: MaybeInstant,
  /** HTTP status of the last answer; null when there was none. */
  last_status: z.number().int().nullable(),
  /** Why the last attempt failed, in words. */
  last_error: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

const fields = {
  name: z.string().trim().min(1).max(80),
  url: z.string().min(1).max(2048),
  events: z.array(NoticeEvent).min(1).max(32),
  offline_after_seconds: z.number().int().min(60).max(86_400),
};

export const listWebhooks = route({
  method: 'GET',
  path: '/webhooks',
  permission: 'webhooks.manage',
  summary: 'Your webhooks, and those of members who reach no more than you do',
  output: z.object({ items: z.array(Webhook) }),
});
export const getWebhook = route({
  method: 'GET',
  path: '/webhooks/:id',
  permission: 'webhooks.manage',
  summary: 'One webhook, by id or by name',
  params: ById,
  output: Webhook,
});

/** The secret is shown this once; it signs every notice. */
const WithSecret = z.object({ webhook: Webhook, secret: Secret });
export const createWebhook = route({
  method: 'POST',
  path: '/webhooks',
  permission: 'webhooks.manage',
  summary: 'Sends chosen news that you reach to an https address, signed',
  body: z.strictObject({
    ...fields,
    offline_after_seconds: fields.offline_after_seconds.default(OFFLINE_AFTER_SECONDS),
  }),
  refusals: ['webhook_url_refused', 'webhook_exists', 'webhook_limit'],
  output: WithSecret,
  status: 201,
});
export const updateWebhook = route({
  method: 'PATCH',
  path: '/webhooks/:id',
  permission: 'webhooks.manage',
  summary: 'Changes a webhook, pauses it, or sets it going again; news of the meantime is not sent later',
  refusals: ['webhook_url_refused', 'webhook_exists'],
  params: ById,
  body: z.strictObject({ ...fields, state: z.enum(['active', 'paused']) }).partial(),
  output: Webhook,
});
export const deleteWebhook = route({
  method: 'DELETE',
  path: '/webhooks/:id',
  permission: 'webhooks.manage',
  summary: 'Removes a webhook with what it has not sent',
  params: ById,
  output: z.object({ deleted: z.literal(true), id: z.string(), name: z.string() }),
});
export const testWebhook = route({
  method: 'POST',
  path: '/webhooks/:id/test',
  permission: 'webhooks.manage',
  summary: 'Sends a test notice now, once, and says what became of it',
  params: ById,
  output: Delivery,
});
export const rotateWebhookSecret = route({
  method: 'POST',
  path: '/webhooks/:id/rotate',
  permission: 'webhooks.manage',
  summary: 'A fresh secret; for a day the one before signs as well',
  params: ById,
  output: WithSecret,
});
export const listDeliveries = route({
  method: 'GET',
  path: '/webhooks/:id/deliveries',
  permission: 'webhooks.manage',
  summary: 'What was sent and what waits, newest first',
  params: ById,
  query: PageQuery.extend({ state: DeliveryState.optional() }),
  output: pageOf(Delivery),
});
