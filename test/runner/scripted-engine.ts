// An engine whose runs a test drives by hand: child programs are what is faked here, nothing of the link.
import type { Engine, RunFacts, RunOutcome } from '../../src/runner/execution/engine.ts';

export class ScriptedRun {
  readonly facts: RunFacts;
  isCancelled = false;
  readonly outcome: Promise<RunOutcome>;
  readonly #on: Parameters<Engine['run']>[1];
  #settle!: (outcome: RunOutcome) => void;
  #reject!: (error: Error) => void;

  constructor(facts: RunFacts, on: Parameters<Engine['run']>[1]) {
    this.facts = facts;
    this.#on = on;
    this.outcome = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#reject = reject;
    });
  }

  /** Breaks the promise that an engine never rejects. */
  break(): void {
    this.#reject(new Error('boom'));
  }

  start(): void {
    this.#on.started();
  }

  print(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.#on.output(stream, text);
  }

  end(outcome: Partial<RunOutcome> = {}): void {
    this.#settle({
      status: 'success',
      exit_code: 0,
      duration_ms: 1,
      emitted_stdout_bytes: 0,
      emitted_stderr_bytes: 0,
      event_id: 'evt_1',
      ...outcome,
    });
  }

  cancel(): void {
    this.isCancelled = true;
    this.end({ status: 'cancelled', exit_code: -1, reason: 'execution cancelled' });
  }
}

export class ScriptedEngine implements Engine {
  readonly runs: ScriptedRun[] = [];
  readonly refused: { facts: RunFacts; detail: string }[] = [];

  run(facts: RunFacts, on: Parameters<Engine['run']>[1]): ScriptedRun {
    const run = new ScriptedRun(facts, on);
    this.runs.push(run);
    return run;
  }

  refuse(facts: RunFacts, detail: string): Promise<string | null> {
    this.refused.push({ facts, detail });
    return Promise.resolve('evt_refused');
  }

  loaded(): ReturnType<Engine['loaded']> {
    return { packs: [], actions: new Map(), degraded: [] };
  }

  replacePacks(): void {}

  stopAll(): Promise<void> {
    for (const run of this.runs) run.cancel();
    return Promise.resolve();
  }
}
