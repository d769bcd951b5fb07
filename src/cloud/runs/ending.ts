// How the control plane itself ends a run: status, cause, sentence, audit and news, in the caller's transaction.
import { refusalEntry, type RefusalCode } from '../../protocol/errors.ts';
import { endings, unfinishedStatuses, type Ending, type RunStatus } from '../../protocol/run.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { runTarget, tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { moveRun } from './store.ts';

export interface RunEnd {
  status: RunStatus;
  cause: string | null;
  explanation: string | null;
  actor?: Actor;
  /** States it may end from; every unfinished one when left out. */
  from?: readonly RunStatus[];
}

/** Ends it unless it has ended already, and nothing else; true when this call did it. For all but pacing: endRun. */
export async function closeRun(parts: RunParts, tx: Tx, run: RunRow, end: RunEnd): Promise<boolean> {
  const ended = await moveRun(tx.sql, run.id, end.from ?? unfinishedStatuses, {
    status: end.status,
    cause: end.cause,
    explanation: end.explanation,
    finished_at: parts.clock.now(),
    // What was under way stays incomplete; what never started lacks nothing.
    output_complete: run.started_at === null ? null : 0,
  });
  if (!ended) return false;
  await parts.audit.record(tx, {
    accountId: run.account_id,
    actor: end.actor ?? systemActor,
    event: `action_run.${end.status}`,
    target: runTarget(run),
    requestId: run.request_id,
    payload: { runner_id: run.runner_id, action_id: run.action_id, cause: end.cause },
  });
  if (run.status === 'pending_approval') await parts.approvals.runEnded(tx, run.id, end.actor ?? systemActor);
  tellRun(parts, tx, 'run.finished', run);
  return true;
}

/** The end that protocol/run.ts words. */
export function endingOf(ending: Ending): RunEnd {
  return {
    status: ending === 'trust_moved' ? 'refused' : 'error',
    cause: ending,
    explanation: endings[ending],
  };
}

/** A run that could not be handed over for a reason of the catalogue of refusals. */
export function refusedFor(code: RefusalCode): RunEnd {
  const { sentence, fix } = refusalEntry(code);
  return { status: 'refused', cause: code, explanation: `${sentence}; nothing was executed. ${fix}` };
}
