// The tables of notices, as types. All others are schema.ts.
import type { DeliveryState, WebhookState } from '../../protocol/webhook.ts';

type At = number;

export interface NoticeTables {
  webhooks: {
    id: string;
    account_id: string;
    member_id: string;
    /** JSON: scope of the token by which it was made. */
    scope: string | null;
    name: string;
    url: string;
    /** JSON array. */
    events: string;
    offline_after_seconds: number;
    state: WebhookState;
    disabled_because: string | null;
    created_at: At;
    last_delivered_at: At | null;
    failures: number;
    /** Number of the audit event after which it is told. */
    since_seq: number;
    /** The same for disconnects, of which one is told late. */
    offline_seq: number;
  };
  webhook_secrets: {
    webhook_id: string;
    secret: string;
    previous: string | null;
    previous_until: At | null;
  };
  /** The queue: one notice to one receiver, written as it is sent, and kept a while after. */
  notice_deliveries: {
    id: string;
    account_id: string;
    channel: 'webhook' | 'mail';
    webhook_id: string | null;
    /** Whose reach it stands in. */
    member_id: string;
    event: string;
    /** JSON: what is posted, or subject and text of a letter. */
    body: string;
    /** JSON: runners and packs that it names. */
    subjects: string;
    /** Number of the audit event that made it; of two that are due the earlier goes first. */
    seq: number;
    created_at: At;
    state: DeliveryState;
    attempts: number;
    next_at: At;
    /** Somebody is sending it until then. */
    claimed_until: At;
    ended_at: At | null;
    last_status: number | null;
    last_error: string | null;
  };
  /** How far the trail of an account was read for news. */
  notice_cursors: { account_id: string; seq: number };
}
