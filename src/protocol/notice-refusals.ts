// The part of the catalogue of refusals that is about webhooks.
import type { RefusalEntry } from './refusal-entry.ts';

export const noticeRefusals = {
  webhook_url_refused: {
    status: 400,
    sentence: 'Cannot send notices to this address',
    fix: 'Use an https address; one of a private network is named by `emisar-cloud serve --notices-allow CIDR`',
  },
  webhook_exists: {
    status: 409,
    sentence: 'Cannot add: you have a webhook of this name',
    fix: 'Choose another name, or change the webhook that is there',
  },
  webhook_limit: {
    status: 409,
    sentence: 'Cannot add: you have as many webhooks as one member may have',
    fix: 'Remove one: emisar-console webhooks remove NAME',
  },
} as const satisfies Record<string, RefusalEntry>;
