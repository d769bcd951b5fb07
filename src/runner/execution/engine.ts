// The engine: one dispatch through the gates, into the journal, through a child process, to its outcome.
// Replay, caps and the wire are the link's; it only ever sees facts in and an outcome out.
import type { PackSet } from '../../packs/load.ts';
import type { RedactionRule } from '../../packs/redaction-rule.ts';
import { compileRedaction, type Redaction } from '../../packs/redaction.ts';
import type { ActionResultFrame, OutputStream, WireRunOptions } from '../../protocol/frames.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { Clock } from '../clock.ts';
import { compileAdmission, compileGlob, type Admission, type AdmissionRules } from '../gates/admission.ts';
import type { SignatureGate } from '../gates/signature-gate.ts';
import type { Journal } from '../journal/journal.ts';
import { createGroupGuard } from './group-guard.ts';
import { createIsolation, type Isolate } from './isolation.ts';
import { PipeSupply } from './output-pipes.ts';
import { journalRun } from './run-journal.ts';
import { Run } from './run.ts';

/** What decides what would be executed. `requestId` is empty for a local run. */
export interface RunFacts {
  requestId: string;
  actionId: string;
  /** Parsed with parseExact, so that number literals are whole. */
  args: Record<string, unknown>;
  /** The arguments as they stood in the dispatch, byte for byte: what a signature covers. */
  argsText?: string;
  expectedPackHash?: string;
  packRef?: string;
  opts?: WireRunOptions;
  reason: string;
  operationId?: string;
  attestation?: unknown;
}

/** The result frame without what the wire adds. `local_audit_failed` stands when `event_id` is absent. */
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
  /** Null where signatures are not enforced. */
  readonly signature?: SignatureGate | null;
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

/** Wires an engine; a Refusal names an admission or setuid pattern that is malformed. */
export function createEngine(options: EngineOptions): Engine {
  return new HostEngine(options);
}

class HostEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #admission: Admission;
  readonly #isolate: Isolate;
  readonly #pipes: PipeSupply;
  readonly #guard = createGroupGuard();
  readonly #setuidGlobs: readonly ((actionId: string) => boolean)[];
  readonly #redaction: Redaction;
  readonly #active = new Set<Run>();
  #packs: PackSet;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#packs = options.packs;
    this.#admission = compileAdmission(options.admission);
    this.#setuidGlobs = options.execution.allowSetuid.map((glob) =>
      compileGlob(glob, 'execution.allow_setuid'),
    );
    this.#redaction = compileRedaction({ globalRules: options.redactionRules });
    this.#pipes = new PipeSupply(options.environment);
    this.#isolate = createIsolation({
      environment: options.environment,
      requireIsolation: options.execution.requireIsolation,
    });
  }

  run(facts: RunFacts, on: RunObserver): Execution {
    const { protectedRoots } = this.#options;
    const parts = {
      options: this.#options,
      gates: { packs: this.#packs, admission: this.#admission, protectedRoots },
      isolate: this.#isolate,
      pipes: this.#pipes,
      guard: this.#guard,
      allowsSetuid: (actionId: string) => this.#setuidGlobs.some((matches) => matches(actionId)),
    };
    const run = new Run(parts, facts, on);
    this.#active.add(run);
    void run.outcome.finally(() => this.#active.delete(run));
    return run;
  }

  refuse(facts: RunFacts, detail: string): Promise<string | null> {
    return journalRun(this.#options, facts, this.#redaction, 'dispatch_refused', { error: detail });
  }

  loaded(): PackSet {
    return this.#packs;
  }

  replacePacks(packs: PackSet): void {
    this.#packs = packs;
  }

  async stopAll(): Promise<void> {
    const runs = [...this.#active];
    for (const run of runs) run.cancel();
    await Promise.all(runs.map((run) => run.outcome));
    this.#guard.close();
    await this.#pipes.close();
  }
}
