// One run from dispatch to outcome: gates, start in the journal, child process, judgement, end on record.
// Who may start runs and what is loaded is engine.ts's.
import type { ArgumentValue, ArgumentValues } from '../../packs/arguments.ts';
import type { ActionInPack } from '../../packs/load.ts';
import { addCounts } from '../../packs/redaction-stream.ts';
import {
  compileRedaction,
  maskSensitive,
  redactText,
  sensitiveForms,
  type Redaction,
} from '../../packs/redaction.ts';
import { passGates, type Gates, type GateRefusal } from '../gates/gates.ts';
import type { EventType } from '../journal/event.ts';
import { findAccount } from './account.ts';
import type { EngineOptions, Execution, RunFacts, RunObserver, RunOutcome } from './engine.ts';
import { execute, type Executed, type Executing } from './execute.ts';
import type { GroupGuard } from './group-guard.ts';
import type { Isolate, Launch } from './isolation.ts';
import { judgeEnd, judgeOutput, needsWholeOutput, type Judgement } from './outcome.ts';
import { discardPipes, type OutputPipes, type PipeSupply } from './output-pipes.ts';
import { prepareCommand, scriptFault, type PreparedCommand } from './prepared-command.ts';
import { describeExecution, type EventDetails, type Measured } from './run-events.ts';
import { journalRun } from './run-journal.ts';

export interface RunParts {
  readonly options: EngineOptions;
  readonly gates: Gates;
  readonly isolate: Isolate;
  readonly pipes: PipeSupply;
  readonly guard: GroupGuard;
  allowsSetuid(actionId: string): boolean;
}

interface Accepted {
  readonly found: ActionInPack;
  readonly values: ArgumentValues;
  /** Masked. */
  readonly args: ReadonlyMap<string, ArgumentValue>;
}

const nothingRan = {
  exit_code: -1,
  duration_ms: 0,
  emitted_stdout_bytes: 0,
  emitted_stderr_bytes: 0,
} as const;

export class Run implements Execution {
  readonly outcome: Promise<RunOutcome>;
  readonly #parts: RunParts;
  readonly #facts: RunFacts;
  readonly #on: RunObserver;
  #redaction: Redaction;
  #executing: Executing | null = null;
  #isCancelled = false;

  constructor(parts: RunParts, facts: RunFacts, on: RunObserver) {
    this.#parts = parts;
    this.#facts = facts;
    this.#on = on;
    // Until the arguments are known only what is masked everywhere can be masked.
    this.#redaction = compileRedaction({ globalRules: parts.options.redactionRules });
    // Begins one step later, so that the caller holds the execution before its observer is called.
    this.outcome = Promise.resolve()
      .then(() => this.#run())
      .catch((error: unknown) => this.#failAsBug(error));
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#executing?.stop();
  }

  async #run(): Promise<RunOutcome> {
    if (this.#isCancelled) return this.#cancelledBeforeStart({});
    // A local run is asked for by whoever may use this host; there is nobody to sign for it.
    const unsigned =
      this.#facts.requestId === '' ? null : await this.#parts.options.signature?.judge(this.#facts);
    if (unsigned) return this.#refuse(unsigned);
    const answer = passGates(this.#parts.gates, this.#facts);
    if (!answer.passed) return this.#refuse(answer);
    const { found, values } = answer;
    const { action } = found;
    this.#redaction = compileRedaction({
      sensitive: sensitiveForms(action.args, values),
      actionRules: action.output.redact,
      globalRules: this.#parts.options.redactionRules,
    });
    return this.#start({ found, values, args: maskSensitive(action.args, values, this.#redaction) });
  }

  async #start(accepted: Accepted): Promise<RunOutcome> {
    const { options } = this.#parts;
    const { found, args } = accepted;
    const settings = { ...options.execution, environment: options.environment };
    const prepared = prepareCommand(found, accepted.values, this.#facts.opts, this.#redaction, settings);
    if (!prepared.ok) return this.#couldNotStart(prepared.because, { found, args });
    const { command } = prepared;
    const known = { found, args, execution: describeExecution(command) };
    const launch = await this.#launch(found, command);
    if ('refused' in launch) return this.#couldNotStart(launch.refused, known);
    if (this.#isCancelled) return this.#cancelledBeforeStart(known);
    if ((await this.#journal('execution_started', known)) === null) return startNotRecorded;
    const pipes = await this.#parts.pipes.take();
    // From here to the process nothing waits: no cancel and no edit can come in between.
    const fault = this.#isCancelled ? null : scriptFault(found);
    if (this.#isCancelled || fault !== null) {
      if (pipes) discardPipes(pipes);
      return fault === null ? this.#cancelledBeforeStart(known) : this.#couldNotStart(fault, known);
    }
    this.#on.started();
    return this.#conclude(accepted, command, await this.#execute(found, command, launch, pipes));
  }

  async #launch(
    found: ActionInPack,
    command: PreparedCommand,
  ): Promise<Launch | { readonly refused: string }> {
    const { user } = found.action.execution;
    const answer =
      user === undefined ? { account: null } : await findAccount(user, this.#parts.options.environment);
    if ('because' in answer) return { refused: answer.because };
    return this.#parts.isolate({
      program: command.program,
      argv: command.argv,
      allowsSetuid: this.#parts.allowsSetuid(found.action.id),
      ...(answer.account && { account: answer.account }),
    });
  }

  #execute(
    found: ActionInPack,
    command: PreparedCommand,
    launch: Launch,
    pipes: OutputPipes | null,
  ): Promise<Executed> {
    const { clock, execution } = this.#parts.options;
    this.#executing = execute({
      command,
      launch,
      redaction: this.#redaction,
      maxPreviewBytes: execution.maxPreviewBytes,
      keepsStdout: needsWholeOutput(found.action),
      clock,
      guard: this.#parts.guard,
      pipes,
      output: (stream, text) => this.#on.output(stream, text),
    });
    return this.#executing.finished;
  }

  async #conclude(accepted: Accepted, command: PreparedCommand, executed: Executed): Promise<RunOutcome> {
    const { action } = accepted.found;
    const { end, stdout, stderr } = executed;
    const judged = judgeEnd(end, action.execution.successExitCodes);
    const verdict = judgeOutput(judged, action, stdout.all(), stdout.isTruncated);
    const redactions = addCounts(stdout.counts(), stderr.counts());
    const measured = measure(executed);
    const eventId = await this.#journal(verdict.eventType, {
      found: accepted.found,
      args: accepted.args,
      execution: describeExecution(command, measured),
      redactions,
      error: verdict.error ?? verdict.reason,
    });
    return {
      ...this.#outcomeOf(verdict, eventId),
      exit_code: measured.exitCode,
      duration_ms: measured.durationMs,
      emitted_stdout_bytes: measured.stdoutBytes,
      emitted_stderr_bytes: measured.stderrBytes,
      ...(measured.isTimedOut && { timed_out: true }),
      ...(stdout.isTruncated && { truncated_stdout: true }),
      ...(stderr.isTruncated && { truncated_stderr: true }),
      emitted_stdout_sha256: measured.stdoutSha256,
      emitted_stderr_sha256: measured.stderrSha256,
      ...(redactions.length > 0 && { redactions }),
      executed_command: command.shown.text,
      ...(command.shown.isCut && { executed_command_truncated: true }),
    };
  }

  async #refuse(refusal: GateRefusal): Promise<RunOutcome> {
    const details = { found: refusal.found, error: refusal.detail };
    const eventId = await this.#journal(refusal.eventType, details);
    return this.#outcomeOf(
      { status: refusal.status, reason: refusal.reason, error: refusal.detail },
      eventId,
    );
  }

  async #couldNotStart(because: string, known: EventDetails): Promise<RunOutcome> {
    const error = `could not start: ${because}`;
    const eventId = await this.#journal('execution_failed', { ...known, error });
    return this.#outcomeOf({ status: 'error', reason: 'could not start', error }, eventId);
  }

  async #cancelledBeforeStart(known: EventDetails): Promise<RunOutcome> {
    const reason = 'cancelled_before_start';
    const eventId = await this.#journal('action_cancelled', {
      ...known,
      error: 'cancelled before it started',
    });
    return this.#outcomeOf({ status: 'cancelled', reason }, eventId);
  }

  async #failAsBug(error: unknown): Promise<RunOutcome> {
    const because = error instanceof Error ? error.message : String(error);
    const detail = `the runner failed while executing this: ${because}`;
    const eventId = await this.#journal('execution_failed', { error: detail }).catch(() => null);
    return this.#outcomeOf({ status: 'error', reason: 'engine_error', error: detail }, eventId);
  }

  #outcomeOf(said: Omit<Judgement, 'eventType'>, eventId: string | null): RunOutcome {
    return {
      status: said.status,
      ...nothingRan,
      ...(said.reason !== undefined && { reason: redactText(this.#redaction, said.reason).text }),
      ...(said.error !== undefined && { error: redactText(this.#redaction, said.error).text }),
      ...(said.structuredOutput !== undefined && { structured_output: said.structuredOutput }),
      ...(eventId === null ? { local_audit_failed: true } : { event_id: eventId }),
    };
  }

  #journal(type: EventType, details: EventDetails): Promise<string | null> {
    return journalRun(this.#parts.options, this.#facts, this.#redaction, type, details);
  }
}

// What cannot be recorded is not done (SPEC JR9).
const startNotRecorded: RunOutcome = {
  status: 'error',
  ...nothingRan,
  reason: 'local_audit_failed',
  error: 'could not start: the journal of this host cannot be written, so nothing was executed',
  local_audit_failed: true,
};

function measure({ end, durationMs, stdout, stderr }: Executed): Measured {
  return {
    exitCode: end.exitCode ?? -1,
    durationMs,
    isTimedOut: end.stoppedBy === 'timeout',
    stdoutSha256: stdout.sha256(),
    stderrSha256: stderr.sha256(),
    stdoutPreview: stdout.preview(),
    stderrPreview: stderr.preview(),
    stdoutBytes: stdout.byteCount,
    stderrBytes: stderr.byteCount,
  };
}
