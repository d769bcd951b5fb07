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
import type { Tx } from '../database/database.ts';
import { moveRun, selectRun, selectRunById } from './store.ts';

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
      tellRunner(parts, live, tx, after);
    } else if (after.status !== 'cancelled') {
      throw new Refusal('run_finished', `Cannot cancel ${run.id}: it has ended as ${after.status}`);
    }
    return after;
  });
}

function tellRunner({ outbox }: RunParts, live: LiveSessions, tx: Tx, run: RunRow): void {
  const { id: runId, runner_id: runnerId } = run;
  if (live.find(runnerId)) tx.afterCommit(() => sendCancel(live, run));
  else outbox.add(tx, { topic: 'nodes', type: 'run_cancel', runnerId, runId });
}

function sendCancel(live: LiveSessions, run: RunRow): void {
  live.find(run.runner_id)?.send(cancelFrame(run.request_id, run.cancel_reason));
}

/** Asks the runner, where its socket is here, to cancel what another node was asked to cancel. */
export async function deliverCancel(parts: RunParts, live: LiveSessions, runId: string): Promise<void> {
  const run = await selectRunById(parts.database.read, runId);
  if (run?.status === 'cancelling') sendCancel(live, run);
}
