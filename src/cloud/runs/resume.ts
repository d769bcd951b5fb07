// A runner is back: what it was handed before is sent again, byte for byte, then outstanding cancels, then
// queued runs (SPEC WP2, wire protocol 8). The runner knows the repeats by their id and runs nothing twice.
import type { Updateable } from 'kysely';
import type { Tx } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import { cancelFrame, runActionFrame } from './frames.ts';
import { offerQueued } from './hand-over.ts';
import type { LiveSessions } from './live-sessions.ts';
import { runnerActor, tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { moveRun, selectDelivered } from './store.ts';

export async function resumeRuns(parts: RunParts, live: LiveSessions, session: SessionHandle): Promise<void> {
  await parts.database.write(async (tx) => {
    const delivered = await selectDelivered(tx.sql, session.runnerId);
    for (const run of delivered) {
      if (run.status === 'sent') await moveRun(tx.sql, run.id, ['sent'], { sent_epoch: session.epoch });
    }
    // Registered before what offerQueued registers, so that replays leave first.
    tx.afterCommit(() => {
      for (const run of delivered) resend(session, run);
    });
    // Inside the transaction: a dispatch that comes next either sees a ready session or is seen below.
    live.markReady(session);
    await offerQueued(parts, tx, session);
  });
}

/** The identical frame, and the cancel that may have been lost with it. */
export function resend(session: SessionHandle, run: RunRow): void {
  session.send(runActionFrame(run));
  if (run.status === 'cancelling') session.send(cancelFrame(run.request_id, run.cancel_reason));
}

/** The runner takes the run: its gates are passed. Any other state: no change. */
export async function markStarted(parts: RunParts, session: SessionHandle, requestId: string): Promise<void> {
  await parts.database.write(async (tx) => {
    const startedAt = parts.clock.now();
    const run = await moveSent(parts, tx, session, requestId, { status: 'running', started_at: startedAt });
    const sentAt = run?.sent_at ?? null;
    if (sentAt !== null) parts.meter.dispatchStep('started', startedAt - sentAt);
  });
}

// Null when the run is not one that this runner was sent and did not answer yet.
async function moveSent(
  parts: RunParts,
  tx: Tx,
  session: SessionHandle,
  requestId: string,
  change: Updateable<Schema['runs']>,
): Promise<{ sent_at: number | null } | null> {
  const run = await tx.sql
    .updateTable('runs')
    .set(change)
    .where('request_id', '=', requestId)
    .where('runner_id', '=', session.runnerId)
    .where('status', '=', 'sent')
    .returning(['id', 'account_id', 'runner_id', 'sent_at'])
    .executeTakeFirst();
  if (run) tellRun(parts, tx, 'run.updated', run);
  return run ?? null;
}

/** The runner has no free slot: the run goes back to the end of the queue. Always audited. */
export async function requeueCapped(
  parts: RunParts,
  live: LiveSessions,
  session: SessionHandle,
  requestId: string,
): Promise<void> {
  live.markCapped(session.runnerId);
  const change = {
    status: 'pending',
    queued_at: parts.clock.now(),
    sent_at: null,
    sent_epoch: null,
  } as const;
  await parts.database.write(async (tx) => {
    const requeued = (await moveSent(parts, tx, session, requestId, change)) !== null;
    await parts.audit.record(tx, {
      accountId: session.accountId,
      actor: runnerActor(session),
      event: 'runner.error',
      target: { kind: 'runner', id: session.runnerId, label: session.runnerName },
      requestId,
      payload: { code: 'concurrency_cap_reached', requeued },
    });
  });
}
