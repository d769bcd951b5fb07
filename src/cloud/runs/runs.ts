// The door to runs: asking for them, giving them to runners, taking what runners report, ending what is lost.
// Which session is live is the gateway's business; whether bytes are trusted is the packs'.
import type {
  Operation,
  OperationDetail,
  OutputChunk,
  OutputPage,
  Run,
  RunAnswer,
  RunDetail,
} from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { ActionProgressFrame, ActionResultFrame } from '../../protocol/frames.ts';
import { STORED_EVENTS_SHOWN } from '../../protocol/stored-events.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Tx } from '../database/database.ts';
import type { WaitingRuns } from '../approvals/approvals.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import { readAnswers } from './answers.ts';
import { cancelRun, deliverCancel, type Cancel } from './cancel.ts';
import { dispatchRuns, type Dispatch } from './dispatch.ts';
import { endRun } from './end-run.ts';
import { endingOf } from './ending.ts';
import { offerOrTell } from './hand-over.ts';
import { createLiveSessions, type LiveSessions } from './live-sessions.ts';
import {
  cancelOperation,
  readOperation,
  rerunOperation,
  rerunRun,
  type Again,
  type OperationChange,
} from './operations.ts';
import { createProgressBuffer } from './progress.ts';
import { markStarted, requeueCapped, resumeRuns } from './resume.ts';
import { storeResult } from './result.ts';
import type { RunGiven, RunParts, RunRow } from './run-parts.ts';
import {
  selectChunks,
  selectOutput,
  selectRunPage,
  selectRunsByIds,
  selectStoredEvents,
  type OutputRange,
  type RunQuery,
} from './run-reads.ts';
import { createWaitingRuns } from './release.ts';
import { showRun, showRunDetail } from './shown.ts';
import { selectRun, selectUnfinished } from './store.ts';
import { createSweep } from './sweep.ts';

export interface Runs {
  /** After each accepted runner_state: replays what is in flight, then hands over what is queued. */
  resume(session: SessionHandle): Promise<void>;
  started(session: SessionHandle, requestId: string): Promise<void>;
  /** Buffered and committed in groups; a chunk is dropped when it is a repeat, too late or past the budget. */
  progress(session: SessionHandle, frame: ActionProgressFrame): void;
  /** Resolves once the result is stored, or is known to need no storing; then it may be acknowledged. */
  result(session: SessionHandle, frame: ActionResultFrame): Promise<void>;
  capReached(session: SessionHandle, requestId: string): Promise<void>;
  /** Starts the grace of its unfinished runs; resume stops it. */
  runnerLost(runnerId: string, closedAt: number): void;
  runnerDeleted(tx: Tx, runnerId: string): Promise<void>;
  /** What a host may hold its journal against: the events of its newest results, newest first. */
  storedEvents(runnerId: string): Promise<string[]>;

  dispatch(asked: Dispatch): Promise<Operation>;
  /** Refuses `not_found`, `run_finished`. */
  cancel(asked: Cancel): Promise<RunDetail>;
  list(asked: Scoped, query: RunQuery): Promise<{ items: Run[]; next_cursor: string | null; total: number }>;
  /** Refuses `not_found`. */
  operation(asked: Scoped, id: string): Promise<OperationDetail>;
  /** Refuses `not_found`. */
  answers(asked: Scoped, id: string): Promise<RunAnswer[]>;
  /** Refuses `not_found`, `run_finished`. */
  cancelOperation(asked: OperationChange & { reason: string | undefined }): Promise<OperationDetail>;
  /** Refuses `not_found`, `nothing_to_rerun`, and what dispatch refuses. */
  rerunOperation(asked: Again): Promise<Operation>;
  rerun(asked: Again): Promise<Operation>;
  /** Refuses `not_found`. */
  output(asked: Scoped, id: string, range: OutputRange): Promise<OutputPage>;
  detail(asked: Scoped, id: string): Promise<RunDetail | null>;
  /** Rows for viewers; the newest `limit` when `ids` is null. */
  rows(asked: Scoped, ids: readonly string[] | null, limit?: number): Promise<Run[]>;

  /** For approvals: what becomes of a run that waited for one. */
  readonly waiting: WaitingRuns;
  /** For other nodes: see nodes/relay.ts. */
  offerHere(runnerIds: readonly string[]): void;
  deliverCancel(runId: string): Promise<void>;
  lostElsewhere(runnerId: string, closedAt: number): void;
  chunks(runId: string, from: number, to: number): Promise<OutputChunk[]>;
  start(): void;
  stop(): Promise<void>;
}

export function createRuns(given: RunGiven): Runs {
  const { database } = given;
  const live = createLiveSessions(given.sessions);
  const offering = new Set<Promise<void>>();
  const parts: RunParts = {
    ...given,
    offer: (runnerIds) => {
      const task = offerTo(parts, live, runnerIds)
        .catch((error: unknown) => given.report(error, 'offering runs whose turn came'))
        .finally(() => offering.delete(task));
      offering.add(task);
    },
  };
  const progress = createProgressBuffer(parts);
  const sweep = createSweep(parts, live);
  const shown = (row: RunRow) => showRunDetail(row, parts.sessions.isOnline(row.runner_id));

  return {
    resume: async (session) => {
      sweep.disarmGrace(session.runnerId);
      await resumeRuns(parts, live, session);
    },
    started: (session, requestId) => markStarted(parts, session, requestId),
    progress: progress.add,
    result: async (session, frame) => {
      // Its last chunks come before it: only then can it be told whether any is missing (C23).
      await progress.settled();
      await storeResult(parts, live, session, frame);
    },
    capReached: (session, requestId) => requeueCapped(parts, live, session, requestId),
    runnerLost: (runnerId, closedAt) => {
      live.markLost(runnerId);
      sweep.armGrace(runnerId, closedAt);
    },
    runnerDeleted: async (tx, runnerId) => {
      live.markLost(runnerId);
      sweep.disarmGrace(runnerId);
      for (const run of await selectUnfinished(tx.sql, runnerId))
        await endRun(parts, tx, run, endingOf('runner_deleted'));
    },

    waiting: createWaitingRuns(parts),
    storedEvents: (runnerId) => selectStoredEvents(database.read, runnerId, STORED_EVENTS_SHOWN),

    dispatch: (asked) => dispatchRuns(parts, live, asked),
    cancel: async (asked) => shown(await cancelRun(parts, live, asked)),
    list: async (asked, query) => {
      const { rows, next_cursor, total } = await selectRunPage(database.read, asked, query);
      return { items: rows.map(showRun), next_cursor, total };
    },
    operation: (asked, id) => readOperation(database.read, asked, id),
    answers: (asked, id) => readAnswers(database.read, asked, id),
    cancelOperation: (asked) => cancelOperation(parts, live, asked),
    rerunOperation: (asked) => rerunOperation(parts, live, asked),
    rerun: (asked) => rerunRun(parts, live, asked),
    output: async (asked, id, range) => {
      if (!(await selectRun(database.read, asked, id)))
        throw new Refusal('not_found', 'Cannot find this run');
      return selectOutput(database.read, id, range);
    },
    detail: async (asked, id) => {
      const row = await selectRun(database.read, asked, id);
      return row ? shown(row) : null;
    },
    rows: async (asked, ids, limit = 200) =>
      ids === null
        ? (await selectRunPage(database.read, asked, { limit })).rows.map(showRun)
        : (await selectRunsByIds(database.read, asked, ids)).map(showRun),

    offerHere: (runnerIds) => {
      // A session that is not ready yet takes what waits when it is.
      const here = runnerIds.filter((runnerId) => live.find(runnerId) !== null);
      if (here.length > 0) parts.offer(here);
    },
    deliverCancel: (runId) => deliverCancel(parts, live, runId),
    lostElsewhere: sweep.armGrace,
    chunks: (runId, from, to) => selectChunks(database.read, runId, from, to),
    start: sweep.start,
    stop: async () => {
      await sweep.stop();
      await Promise.all(offering);
      await progress.settled();
    },
  };
}

async function offerTo(parts: RunParts, live: LiveSessions, runnerIds: readonly string[]): Promise<void> {
  await parts.database.write(async (tx) => {
    for (const runnerId of new Set(runnerIds)) {
      await offerOrTell(parts, live, tx, runnerId);
    }
  });
}
