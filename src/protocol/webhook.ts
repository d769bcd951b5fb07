// What the control plane tells others by itself: which news there are, how often it tries, when it gives up, and
// how a notice is signed (SPEC NO1 to NO6). Pure.
import { z } from 'zod';

/** The closed list; a webhook chooses from it. */
export const noticeEvents = [
  'approval.requested',
  'approval.decided',
  'approval.expired',
  'pack_version.pending',
  'pack_version.drifted',
  'run.failed',
  'runner.offline',
  'runner.identity_conflict',
] as const;
export const NoticeEvent = z.enum(noticeEvents);
export type NoticeEvent = z.infer<typeof NoticeEvent>;

/** Told on demand alone. */
export const TEST_EVENT = 'webhook.test';

export const webhookStates = ['active', 'paused', 'disabled'] as const;
export const WebhookState = z.enum(webhookStates);
export type WebhookState = z.infer<typeof WebhookState>;

export const deliveryStates = ['pending', 'delivered', 'failed'] as const;
export const DeliveryState = z.enum(deliveryStates);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const MAX_WEBHOOKS_A_MEMBER = 20;
/** How long a runner is away before anybody is told, unless a webhook says otherwise. */
export const OFFLINE_AFTER_SECONDS = 300;
/** One attempt, from the look-up of the name to the answer's head. */
export const ATTEMPT_WITHIN_MS = 10_000;
/** After a rotation the secret before it signs as well, so that a receiver has time to take the new one. */
export const OLD_SECRET_SIGNS_MS = 24 * 3600_000;
export const DELIVERED_KEPT_MS = 7 * 24 * 3600_000;
export const FAILED_KEPT_MS = 30 * 24 * 3600_000;

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
/** Waits between attempts: a day in all, long enough for somebody to mend the receiver on the next morning. */
const waits = [10 * second, minute, 5 * minute, 15 * minute, hour, 3 * hour, 6 * hour, 12 * hour] as const;

/** Milliseconds until the next attempt after so many that failed; null to give up. */
export function retryAfterMs(failedAttempts: number): number | null {
  return waits[failedAttempts - 1] ?? null;
}

/** A receiver that asks for patience is given this much of it. */
export const MAX_RETRY_AFTER_MS = hour;

export const SIGNATURE_HEADER = 'emisar-signature';
export const DELIVERY_HEADER = 'emisar-delivery';

/** What is signed: the instant in seconds, so that a recorded notice cannot be played again later, and the body. */
export function signedText(atSeconds: number, body: string): string {
  return `${atSeconds}.${body}`;
}

/** `t=…,v1=…`, one v1 a secret that is good now: a receiver takes whichever fits. */
export function signatureHeader(atSeconds: number, signatures: readonly string[]): string {
  return [`t=${atSeconds}`, ...signatures.map((signature) => `v1=${signature}`)].join(',');
}

/** An address as it may be shown: the path of many such addresses is itself a secret. */
export function shownUrl(url: string): string {
  const { origin } = new URL(url);
  return `${origin}/…`;
}
