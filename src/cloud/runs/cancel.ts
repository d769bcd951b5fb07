// Withdrawing a run: a queued one ends at once, a delivered one is asked of its runner, whose report decides.
// Repeating it is harmless (C12: the hand-over and this race on one status column).
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Actor } from '../audit/audit.ts';
import { endRun } from './end-run.ts';
import { cancelFrame } from './frames.ts';
import type { LiveSessions } from './live-sessions.ts';
import { runTarget, tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { moveRun, selectRun } from './store.ts';

export interface Cancel extends Scoped {
  runId: string;
  reason: string | undefined;
  actor: Actor;
}

/** Refuses `not_found`, and `run_finished` for a run that ended in another way. Returns the row as it is after. */
export async function cancelRun(parts: RunParts, live: LiveSessions, asked: Cancel): Promise<RunRow> {
  return parts.database.write(async (tx) => {
    const run = await selectRun(tx.sql, asked, asked.runId);
    if (!run) throw new Refusal('not_found', 'Cannot find this run');
    const reason = asked.reason === undefined || asked.reason === '' ? null : bounded(asked.reason, 500);
    const request = { cancel_requested_at: parts.clock.now(), cancel_reason: reason };
    const explanation = `Cancelled by ${asked.actor.label} before it was handed to the runner; nothing was executed`;
    const withdrawn = await endRun(parts, tx, run, {
      status: 'cancelled',
      cause: 'cancelled_while_queued',
      explanation,
      actor: asked.actor,
      from: ['pending', 'pending_approval'],
    });
    if (withdrawn) await moveRun(tx.sql, run.id, ['cancelled'], request);
    const asks =
      !withdrawn &&
      (await moveRun(tx.sql, run.id, ['sent', 'running'], { status: 'cancelling', ...request }));
    if (asks) tellRun(parts, tx, 'run.updated', run);
    if (withdrawn || asks) {
      await parts.audit.record(tx, {
        accountId: asked.accountId,
        actor: asked.actor,
        event: 'run.cancel_requested',
        target: runTarget(run),
        requestId: run.request_id,
        payload: { reason, status: run.status },
      });
    }
    const after = (await selectRun(tx.sql, asked, asked.runId)) ?? run;
    if (after.status === 'cancelling') {
      tx.afterCommit(
        () => void live.find(run.runner_id)?.send(cancelFrame(run.request_id, after.cancel_reason)),
      );
    } else if (after.status !== 'cancelled') {
      throw new Refusal('run_finished', `Cannot cancel ${run.id}: it has ended as ${after.status}`);
    }
    return after;
  });
}
