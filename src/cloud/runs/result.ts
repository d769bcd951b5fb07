// The last word of a run: stored exactly once, clamped rather than refused, because a refused result would
// come back with every connection. A late one is acknowledged and dropped (SPEC RN1–RN3).
import type { ActionResultFrame } from '../../protocol/frames.ts';
import { approximately, type RawJson } from '../../protocol/exact-json.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { deliveredStatuses, statusOfResult, type RunStatus } from '../../protocol/run.ts';
import type { OutputCheck } from '../../packs/output-schema.ts';
import { decodeStructuredOutput } from '../../packs/structured-output.ts';
import type { Tx } from '../database/database.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import { offerQueued } from './hand-over.ts';
import type { LiveSessions } from './live-sessions.ts';
import { runnerActor, runTarget, tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { passTurnOn } from './pacing.ts';
import { moveRun, selectRunOfRequest } from './store.ts';

const MAX_EXPLANATION = 16_384;
const MAX_COMMAND = 16_384;
const INT32 = 2 ** 31 - 1;

/** Resolves once the result is stored, or needs no storing; rejects when the store failed. */
export async function storeResult(
  parts: RunParts,
  live: LiveSessions,
  session: SessionHandle,
  frame: ActionResultFrame,
): Promise<void> {
  await parts.database.write(async (tx) => {
    live.clearCapped(session.runnerId);
    const run = await selectRunOfRequest(tx.sql, session.runnerId, frame.request_id);
    if (run) await settle(parts, tx, { run, session, frame });
    // The slot that this result freed takes the oldest queued run.
    const current = live.find(session.runnerId);
    if (current) await offerQueued(parts, tx, current);
  });
}

interface Reported {
  run: RunRow;
  session: SessionHandle;
  frame: ActionResultFrame;
}

async function settle(parts: RunParts, tx: Tx, { run, session, frame }: Reported): Promise<void> {
  const contracts = await parts.offers.contracts(tx.sql, [run.contract_digest]);
  const outputCheck = contracts.get(run.contract_digest)?.outputCheck() ?? null;
  const columns = resultColumns(run, frame, outputCheck, parts.clock.now());
  if (!(await moveRun(tx.sql, run.id, deliveredStatuses, columns))) return;
  await parts.audit.record(tx, {
    accountId: run.account_id,
    actor: runnerActor(session),
    event: `action_run.${columns.status}`,
    target: runTarget(run),
    requestId: run.request_id,
    payload: {
      action_id: run.action_id,
      exit_code: columns.exit_code,
      cause: columns.cause,
      event_id: columns.event_id,
    },
  });
  tellRun(parts, tx, 'run.finished', run);
  await passTurnOn(parts, tx, run);
}

function resultColumns(run: RunRow, frame: ActionResultFrame, outputCheck: OutputCheck | null, now: number) {
  const output = judgeOutput(outputCheck, frame);
  const ending =
    output.fault === null
      ? { status: statusOfResult(frame.status), ...explain(frame) }
      : { status: 'validation_failed' as const, cause: output.fault, explanation: OUTPUT_FAULT };
  return {
    ...ending,
    finished_at: now,
    exit_code: clamp(frame.exit_code, -INT32 - 1, INT32),
    duration_ms: clamp(frame.duration_ms, 0, INT32),
    stdout_bytes: count(frame.emitted_stdout_bytes),
    stderr_bytes: count(frame.emitted_stderr_bytes),
    stdout_truncated: flag(frame.truncated_stdout),
    stderr_truncated: flag(frame.truncated_stderr),
    output_complete: flag(
      (frame.dropped_progress_chunks ?? 0) === 0 && (frame.progress_chunks ?? 0) === run.output_chunks,
    ),
    structured_output: output.text,
    executed_command:
      frame.executed_command === undefined ? null : bounded(frame.executed_command, MAX_COMMAND),
    executed_command_truncated: flag(
      frame.executed_command_truncated || (frame.executed_command?.length ?? 0) > MAX_COMMAND,
    ),
    local_audit_failed: flag(frame.local_audit_failed),
    event_id: short(frame.event_id),
  };
}

// A runner's reason is a code or a short sentence; only a code can be looked up and acted on.
function explain({ status, error, reason }: ActionResultFrame): {
  cause: string | null;
  explanation: string | null;
} {
  const code = reason !== undefined && /^[a-z][a-z0-9_]{0,63}$/.test(reason) ? reason : null;
  const known: RunStatus = statusOfResult(status);
  const cause = code ?? (known === 'refused' ? status : null);
  if (known === 'success') return { cause: null, explanation: null };
  const words = error ?? sentences[code ?? ''] ?? reason ?? sentences[status] ?? null;
  return { cause, explanation: words === null || words === '' ? null : bounded(words, MAX_EXPLANATION) };
}

const sentences: Record<string, string> = {
  execution_outcome_unknown:
    'The runner restarted after it had taken this run; whether the action had its effect is unknown. Inspect the host before repeating it',
  host_rebooted:
    'The host was restarted while this ran; whether the action had its whole effect is unknown. Inspect the host before repeating it',
  cancelled_before_start: 'Cancelled before the runner started it; nothing was executed',
  blocked_by_admission: 'The host does not allow this action; nothing was executed',
  signature_invalid: 'The host did not accept the signature; nothing was executed',
  pack_hash_mismatch: 'The bytes of the pack on the host are not the trusted ones; nothing was executed',
};

// A success counts only with the output that the action promised, judged here again (wire protocol 7.3).
function judgeOutput(
  check: OutputCheck | null,
  frame: ActionResultFrame,
): { text: string | null; fault: string | null } {
  const output = frame.structured_output ?? null;
  if (frame.status !== 'success' || (check === null && output === null)) return { text: null, fault: null };
  if (check === null || output === null) return { text: null, fault: 'output_schema_mismatch' };
  const judged = decodeStructuredOutput(Buffer.from(JSON.stringify(output)), check, false);
  return judged.ok ? { text: judged.encoded, fault: null } : { text: null, fault: judged.reason };
}

const OUTPUT_FAULT = 'The action ended well, but its output is not what it promises';

function clamp(given: number | RawJson, min: number, max: number): number {
  const value = approximately(given);
  return Number.isFinite(value) ? Math.trunc(Math.min(Math.max(value, min), max)) : min;
}

function count(value: number | RawJson | undefined): number | null {
  return value === undefined ? null : clamp(value, 0, Number.MAX_SAFE_INTEGER);
}

function flag(value: boolean | undefined): 0 | 1 {
  return value === true ? 1 : 0;
}

function short(text: string | undefined): string | null {
  return text === undefined ? null : bounded(text, 255);
}
