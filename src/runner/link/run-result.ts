// The frame that ends a run, made from what the engine reported or from the reason why nothing was executed.
import type { ActionResultFrame, RunActionFrame } from '../../protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { RunFacts, RunOutcome } from '../execution/engine.ts';
import type { RunOutbox } from './run-outbox.ts';

/** Why a run ended without the engine having had a word in it (wire protocol 7.3). */
export const refusedBecause = {
  dispatch_id_conflict: 'another dispatch with this request id was seen here before',
  dispatch_reservation_failed: 'the dispatch log could not be written, so nothing was executed',
  execution_outcome_unknown:
    'the runner was restarted while this ran; its outcome is unknown and it will not run again',
  host_rebooted:
    'the host was restarted while this ran; whether it had its whole effect is unknown, and it will not run again',
  cancelled_before_start: 'cancelled before it started',
  engine_panic: 'the runner failed while executing this; see its log',
} as const;
export type RefusedBecause = keyof typeof refusedBecause;

/** What the execution needs to know of a dispatch. */
export function factsOf(frame: RunActionFrame, argsText: string): RunFacts {
  return {
    requestId: frame.request_id,
    actionId: frame.action_id,
    args: frame.args,
    argsText,
    reason: frame.reason,
    ...(frame.expected_pack_hash === undefined ? {} : { expectedPackHash: frame.expected_pack_hash }),
    ...(frame.pack_ref === undefined ? {} : { packRef: frame.pack_ref }),
    ...(frame.opts ? { opts: frame.opts } : {}),
    ...(frame.operation_id === undefined ? {} : { operationId: frame.operation_id }),
    ...(frame.attestation === undefined || frame.attestation === null
      ? {}
      : { attestation: frame.attestation }),
  };
}

/** The result frame of an executed or refused run; its counts are those of the output that was queued. */
export function resultFrame(
  requestId: string,
  outcome: RunOutcome,
  outbox: RunOutbox | null,
): ActionResultFrame {
  const { event_id: eventId, local_audit_failed: _said, ...rest } = outcome;
  const dropped = outbox?.droppedChunks ?? 0;
  return {
    type: 'action_result',
    protocol_version: PROTOCOL_VERSION,
    request_id: requestId,
    ...rest,
    progress_chunks: outbox?.progressChunks ?? 0,
    ...(dropped > 0 ? { dropped_progress_chunks: dropped } : {}),
    // Exactly one of the two is there: a log in which they contradict each other is not believed.
    ...(eventId ? { event_id: eventId } : { local_audit_failed: true }),
  };
}

/** The result of a run that never reached the engine, or that the engine lost. */
export function refusalFrame(
  requestId: string,
  because: RefusedBecause,
  eventId: string | null,
  outbox: RunOutbox | null = null,
): ActionResultFrame {
  const outcome = {
    status: because === 'cancelled_before_start' ? 'cancelled' : 'failed',
    exit_code: -1,
    duration_ms: 0,
    emitted_stdout_bytes: 0,
    emitted_stderr_bytes: 0,
    reason: because,
    error: refusedBecause[because],
    ...(eventId === null ? {} : { event_id: eventId }),
  };
  return resultFrame(requestId, outcome, outbox);
}
