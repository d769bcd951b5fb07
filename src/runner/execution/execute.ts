// Runs a prepared command and gathers what came of it: how it ended, how long it took, what it printed.
import type { Redaction } from '../../packs/redaction.ts';
import type { OutputStream } from '../../protocol/frames.ts';
import type { Clock } from '../clock.ts';
import { CapturedStream } from './captured-stream.ts';
import { ChildRun, type ChildEnd } from './child-process.ts';
import type { GroupGuard } from './group-guard.ts';
import type { OutputPipes } from './output-pipes.ts';
import type { Launch } from './isolation.ts';
import type { PreparedCommand } from './prepared-command.ts';

export interface ExecuteOptions {
  readonly command: PreparedCommand;
  readonly launch: Launch;
  readonly redaction: Redaction;
  readonly maxPreviewBytes: number;
  /** Keep the whole masked stdout, for a parser. */
  readonly keepsStdout: boolean;
  readonly clock: Clock;
  readonly guard: GroupGuard;
  readonly pipes: OutputPipes | null;
  output(stream: OutputStream, text: string): void;
}

export interface Executed {
  readonly end: ChildEnd;
  readonly durationMs: number;
  readonly stdout: CapturedStream;
  readonly stderr: CapturedStream;
}

export interface Executing {
  stop(): void;
  /** Rejects only for a bug, after the process was stopped. */
  readonly finished: Promise<Executed>;
}

/** Starts the process now. */
export function execute(options: ExecuteOptions): Executing {
  const { command, launch, clock } = options;
  const bugs: unknown[] = [];
  const streams = {
    stdout: openStream(options, 'stdout', command.maxStdoutBytes, options.keepsStdout),
    stderr: openStream(options, 'stderr', command.maxStderrBytes, false),
  };
  const guard = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // Thrown from here it would end the whole runner; the run alone has to fail (pitfall C7).
      bugs.push(error);
      child.stop('cancel');
    }
  };
  const startedAt = clock.now();
  const child = new ChildRun({
    program: launch.program,
    argv: launch.argv,
    variables: command.environment.variables,
    cwd: command.cwd,
    ...(launch.account && { account: launch.account }),
    timeoutMs: Math.max(1, Math.ceil(command.timeoutNs / 1e6)),
    graceMs: command.graceMs,
    clock,
    guard: options.guard,
    pipes: options.pipes,
    output: (stream, bytes) => guard(() => streams[stream].take(bytes)),
  });
  const finished = child.ended.then((end) => {
    guard(() => streams.stdout.end());
    guard(() => streams.stderr.end());
    if (bugs.length > 0) throw bugs[0];
    const durationMs = Math.max(0, Math.round(clock.now() - startedAt));
    return { end: withLauncherFault(end, launch, streams.stderr), durationMs, ...streams };
  });
  return { stop: () => child.stop('cancel'), finished };
}

function openStream(
  options: ExecuteOptions,
  stream: OutputStream,
  maxBytes: number,
  keepsAll: boolean,
): CapturedStream {
  return new CapturedStream({
    redaction: options.redaction,
    maxBytes,
    maxPreviewBytes: options.maxPreviewBytes,
    keepsAll,
    deliver: (text) => options.output(stream, text),
  });
}

// The launcher speaks with the action's stderr when it cannot start the program; 126 and 127 are its codes.
function withLauncherFault(end: ChildEnd, launch: Launch, stderr: CapturedStream): ChildEnd {
  const isLauncherCode = end.exitCode === 126 || end.exitCode === 127;
  if (!launch.isIsolated || !isLauncherCode || end.stoppedBy) return end;
  const fault = /^setpriv: (.+)/.exec(stderr.preview())?.[1];
  return fault === undefined ? end : { ...end, exitCode: null, startError: fault };
}
