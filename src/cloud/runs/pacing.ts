// A dispatch on many runners may go on a few at a time and stop after so many failures: a run that waits for
// its turn is pending and is not offered. What frees a turn is the end of a run that had one.
import { isFailure, isTerminal, type RunStatus } from '../../protocol/run.ts';
import { fullReach } from '../../protocol/scope.ts';
import type { Tx } from '../database/database.ts';
import { closeRun } from './ending.ts';
import { tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { lockOperation, selectRunsOfOperation } from './operation-store.ts';
import { moveRun } from './store.ts';

export interface Pace {
  max_parallel: number | null;
  stop_after_failures: number | null;
}

export interface TurnFacts {
  id: string;
  status: RunStatus;
  turn: number | null;
}

export type Turns = { stop: true } | { stop: false; give: string[] };

/** Whose turn it is now, in the order of `runs`; or that none follows, because too many failed. */
export function judgeTurns(pace: Pace, runs: readonly TurnFacts[]): Turns {
  const failures = runs.filter(({ status }) => isFailure(status)).length;
  if (pace.stop_after_failures !== null && failures >= pace.stop_after_failures) return { stop: true };
  const active = runs.filter(({ turn, status }) => turn === 0 && !isTerminal(status)).length;
  const waiting = runs.filter(({ turn, status }) => turn === 1 && status === 'pending');
  const free = Math.max(0, (pace.max_parallel ?? runs.length) - active);
  return { stop: false, give: waiting.slice(0, free).map(({ id }) => id) };
}

/** To be called after a paced run ended or was approved, and once when the operation was made. */
export async function advanceOperation(parts: RunParts, tx: Tx, operationId: string): Promise<void> {
  // Two runs that end at once must not both give the same turn: whoever comes second waits for the first here.
  const pace = await lockOperation(tx.sql, operationId);
  if (!pace) return;
  const rows = await selectRunsOfOperation(
    tx.sql,
    { accountId: pace.account_id, reach: fullReach },
    operationId,
  );
  const turns = judgeTurns(pace, rows);
  const byId = new Map(rows.map((row) => [row.id, row]));
  if (turns.stop) {
    for (const row of rows.filter(({ turn }) => turn === 1)) await withdraw(parts, tx, row);
    return;
  }
  const runnerIds: string[] = [];
  for (const id of turns.give) {
    const row = byId.get(id);
    if (!row) continue;
    await moveRun(tx.sql, id, ['pending'], { turn: 0, queued_at: parts.clock.now() });
    tellRun(parts, tx, 'run.updated', row);
    runnerIds.push(row.runner_id);
  }
  if (runnerIds.length > 0) tx.afterCommit(() => parts.offer(runnerIds));
}

/** The same, where `run` may be one without turns: then nothing is asked of the store. */
export async function passTurnOn(
  parts: RunParts,
  tx: Tx,
  run: Pick<RunRow, 'turn' | 'operation_id'>,
): Promise<void> {
  if (run.turn === 0) await advanceOperation(parts, tx, run.operation_id);
}

async function withdraw(parts: RunParts, tx: Tx, run: RunRow): Promise<void> {
  await closeRun(parts, tx, run, {
    status: 'cancelled',
    cause: 'stopped_after_failures',
    explanation: 'Too many runs of this dispatch had failed before its turn came; nothing was executed',
    from: ['pending', 'pending_approval'],
  });
}
