// What an event of the audit trail means by its name (operator model A15), and how its hash is made. Pure.
import { z } from 'zod';

export const auditOutcomes = ['danger', 'warn', 'pass', 'neutral'] as const;
export const AuditOutcome = z.enum(auditOutcomes);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

export const auditCategories = ['decisions', 'access', 'activity', 'fleet', 'admin'] as const;
export const AuditCategory = z.enum(auditCategories);
export type AuditCategory = z.infer<typeof AuditCategory>;

const endings: Record<Exclude<AuditOutcome, 'neutral'>, readonly string[]> = {
  danger: ['failed', 'error', 'timed_out', 'halted', 'denied', 'refused', 'rejected'],
  warn: [
    'revoked',
    'rate_limited',
    'disabled',
    'deleted',
    'removed',
    'suspended',
    'expired',
    'cancelled',
    'held',
  ],
  pass: ['success', 'succeeded', 'approved', 'grant_used'],
};

/** From the ending of the name: `action_run.timed_out` is a danger. */
export function auditOutcomeOf(event: string): AuditOutcome {
  for (const outcome of ['danger', 'warn', 'pass'] as const) {
    if (
      endings[outcome].some(
        (word) => event === word || event.endsWith(`.${word}`) || event.endsWith(`_${word}`),
      )
    )
      return outcome;
  }
  // What was stopped at a gate was asked for and did not happen.
  return event.startsWith('dispatch_blocked') ? 'danger' : 'neutral';
}

const prefixes: readonly (readonly [string, AuditCategory])[] = [
  ['pack_', 'decisions'],
  ['dispatch_blocked_pack', 'decisions'],
  ['policy.', 'decisions'],
  ['approval.', 'decisions'],
  ['grant.', 'decisions'],
  ['dispatch_blocked', 'fleet'],
  ['runner.', 'fleet'],
  ['action_run.', 'activity'],
  ['run.', 'activity'],
  ['operation.', 'activity'],
  ['audit.', 'admin'],
  ['webhook.', 'admin'],
  ['mail.', 'admin'],
];

/** Accounts, members, keys and tokens are access, as is whatever is not named otherwise. */
export function auditCategoryOf(event: string): AuditCategory {
  return prefixes.find(([prefix]) => event.startsWith(prefix))?.[1] ?? 'access';
}

/** What goes into the hash of an event, in this order. */
export interface ChainedEvent {
  seq: number;
  id: string;
  account_id: string;
  /** Milliseconds since the epoch. */
  occurred_at: number;
  event_type: string;
  actor_kind: string;
  actor_id: string | null;
  actor_label: string;
  token_id: string | null;
  ip_address: string | null;
  target_kind: string | null;
  target_id: string | null;
  target_label: string | null;
  request_id: string | null;
  runner_id: string | null;
  pack_id: string | null;
  /** The JSON text as it is stored. */
  payload: string;
}

/** Before the first event of an account. */
export const CHAIN_START = '0'.repeat(64);

/** UTF-8 of a JSON array: the hash of the event before, then the fields above (SPEC AU2). */
export function chainText(previousHash: string, event: ChainedEvent): string {
  return JSON.stringify([
    previousHash,
    event.seq,
    event.id,
    event.account_id,
    event.occurred_at,
    event.event_type,
    event.actor_kind,
    event.actor_id,
    event.actor_label,
    event.token_id,
    event.ip_address,
    event.target_kind,
    event.target_id,
    event.target_label,
    event.request_id,
    event.runner_id,
    event.pack_id,
    event.payload,
  ]);
}
