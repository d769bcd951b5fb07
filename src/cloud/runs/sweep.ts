// No run stays unfinished: a timer for each lost runner, and a sweep over everything every minute.
// Which run ends how is sweep-rule.ts; this file brings facts and time together (SPEC RN4).
import { LOST_RUN_GRACE_MS } from '../../protocol/runner.ts';
import type { Tx } from '../database/database.ts';
import { endRun } from './end-run.ts';
import { endingOf } from './ending.ts';
import { offerQueued } from './hand-over.ts';
import type { LiveSessions } from './live-sessions.ts';
import { resend } from './resume.ts';
import type { RunParts } from './run-parts.ts';
import { selectRunnerFacts, selectRunnersWithUnfinished, selectUnfinished } from './store.ts';
import { judgeUnfinished, type SweptRunner } from './sweep-rule.ts';

const FIRST_SWEEP_AFTER_MS = 10_000;
const SWEEP_EVERY_MS = 60_000;

export interface Sweep {
  start(): void;
  /** Stops the timers and waits for what is under way. */
  stop(): Promise<void>;
  /** Arms the grace of a runner whose close was recorded at `closedAt`. */
  armGrace(runnerId: string, closedAt: number): void;
  disarmGrace(runnerId: string): void;
}

export function createSweep(parts: RunParts, live: LiveSessions): Sweep {
  const { clock } = parts;
  const graces = new Map<string, () => void>();
  const busy = new Set<Promise<void>>();
  let startedAt = 0;
  let callOff: (() => void) | null = null;

  function run(work: () => Promise<void>): void {
    const task = work()
      .catch((error: unknown) => parts.report(error, 'sweeping unfinished runs'))
      .finally(() => busy.delete(task));
    busy.add(task);
  }
  function armGrace(runnerId: string, closedAt: number): void {
    graces.get(runnerId)?.();
    const waitMs = Math.max(0, closedAt + LOST_RUN_GRACE_MS - clock.now());
    graces.set(
      runnerId,
      clock.after(waitMs, () => {
        graces.delete(runnerId);
        run(() => sweepRunner(parts, live, { runnerId, startedAt, lostAt: closedAt }));
      }),
    );
  }
  function schedule(afterMs: number): void {
    callOff = clock.after(afterMs, () => {
      run(() => sweepAll(parts, live, startedAt));
      schedule(SWEEP_EVERY_MS);
    });
  }

  return {
    armGrace,
    disarmGrace: (runnerId) => {
      graces.get(runnerId)?.();
      graces.delete(runnerId);
    },
    start: () => {
      startedAt = clock.now();
      schedule(FIRST_SWEEP_AFTER_MS);
      // Runners that were lost before this start get their grace from now on.
      run(async () => {
        for (const runnerId of await selectRunnersWithUnfinished(parts.database.read, startedAt)) {
          if (!live.find(runnerId) && !graces.has(runnerId)) armGrace(runnerId, startedAt);
        }
      });
    },
    stop: async () => {
      callOff?.();
      for (const stop of graces.values()) stop();
      graces.clear();
      await Promise.all(busy);
    },
  };
}

async function sweepAll(parts: RunParts, live: LiveSessions, startedAt: number): Promise<void> {
  const due = await selectRunnersWithUnfinished(parts.database.read, parts.clock.now());
  for (const runnerId of due) {
    // One runner's trouble must not keep the others from being swept (C7).
    await sweepRunner(parts, live, { runnerId, startedAt, lostAt: null }).catch((error: unknown) =>
      parts.report(error, `sweeping the runs of ${runnerId}`),
    );
  }
}

interface Swept {
  runnerId: string;
  startedAt: number;
  /** Known when a grace has run out; otherwise the store says when its close was recorded. */
  lostAt: number | null;
}

async function sweepRunner(
  parts: RunParts,
  live: LiveSessions,
  { runnerId, startedAt, lostAt }: Swept,
): Promise<void> {
  await parts.database.write(async (tx) => {
    const runner = await readRunner(tx, runnerId, lostAt);
    if (!runner) return;
    const now = parts.clock.now();
    let offers = false;
    for (const run of await selectUnfinished(tx.sql, runnerId)) {
      const facts = {
        status: run.status,
        waitsTurn: run.turn === 1,
        queuedAt: run.queued_at,
        sentEpoch: run.sent_epoch,
      };
      const verdict = judgeUnfinished(facts, runner, now, startedAt);
      if (verdict.do === 'end')
        await endRun(parts, tx, run, { ...endingOf(verdict.ending), from: [run.status] });
      if (verdict.do === 'offer') offers = true;
      if (verdict.do === 'resend') {
        tx.afterCommit(() => {
          const session = live.find(runnerId);
          if (session) resend(session, run);
        });
      }
    }
    const session = offers ? live.find(runnerId) : null;
    live.clearCapped(runnerId);
    if (session) await offerQueued(parts, tx, session);
  });
}

async function readRunner(tx: Tx, runnerId: string, lostAt: number | null): Promise<SweptRunner | null> {
  const row = await selectRunnerFacts(tx.sql, runnerId);
  if (!row) return null;
  return {
    connected: row.connected === 1,
    epoch: row.epoch,
    disabled: row.disabled_at !== null,
    revoked: row.revoked_at !== null,
    deleted: row.deleted_at !== null,
    lostAt: lostAt ?? row.last_disconnected_at,
  };
}
