// The HTTP of webhooks: the calls of protocol/api/webhooks.ts mapped to the door.
import * as api from '../../protocol/api/webhooks.ts';
import { bind, type BoundRoute } from '../http/bound-route.ts';
import type { Notices } from './notices.ts';

export function webhookRoutes(notices: Notices): BoundRoute[] {
  return [
    bind(api.listWebhooks, async ({ caller }) => ({ items: await notices.list(caller) })),
    bind(api.getWebhook, ({ caller, params }) => notices.get(caller, params.id)),
    bind(api.createWebhook, ({ caller, body }) => notices.create(caller, body)),
    bind(api.updateWebhook, ({ caller, params, body }) => notices.update(caller, params.id, body)),
    bind(api.deleteWebhook, async ({ caller, params }) => ({
      deleted: true as const,
      ...(await notices.remove(caller, params.id)),
    })),
    bind(api.testWebhook, ({ caller, params }) => notices.test(caller, params.id)),
    bind(api.rotateWebhookSecret, ({ caller, params }) => notices.rotate(caller, params.id)),
    bind(api.listDeliveries, ({ caller, params, query }) => notices.deliveries(caller, params.id, query)),
  ];
}
