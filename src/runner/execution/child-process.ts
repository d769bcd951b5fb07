// One child process from spawn to the point where nothing of it is waited for any more: its output, its time
// limit, its cancellation, and what is left behind. What the end means is outcome.ts's.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Clock } from '../clock.ts';
import type { GroupGuard } from './group-guard.ts';
import { closeWriteEnds, discardPipes, readPipe, type OutputPipes } from './output-pipes.ts';
import { holdersOf, isGroupAlive, openFileOf, signalGroup } from './process-table.ts';

export interface ChildOptions {
  readonly program: string;
  readonly argv: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  readonly clock: Clock;
  readonly guard: GroupGuard;
  /** Null: Node's own socket pairs. */
  readonly pipes: OutputPipes | null;
  output(stream: 'stdout' | 'stderr', bytes: Buffer): void;
}

export interface ChildEnd {
  /** Null when a signal ended it or it never ran. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why it could not be started; null when it was. */
  readonly startError: string | null;
  readonly stoppedBy: StopCause | null;
  /** What still held the output open when we stopped waiting, as `name (pid 123)`. */
  readonly leftBehind: readonly string[];
}
export type StopCause = 'cancel' | 'timeout';

// After the end of the program its output is read until it is closed, or silent for two ticks: something else
// may hold it open, and may go on printing (pitfall C2).
const drainTickMs = 75;
const drainTicksAtMost = 20;
const firstGroupTickMs = 20;
const longestGroupTickMs = 320;
// SIGKILL takes effect at once, except for a process stuck in the kernel.
const killWaitMs = 1_000;
// A program that survives SIGKILL this long waits in the kernel for ever; the run must end all the same.
const unkillableMs = 10_000;
const longestTimerMs = 2_147_483_647;

const longestTurnMs = 8;

export class ChildRun {
  readonly ended: Promise<ChildEnd>;
  readonly #options: ChildOptions;
  #settle: (end: ChildEnd) => void = () => {};
  #child: ChildProcess | null = null;
  #streams: Readable[] = [];
  #pipes = new Set<string>();
  #stoppedBy: StopCause | null = null;
  #exit: { code: number | null; signal: string | null } | null = null;
  #isSettled = false;
  #killedAt: number | null = null;
  #openStreams = 0;
  #received = 0;
  #cancelTimers: (() => void)[] = [];

  constructor(options: ChildOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    try {
      this.#start();
    } catch (error) {
      this.#failToStart(error);
    }
  }

  /** SIGTERM to the group, SIGKILL after the grace. Nothing happens once the program has ended. */
  stop(cause: StopCause): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#exit || this.#stoppedBy) return;
    this.#stoppedBy = cause;
    signalGroup(pid, 'SIGTERM');
    this.#after(this.#options.graceMs, () => this.#kill(pid));
  }

  #start(): void {
    const child = this.#spawn();
    this.#child = child;
    child.on('error', (error) => {
      if (child.pid === undefined) this.#failToStart(error);
    });
    const { pid } = child;
    if (pid === undefined) return;
    this.#options.guard.protect(pid);
    for (const descriptor of [1, 2]) {
      const file = openFileOf(pid, descriptor);
      if (file !== null) this.#pipes.add(file);
    }
    child.on('exit', (code, signal) => this.#programEnded(pid, code, signal));
    this.#after(this.#options.timeoutMs, () => this.stop('timeout'));
  }

  #spawn(): ChildProcess {
    const { pipes } = this.#options;
    const child = this.#spawnWith(pipes);
    // As long as we hold the writing ends the output has no end.
    if (pipes) closeWriteEnds(pipes);
    this.#listen('stdout', pipes ? readPipe(pipes.stdout) : child.stdout);
    this.#listen('stderr', pipes ? readPipe(pipes.stderr) : child.stderr);
    return child;
  }

  #spawnWith(pipes: OutputPipes | null): ChildProcess {
    const { program, argv, variables, cwd, account } = this.#options;
    try {
      return spawn(program, argv, {
        cwd,
        env: { ...variables },
        detached: true,
        stdio: ['ignore', pipes?.stdout.writeEnd ?? 'pipe', pipes?.stderr.writeEnd ?? 'pipe'],
        ...(account && { uid: account.uid, gid: account.gid }),
      });
    } catch (error) {
      if (pipes) discardPipes(pipes);
      throw error;
    }
  }

  #listen(name: 'stdout' | 'stderr', stream: Readable | null): void {
    if (!stream) return;
    this.#streams.push(stream);
    this.#openStreams += 1;
    stream.on('data', (bytes: Buffer) => {
      this.#received += bytes.length;
      const startedAt = this.#options.clock.now();
      this.#options.output(name, bytes);
      // Otherwise up to 2 MiB would be masked in one turn of the loop, and heartbeats would wait for it.
      if (this.#options.clock.now() - startedAt > longestTurnMs) yieldTurn(stream);
    });
    stream.on('error', () => {});
    stream.on('close', () => {
      this.#openStreams -= 1;
      this.#finishIfDone();
    });
  }

  #programEnded(pid: number, code: number | null, signal: string | null): void {
    this.#exit = { code, signal };
    if (this.#stoppedBy) this.#awaitGroup(pid, firstGroupTickMs);
    else this.#drain(this.#received, 0, 0);
    this.#finishIfDone();
  }

  // The program obeyed SIGTERM; its children have the rest of the grace.
  #awaitGroup(pid: number, tickMs: number): void {
    const isStuck = this.#killedAt !== null && this.#options.clock.now() - this.#killedAt >= killWaitMs;
    if (isStuck || !isGroupAlive(pid)) return this.#drain(this.#received, 0, 0);
    this.#after(tickMs, () => this.#awaitGroup(pid, Math.min(2 * tickMs, longestGroupTickMs)));
  }

  #drain(receivedBefore: number, quietTicks: number, ticks: number): void {
    if (this.#openStreams === 0) return this.#finish();
    if (quietTicks >= 2 || ticks >= drainTicksAtMost) return this.#finish();
    this.#after(drainTickMs, () => {
      // Behind a busy loop the timer comes before data that has long arrived: let that in first.
      setImmediate(() =>
        setImmediate(() => {
          const isQuiet = this.#received === receivedBefore;
          this.#drain(this.#received, isQuiet ? quietTicks + 1 : 0, ticks + 1);
        }),
      );
    });
  }

  #kill(pid: number): void {
    this.#killedAt = this.#options.clock.now();
    signalGroup(pid, 'SIGKILL');
    this.#after(unkillableMs, () => {
      if (!this.#exit) this.#end(null, [`the program itself (pid ${pid}), which cannot be killed`]);
    });
  }

  #finishIfDone(): void {
    if (this.#openStreams === 0 && this.#exit && !this.#stoppedBy) this.#finish();
  }

  #finish(): void {
    if (this.#isSettled) return;
    const leftBehind = this.#openStreams > 0 ? holdersOf(this.#pipes) : [];
    if (this.#openStreams > 0 && leftBehind.length === 0)
      leftBehind.push('a process that could not be identified');
    this.#end(null, leftBehind);
  }

  #failToStart(error: unknown): void {
    if (!this.#isSettled) this.#end(error instanceof Error ? error.message : String(error), []);
  }

  #end(startError: string | null, leftBehind: readonly string[]): void {
    this.#isSettled = true;
    for (const cancel of this.#cancelTimers) cancel();
    for (const stream of this.#streams) stream.destroy();
    if (this.#child?.pid !== undefined) this.#options.guard.release(this.#child.pid);
    const { code = null, signal = null } = this.#exit ?? {};
    this.#settle({ exitCode: code, signal, startError, stoppedBy: this.#stoppedBy, leftBehind });
  }

  // Timers beyond 2^31 ms would fire at once.
  #after(ms: number, fire: () => void): void {
    const cancel = this.#options.clock.setTimer(Math.min(ms, longestTimerMs), () => {
      if (this.#isSettled) return;
      if (ms > longestTimerMs) this.#after(ms - longestTimerMs, fire);
      else fire();
    });
    this.#cancelTimers.push(cancel);
  }
}

function yieldTurn(stream: Readable): void {
  stream.pause();
  setImmediate(() => stream.resume());
}
