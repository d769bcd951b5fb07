// What became of an attempt: delivered, tried again later, or given up, which is visible on the webhook and in the
// trail.
import { retryAfterMs, TEST_EVENT } from '../../protocol/webhook.ts';
import { systemActor, type Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Meter } from '../meter.ts';
import type { Attempt } from './post.ts';
import * as queue from './queue-store.ts';
import * as store from './store.ts';

interface Parts {
  database: Database;
  clock: Clock;
  audit: Audit;
  meter: Meter;
}

export function noteDropped(
  { database, clock }: Parts,
  row: queue.DeliveryRow,
  because: string,
): Promise<void> {
  return database.write((tx) =>
    queue.changeDelivery(tx.sql, row.id, { state: 'failed', ended_at: clock.now(), last_error: because }),
  );
}

export function noteAttempt(parts: Parts, row: queue.DeliveryRow, attempt: Attempt): Promise<void> {
  const attempts = row.attempts + 1;
  const facts = { attempts, last_status: attempt.status, last_error: attempt.error };
  return parts.database.write(async (tx) => {
    const now = parts.clock.now();
    if (attempt.error === null) {
      await queue.changeDelivery(tx.sql, row.id, { ...facts, state: 'delivered', ended_at: now });
      tx.afterCommit(() => parts.meter.notice(row.channel, 'delivered'));
      if (row.webhook_id !== null)
        await store.changeWebhook(tx.sql, row.webhook_id, { failures: 0, last_delivered_at: now });
      return;
    }
    if (row.webhook_id !== null) await store.noteFailure(tx.sql, row.webhook_id);
    const wait = attempt.isGone || row.event === TEST_EVENT ? null : retryAfterMs(attempts);
    tx.afterCommit(() => parts.meter.notice(row.channel, wait === null ? 'given_up' : 'tried'));
    if (wait === null) {
      await queue.changeDelivery(tx.sql, row.id, { ...facts, state: 'failed', ended_at: now });
      return givenUp(parts, tx, row, attempt);
    }
    const next_at = now + Math.max(wait, attempt.retryAfterMs ?? 0);
    await queue.changeDelivery(tx.sql, row.id, { ...facts, next_at, claimed_until: 0 });
    const rest = now + Math.max(retryAfterMs(1) ?? 0, attempt.retryAfterMs ?? 0);
    if (row.webhook_id !== null) await queue.holdBack(tx.sql, row.webhook_id, rest);
  });
}

async function givenUp(parts: Parts, tx: Tx, row: queue.DeliveryRow, attempt: Attempt): Promise<void> {
  if (row.event === TEST_EVENT) return;
  const payload = { delivery_id: row.id, event: row.event, error: attempt.error };
  const told = { accountId: row.account_id, actor: systemActor, payload };
  if (row.webhook_id === null) {
    const label = await store.selectMemberName(tx.sql, row.member_id);
    const target = { kind: 'member', id: row.member_id, label };
    return parts.audit.record(tx, { ...told, event: 'mail.failed', target });
  }
  const webhook = await store.selectWebhook(tx.sql, row.webhook_id);
  if (webhook?.state !== 'active') return;
  // One notice that a receiver does not like is no reason to end the others.
  const nothingGotThrough = (webhook.last_delivered_at ?? 0) < row.created_at;
  if (!attempt.isGone && !nothingGotThrough) return;
  const because = `${attempt.error}, the last of ${row.attempts + 1} attempts for one notice`;
  await store.changeWebhook(tx.sql, webhook.id, { state: 'disabled', disabled_because: because });
  await queue.endPending(tx.sql, webhook.id, 'the webhook was disabled', parts.clock.now());
  const target = { kind: 'webhook', id: webhook.id, label: webhook.name };
  await parts.audit.record(tx, { ...told, event: 'webhook.disabled', target });
}
