// What the end of a process means: status, reason, and which event the journal gets.
import type { Action } from '../../packs/action.ts';
import { decodeExactJson } from '../../packs/exact-json.ts';
import { compileOutputSchema } from '../../packs/output-schema.ts';
import { decodeStructuredOutput } from '../../packs/structured-output.ts';
import type { EventType } from '../journal/event.ts';
import type { ChildEnd } from './child-process.ts';

export interface Judgement {
  readonly status: string;
  readonly eventType: EventType;
  readonly reason?: string;
  readonly error?: string;
  readonly structuredOutput?: unknown;
}

/** Judges how a process ended (packs 7); the promises about its output are checked apart. */
export function judgeEnd(end: ChildEnd, successExitCodes: readonly number[]): Judgement {
  const left =
    end.leftBehind.length === 0
      ? undefined
      : `still running, and no longer waited for: ${end.leftBehind.join(', ')}`;
  const error = left === undefined ? {} : { error: left };
  if (end.startError !== null) {
    return {
      status: 'error',
      eventType: 'execution_failed',
      reason: 'could not start',
      error: `could not start: ${end.startError}`,
    };
  }
  if (end.stoppedBy === 'timeout') {
    return { status: 'timed_out', eventType: 'execution_failed', reason: 'execution timed out', ...error };
  }
  if (end.stoppedBy === 'cancel') {
    return { status: 'cancelled', eventType: 'action_cancelled', reason: 'execution cancelled', ...error };
  }
  const code = end.exitCode;
  if (code === 0 || (code !== null && successExitCodes.includes(code))) {
    return {
      status: 'success',
      eventType: 'execution_completed',
      ...(left !== undefined && { reason: left }),
    };
  }
  const reason =
    code === null ? `process ended by signal ${end.signal ?? 'unknown'}` : `process exited with code ${code}`;
  return { status: 'failed', eventType: 'execution_completed', reason, ...error };
}

/** Holds a successful run to what its action promises of the output; other judgements stay as they are. */
export function judgeOutput(
  judgement: Judgement,
  action: Action,
  stdout: Uint8Array,
  isTruncated: boolean,
): Judgement {
  const { parser, parserRequired, schema } = action.output;
  if (judgement.status !== 'success' || parser !== 'json') return judgement;
  if (!schema) return parserRequired && !isJson(stdout) ? broken('output_invalid_json') : judgement;
  const decoded = decodeStructuredOutput(stdout, compileOutputSchema(schema), isTruncated);
  return decoded.ok ? { ...judgement, structuredOutput: decoded.value } : broken(decoded.reason);
}

/** True when the whole masked stdout is needed to judge the run. */
export function needsWholeOutput(action: Action): boolean {
  return action.output.parser === 'json' && action.output.parserRequired;
}

function isJson(bytes: Uint8Array): boolean {
  try {
    decodeExactJson(bytes);
    return true;
  } catch {
    return false;
  }
}

function broken(reason: string): Judgement {
  return {
    status: 'validation_failed',
    eventType: 'validation_failed',
    reason,
    error: 'the output is not what the action promises',
  };
}
