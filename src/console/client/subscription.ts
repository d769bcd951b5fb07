// Where one subscription stands in its numbered events, and what a reply does to that. Pure.
import type { StreamReply, Topic } from '../../protocol/events.ts';

export interface Subscription {
  readonly topic: Topic;
  /** Our number for it; a new one each time it is asked for. */
  readonly id: number;
  /** Number of the last event that was applied; null before the first snapshot. */
  readonly seq: number | null;
  /** Resumes after the last frame that was applied. */
  readonly cursor: string | null;
}

export type SubscriptionReply = Extract<StreamReply, { id: number }>;

/** `apply` it, `ignore` a repeat, or ask for a fresh snapshot because something was lost. */
export type Verdict = 'apply' | 'ignore' | 'resubscribe';

export function advance(
  subscription: Subscription,
  reply: SubscriptionReply,
): { subscription: Subscription; verdict: Verdict } {
  switch (reply.type) {
    case 'snapshot':
      return { subscription: { ...subscription, seq: 0, cursor: reply.cursor }, verdict: 'apply' };
    case 'resumed':
      return subscription.seq === null
        ? { subscription, verdict: 'resubscribe' }
        : { subscription: { ...subscription, cursor: reply.cursor }, verdict: 'apply' };
    case 'event':
      return advanceByEvent(subscription, reply);
    case 'resync_required':
      return { subscription: { ...subscription, seq: null, cursor: null }, verdict: 'resubscribe' };
    // The connection ends by itself, and the next one asks for a snapshot: what was reached may not be any more.
    case 'unsubscribed':
      return { subscription: { ...subscription, seq: null, cursor: null }, verdict: 'ignore' };
    case 'refused':
      return { subscription: { ...subscription, seq: null, cursor: null }, verdict: 'apply' };
  }
}

function advanceByEvent(
  subscription: Subscription,
  { seq, cursor }: Extract<StreamReply, { type: 'event' }>,
): { subscription: Subscription; verdict: Verdict } {
  const { seq: last } = subscription;
  if (last !== null && seq <= last) return { subscription, verdict: 'ignore' };
  if (last !== null && seq === last + 1)
    return { subscription: { ...subscription, seq, cursor }, verdict: 'apply' };
  return { subscription: { ...subscription, seq: null, cursor: null }, verdict: 'resubscribe' };
}
