// What becomes of one unfinished run, judged from the facts alone (wire protocol 8, SPEC RN4).
import { LOST_RUN_GRACE_MS, SENT_DEADLINE_MS } from '../../protocol/runner.ts';
import type { Ending, RunStatus } from '../../protocol/run.ts';

export interface SweptRun {
  status: RunStatus;
  /** Queued by intent: its turn has not come. */
  waitsTurn: boolean;
  queuedAt: number;
  sentEpoch: number | null;
}

export interface SweptRunner {
  connected: boolean;
  epoch: number;
  disabled: boolean;
  revoked: boolean;
  deleted: boolean;
  /** When its close was recorded; null when it never was. */
  lostAt: number | null;
}

export type SweepVerdict =
  | { do: 'keep' }
  | { do: 'offer' }
  | { do: 'resend' }
  | { do: 'end'; ending: Ending };

/** `startedAt` is the control plane's own start: every grace counts from it at the earliest. */
export function judgeUnfinished(
  run: SweptRun,
  runner: SweptRunner,
  now: number,
  startedAt: number,
): SweepVerdict {
  if (run.status === 'pending_approval') return runner.deleted ? end('runner_deleted') : { do: 'keep' };
  if (runner.deleted) return end('runner_deleted');
  const queuedMs = now - Math.max(run.queuedAt, startedAt);
  if (run.status === 'pending') {
    if (run.waitsTurn) return { do: 'keep' };
    if (queuedMs < LOST_RUN_GRACE_MS) return { do: 'keep' };
    return runner.connected ? { do: 'offer' } : end('never_reached');
  }
  if (runner.connected) return run.status === 'sent' ? judgeSent(run, runner, queuedMs) : { do: 'keep' };
  if (now - Math.max(runner.lostAt ?? 0, startedAt) < LOST_RUN_GRACE_MS) return { do: 'keep' };
  if (runner.revoked) return end('runner_revoked');
  if (runner.disabled) return end('runner_disabled');
  return end(run.status === 'sent' ? 'outcome_unknown' : 'lost_in_flight');
}

function judgeSent(run: SweptRun, runner: SweptRunner, queuedMs: number): SweepVerdict {
  if (queuedMs >= SENT_DEADLINE_MS) return end('never_acknowledged');
  const isSameSession = run.sentEpoch === runner.epoch;
  return queuedMs >= LOST_RUN_GRACE_MS && isSameSession ? { do: 'resend' } : { do: 'keep' };
}

function end(ending: Ending): SweepVerdict {
  return { do: 'end', ending };
}
