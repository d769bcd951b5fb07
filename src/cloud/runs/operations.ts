// A dispatch after it was made: how it stands, withdrawing what is left of it, and the same once more.
import type { DispatchResult, Operation, OperationDetail } from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { RunOptions } from '../../protocol/frames.ts';
import { isFailure, isTerminal } from '../../protocol/run.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Actor } from '../audit/audit.ts';
import { instant } from '../clock.ts';
import { cancelRun } from './cancel.ts';
import { dispatchRuns, type AnswerLine, type Dispatch } from './dispatch.ts';
import type { LiveSessions } from './live-sessions.ts';
import { selectOperation, selectReached, selectRunsOfOperation } from './operation-store.ts';
import type { RunParts, RunRow } from './run-parts.ts';
import { showRun } from './shown.ts';
import { selectRun, type Sql } from './store.ts';

/** Refuses `not_found`. */
export async function readOperation(sql: Sql, asked: Scoped, id: string): Promise<OperationDetail> {
  const { operation, lines, runs } = await findOperation(sql, asked, id);
  const byId = new Map(runs.map((run) => [run.id, run]));
  const results = lines.map(({ run_id, ...line }): DispatchResult => {
    const run = byId.get(run_id ?? '');
    return { ...line, run: run ? showRun(run) : null };
  });
  return {
    id,
    action_id: operation.action_id,
    reason: operation.reason,
    requested_by: operation.requested_by_name,
    created_at: instant(operation.created_at),
    max_parallel: operation.max_parallel,
    stop_after_failures: operation.stop_after_failures,
    counts: countsOf(lines.length, runs),
    results,
  };
}

/** As much of it as is in reach; without any of it there is no such operation. */
export async function findOperation(sql: Sql, asked: Scoped, id: string) {
  const operation = await selectOperation(sql, asked.accountId, id);
  const all = operation ? (JSON.parse(operation.answer) as AnswerLine[]) : [];
  const reached = await selectReached(
    sql,
    asked,
    all.map((line) => line.runner_id),
  );
  const lines = reached === null ? all : all.filter((line) => reached.has(line.runner_id));
  if (!operation || lines.length === 0) throw new Refusal('not_found', 'Cannot find this operation');
  return { operation, lines, runs: await selectRunsOfOperation(sql, asked, id) };
}

function countsOf(total: number, runs: readonly RunRow[]): OperationDetail['counts'] {
  const counts = {
    total,
    refused: total - runs.length,
    waiting: 0,
    running: 0,
    success: 0,
    failed: 0,
    cancelled: 0,
  };
  for (const { status } of runs) counts[partOf(status)] += 1;
  return counts;
}

function partOf(
  status: RunRow['status'],
): 'refused' | 'waiting' | 'running' | 'success' | 'failed' | 'cancelled' {
  if (status === 'success' || status === 'cancelled') return status;
  if (status === 'denied') return 'refused';
  if (isFailure(status)) return 'failed';
  return status === 'pending' || status === 'pending_approval' ? 'waiting' : 'running';
}

export interface OperationChange extends Scoped {
  id: string;
  actor: Actor;
}

/** Cancels each of its runs that has not ended. Refuses `not_found`, and `run_finished` when all have. */
export async function cancelOperation(
  parts: RunParts,
  live: LiveSessions,
  asked: OperationChange & { reason: string | undefined },
): Promise<OperationDetail> {
  const { accountId, reach, id, actor, reason } = asked;
  const { runs } = await findOperation(parts.database.read, asked, id);
  // Those that wait come first: none of them shall get the turn of one that is stopped here.
  const unfinished = runs
    .filter(({ status }) => !isTerminal(status))
    .toSorted((a, b) => Number(b.turn === 1) - Number(a.turn === 1));
  if (unfinished.length === 0)
    throw new Refusal('run_finished', 'Cannot cancel: every run of this dispatch has ended');
  for (const run of unfinished) {
    try {
      await cancelRun(parts, live, { accountId, reach, runId: run.id, reason, actor });
    } catch (error) {
      // It ended while the others were being cancelled: that is what was wanted.
      if (!(error instanceof Refusal) || error.code !== 'run_finished') throw error;
    }
  }
  return readOperation(parts.database.read, asked, id);
}

export type Again = Omit<Dispatch, 'body' | 'rawBody'> & {
  id: string;
  reason: string;
  only?: 'failed' | 'all' | undefined;
  max_parallel?: number | undefined;
  stop_after_failures?: number | undefined;
};

/** The same dispatch on its runners once more. Refuses `not_found`, `nothing_to_rerun`. */
export async function rerunOperation(parts: RunParts, live: LiveSessions, asked: Again): Promise<Operation> {
  const { runs } = await findOperation(parts.database.read, asked, asked.id);
  const wanted = runs.filter(({ status }) => asked.only === 'all' || isFailure(status));
  return rerun(parts, live, asked, wanted);
}

/** One run once more. Refuses `not_found`. */
export async function rerunRun(parts: RunParts, live: LiveSessions, asked: Again): Promise<Operation> {
  const run = await selectRun(parts.database.read, asked, asked.id);
  if (!run) throw new Refusal('not_found', 'Cannot find this run');
  return rerun(parts, live, asked, [run]);
}

async function rerun(
  parts: RunParts,
  live: LiveSessions,
  asked: Again,
  runs: readonly RunRow[],
): Promise<Operation> {
  const [like] = runs;
  if (!like) throw new Refusal('nothing_to_rerun');
  const { reason, max_parallel, stop_after_failures } = asked;
  const opts = like.opts === null ? undefined : (JSON.parse(like.opts) as RunOptions);
  return dispatchRuns(parts, live, {
    ...asked,
    body: {
      action_id: like.action_id,
      runners: runs.map((run) => run.runner_id),
      opts,
      reason,
      max_parallel,
      stop_after_failures,
    },
    // As they were written the first time: a number keeps its digits.
    rawBody: `{"args":${like.args_text}}`,
  });
}
