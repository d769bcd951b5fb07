// The journal's events of one run, made from what is known at each point. Everything in them is masked.
import type { ArgumentValue } from '../../packs/arguments.ts';
import { encodeSorted } from '../../packs/exact-json.ts';
import { formatGoDuration } from '../../packs/duration.ts';
import { sha256Hex } from '../../packs/hash.ts';
import type { ActionInPack } from '../../packs/load.ts';
import type { RedactionCount } from '../../packs/redaction.ts';
import type { EventType, JournalEvent, JournalExecution } from '../journal/event.ts';
import type { PreparedCommand } from './prepared-command.ts';

export interface EventContext {
  readonly eventId: string;
  readonly time: string;
  readonly group: string;
  readonly runnerId: string;
  /** Empty for a local run. */
  readonly requestId: string;
  readonly actionId: string;
  /** Masked. */
  readonly reason: string;
}

export interface EventDetails {
  readonly found?: ActionInPack | undefined;
  /** Masked values of the accepted arguments. */
  readonly args?: ReadonlyMap<string, ArgumentValue> | undefined;
  readonly execution?: JournalExecution | undefined;
  readonly redactions?: readonly RedactionCount[] | undefined;
  readonly error?: string | undefined;
}

/** One event; absent and empty parts are left out, and the order of fields is the one that is written. */
export function createEvent(type: EventType, context: EventContext, details: EventDetails): JournalEvent {
  const { found, args, execution, redactions = [], error } = details;
  const request = {
    ...(args && describeArguments(args)),
    ...(context.reason !== '' && { reason: context.reason }),
  };
  return {
    event_id: context.eventId,
    time: context.time,
    event_type: type,
    group: context.group,
    runner_id: context.runnerId,
    caller: context.requestId === '' ? {} : { control_plane_request_id: context.requestId },
    ...(found && { pack_id: found.packId }),
    ...(context.actionId !== '' && { action_id: context.actionId }),
    ...(Object.keys(request).length > 0 && { request }),
    ...(found && { metadata: { kind: found.action.kind, risk: found.action.risk } }),
    ...(execution && { execution }),
    ...(redactions.length > 0 && { redactions }),
    ...(error !== undefined && error !== '' && { error }),
  };
}

function describeArguments(args: ReadonlyMap<string, ArgumentValue>): NonNullable<JournalEvent['request']> {
  const sorted = [...args].sort(([a], [b]) => (a < b ? -1 : 1));
  // The hash is over masked values, so that nobody can find a secret by trying.
  const hash = sha256Hex(Buffer.from(encodeSorted(Object.fromEntries(sorted))));
  return { args_sha256: hash, ...(args.size > 0 && { args_redacted: Object.fromEntries(sorted) }) };
}

/** What was measured of a process that has ended. */
export interface Measured {
  readonly exitCode: number;
  readonly durationMs: number;
  readonly isTimedOut: boolean;
  readonly stdoutSha256: string;
  readonly stderrSha256: string;
  readonly stdoutPreview: string;
  readonly stderrPreview: string;
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
}

/** The `execution` part; without measurements that of the start, with the action's own variables only. */
export function describeExecution(command: PreparedCommand, measured?: Measured): JournalExecution {
  const variables = measured ? command.environment.names : command.actionVariables;
  const hashed = [command.binary, ...command.maskedArgv].join('\0');
  return {
    binary: command.binary,
    ...(command.maskedArgv.length > 0 && { argv: command.maskedArgv }),
    argv_sha256: sha256Hex(Buffer.from(hashed)),
    cwd: command.cwd,
    ...(variables.length > 0 && { env_keys: variables }),
    timeout: formatGoDuration(BigInt(command.timeoutNs)),
    exit_code: measured?.exitCode ?? 0,
    duration_ms: measured?.durationMs ?? 0,
    timed_out: measured?.isTimedOut ?? false,
    ...(measured && { stdout_sha256: measured.stdoutSha256, stderr_sha256: measured.stderrSha256 }),
    ...(measured && measured.stdoutPreview !== '' && { stdout_preview: measured.stdoutPreview }),
    ...(measured && measured.stderrPreview !== '' && { stderr_preview: measured.stderrPreview }),
    stdout_bytes: measured?.stdoutBytes ?? 0,
    stderr_bytes: measured?.stderrBytes ?? 0,
    ...(command.scriptSha256 !== undefined && { script_sha256: command.scriptSha256 }),
    executed_command: command.shown.text,
  };
}
