// The life of one run: its states, which moves are legal, and why it ended. Pure; the store obeys.
import { z } from 'zod';

export const runStatuses = [
  'pending',
  'pending_approval',
  'sent',
  'running',
  'cancelling',
  'success',
  'failed',
  'error',
  'timed_out',
  'validation_failed',
  'unknown_action',
  'refused',
  'denied',
  'cancelled',
] as const;
export const RunStatus = z.enum(runStatuses);
export type RunStatus = z.infer<typeof RunStatus>;

const terminal: ReadonlySet<RunStatus> = new Set<RunStatus>([
  'success',
  'failed',
  'error',
  'timed_out',
  'validation_failed',
  'unknown_action',
  'refused',
  'denied',
  'cancelled',
]);

/** A terminal status is never overwritten (SPEC RN1). */
export function isTerminal(status: RunStatus): boolean {
  return terminal.has(status);
}

/** Ended, and neither well nor by a decision of ours: what a dispatch counts towards stopping, and runs again. */
export function isFailure(status: RunStatus): boolean {
  return isTerminal(status) && status !== 'success' && status !== 'cancelled' && status !== 'denied';
}

export const unfinishedStatuses: readonly RunStatus[] = runStatuses.filter((status) => !isTerminal(status));
/** Handed to a runner and not yet settled: replayed on reconnect, ended by the grace. */
export const deliveredStatuses: readonly RunStatus[] = ['sent', 'running', 'cancelling'];

const moves: Partial<Record<RunStatus, readonly RunStatus[]>> = {
  pending: ['sent', 'cancelled', 'error', 'refused'],
  pending_approval: ['pending', 'cancelled'],
  sent: ['running', 'pending', 'cancelling', 'error'],
  running: ['cancelling', 'error'],
  cancelling: ['error'],
};

/** True when a run may go from one status to the other. What a runner reports may end any delivered run. */
export function mayMove(from: RunStatus, to: RunStatus): boolean {
  if (isTerminal(from)) return false;
  if (deliveredStatuses.includes(from) && isTerminal(to) && to !== 'denied') return true;
  return moves[from]?.includes(to) ?? false;
}

const reported: Record<string, RunStatus> = {
  success: 'success',
  failed: 'failed',
  error: 'error',
  validation_failed: 'validation_failed',
  unknown_action: 'unknown_action',
  timed_out: 'timed_out',
  cancelled: 'cancelled',
  blocked_by_admission: 'refused',
  signature_invalid: 'refused',
  pack_hash_mismatch: 'refused',
};

/** What a runner's result status means here; a word we do not know is a failure (wire protocol 7.3). */
export function statusOfResult(status: string): RunStatus {
  return Object.hasOwn(reported, status) ? (reported[status] ?? 'failed') : 'failed';
}

/** Why the control plane itself ended a run; each carries the sentence an operator reads. */
export const endings = {
  never_reached:
    'The runner was not there while this run was queued; it never reached the host, so it is safe to run again',
  outcome_unknown:
    'The connection to the runner was lost after the run was handed over; its outcome is unknown and it will not be executed again. Inspect the host before repeating it',
  lost_in_flight:
    'The runner disconnected while the action was running and did not come back within two minutes; the result never arrived. Inspect the host before repeating it',
  never_acknowledged:
    'The runner is connected but never acknowledged this run; it is not known to have started',
  runner_deleted: 'The runner was deleted before it reported a result',
  runner_disabled: 'The runner was disabled before it reported a result',
  runner_revoked: 'The token of the runner was revoked before it reported a result',
  trust_moved: 'The trust in the pack changed between the request and the hand-over; nothing was executed',
} as const;
export type Ending = keyof typeof endings;

/** Events and bytes that one run's output may take in the store (wire protocol 7.2). */
export const OUTPUT_MAX_CHUNKS = 50_000;
export const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
export const OUTPUT_MAX_CHUNK_BYTES = 256 * 1024;
