// The engine: one dispatch through the gates, into the journal, through a child process, to its outcome.
// Replay, caps and the wire are the link's; it only ever sees facts in and an outcome out.
import type { PackSet } from '../../packs/load.ts';
import type { RedactionRule } from '../../packs/redaction-rule.ts';
import type { ActionResultFrame, OutputStream, RunOptions } from '../../protocol/frames.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { Clock } from '../clock.ts';
import type { AdmissionRules } from '../gates/admission.ts';
import type { Journal } from '../journal/journal.ts';

/** What decides what would be executed. `requestId` is empty for a local run. */
export interface RunFacts {
  requestId: string;
  actionId: string;
  /** Parsed with parseExact, so that number literals are whole. */
  args: Record<string, unknown>;
  expectedPackHash?: string;
  packRef?: string;
  opts?: RunOptions;
  reason: string;
  operationId?: string;
  attestation?: unknown;
}

/** The result frame without what the wire adds. `local_audit_failed` stands exactly when `event_id` is absent. */
export type RunOutcome = Pick<
  ActionResultFrame,
  | 'status'
  | 'exit_code'
  | 'duration_ms'
  | 'emitted_stdout_bytes'
  | 'emitted_stderr_bytes'
  | 'timed_out'
  | 'truncated_stdout'
  | 'truncated_stderr'
  | 'emitted_stdout_sha256'
  | 'emitted_stderr_sha256'
  | 'redactions'
  | 'reason'
  | 'error'
  | 'structured_output'
  | 'event_id'
  | 'local_audit_failed'
  | 'executed_command'
  | 'executed_command_truncated'
>;

export interface RunObserver {
  /** The gates are passed and the start is journalled. */
  started(): void;
  /** Masked text: one or more whole lines, or a piece of a long or unfinished one; at most 64 KiB. */
  output(stream: OutputStream, text: string): void;
}

export interface Execution {
  cancel(): void;
  /** Never rejects. */
  readonly outcome: Promise<RunOutcome>;
}

export interface ExecutionSettings {
  /** Names of the runner's environment that actions also get; see inheritEnvFault. */
  readonly inheritEnv: readonly string[];
  readonly cancelGraceMs: number;
  /** False lets actions run without setpriv where there is none. */
  readonly requireIsolation: boolean;
  /** Globs over action ids that may gain privileges through setuid programs. */
  readonly allowSetuid: readonly string[];
  /** Bytes of output that the journal keeps of each stream. */
  readonly maxPreviewBytes: number;
}

export interface EngineOptions {
  readonly packs: PackSet;
  readonly journal: Journal;
  /** Who we are, for the journal. */
  readonly identity: { readonly group: string; readonly runnerId: string };
  readonly admission: AdmissionRules;
  readonly execution: ExecutionSettings;
  /** Directories that no path argument may point into. */
  readonly protectedRoots: readonly string[];
  /** The host's own masking rules. */
  readonly redactionRules: readonly RedactionRule[];
  readonly clock: Clock;
  /** The runner's environment, of which actions see only what is named. */
  readonly environment: NodeJS.ProcessEnv;
  readonly random: RandomBytes;
}

export interface Engine {
  run(facts: RunFacts, on: RunObserver): Execution;
  /** Journals that a dispatch was not executed; the event id, or null when it could not be written. */
  refuse(facts: RunFacts, detail: string): Promise<string | null>;
  loaded(): PackSet;
  /** Running actions keep what they started with. */
  replacePacks(packs: PackSet): void;
  /** Cancels everything and resolves when every process is gone. */
  stopAll(): Promise<void>;
}

export function createEngine(_options: EngineOptions): Engine {
  throw new Error('the engine is not wired yet');
}
