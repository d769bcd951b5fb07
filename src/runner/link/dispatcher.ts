// What to do with each dispatch, cancel and acknowledgement: the order of wire protocol 8. Executing is the
// engine's, remembering is the dispatch log's, telling is the spool's.
import type { ActionResultFrame, CloudFrame, RunActionFrame } from '../../protocol/frames.ts';
import { CONCURRENCY_CAP } from '../../protocol/runner.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { Engine, Execution, RunFacts } from '../execution/engine.ts';
import { messageOf, type Log } from '../log.ts';
import { dispatchDigest } from './dispatch-digest.ts';
import type { DispatchLog } from './dispatch-log.ts';
import type { DispatchRecord } from './dispatch-record.ts';
import { factsOf, refusalFrame, refusedBecause, resultFrame, type RefusedBecause } from './run-result.ts';
import type { RunOutbox } from './run-outbox.ts';
import type { Spool } from './spool.ts';

const PRE_CANCELS = 1024;

export interface DispatcherOptions {
  readonly engine: Engine;
  readonly dispatches: DispatchLog;
  readonly spool: Spool;
  readonly log: Log;
  readonly beforeRun?: (() => void) | undefined;
  /** Called when a run ended in a way that puts in doubt what was advertised. */
  outOfDate(): void;
}

interface ActiveRun {
  execution: Execution | null;
  isCancelled: boolean;
  settled: Promise<void>;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #active = new Map<string, ActiveRun>();
  /** Cancels that came before their run, oldest first. */
  readonly #preCancelled = new Set<string>();
  /** Results that were sent again because storing them failed; once for each until it is acknowledged. */
  readonly #repeated = new Set<string>();
  #isStopping = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    for (const result of options.dispatches.unacknowledged()) options.spool.tellResult(result);
  }

  /** Runs that have not ended yet. */
  get load(): number {
    return this.#active.size;
  }

  /** `argsText` is the arguments of a dispatch exactly as they came. */
  receive(frame: Exclude<CloudFrame, { type: 'shutdown' }>, argsText: string): void {
    switch (frame.type) {
      case 'run_action':
        return this.#offer(frame, argsText);
      case 'cancel':
        return this.#cancel(frame.request_id);
      case 'ack_result':
        return this.#acknowledge(frame.request_id);
      case 'error':
        return this.#hearError(frame.code, frame.request_id);
    }
  }

  /** Cancels what runs, waits until every result is in the dispatch log, and takes nothing more. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const run of this.#active.values()) run.isCancelled = true;
    await this.#options.engine.stopAll().catch((error: unknown) => {
      this.#options.log.error('engine not stopped in order', { error: messageOf(error) });
    });
    await Promise.all([...this.#active.values()].map((run) => run.settled));
  }

  #offer(frame: RunActionFrame, argsText: string): void {
    const { log, dispatches, spool } = this.#options;
    const facts = factsOf(frame, argsText);
    // Not recorded and not answered: the control plane offers it again at the next session.
    if (this.#isStopping) return log.info('dispatch ignored while stopping', { request_id: facts.requestId });
    if (this.#active.has(facts.requestId))
      return log.info('dispatch is known already', { request_id: facts.requestId });

    const digest = dispatchDigest(facts);
    const record = dispatches.get(facts.requestId);
    if (record) return this.#seenBefore(record, facts, digest);
    const told = spool.get(facts.requestId);
    if (told) {
      told.repeatResult();
      return spool.touch(told);
    }

    const isCancelled = this.#preCancelled.delete(facts.requestId);
    if (!isCancelled && this.#active.size >= CONCURRENCY_CAP) return this.#sayCapReached(facts);
    this.#begin(facts, isCancelled, (run) => this.#execute(run, facts, digest));
  }

  #begin(facts: RunFacts, isCancelled: boolean, work: (run: ActiveRun) => Promise<ActionResultFrame>): void {
    const { log, spool } = this.#options;
    const run: ActiveRun = { execution: null, isCancelled, settled: Promise.resolve() };
    this.#active.set(facts.requestId, run);
    run.settled = work(run)
      .then((result) => {
        this.#active.delete(facts.requestId);
        spool.tellResult(result);
        log.info('run ended', { request_id: facts.requestId, action: facts.actionId, status: result.status });
        if (isDoubtful(result)) this.#options.outOfDate();
      })
      .catch((error: unknown) => {
        // A failure stays with its run (pitfall C7): the others go on.
        this.#active.delete(facts.requestId);
        log.error('run lost', { request_id: facts.requestId, error: messageOf(error) });
      });
  }

  async #execute(run: ActiveRun, facts: RunFacts, digest: string): Promise<ActionResultFrame> {
    const { dispatches, log } = this.#options;
    try {
      await dispatches.reserve(facts.requestId, digest);
    } catch (error) {
      log.error('dispatch not reserved', { request_id: facts.requestId, error: messageOf(error) });
      return this.#refuse(facts, 'dispatch_reservation_failed');
    }
    const result = run.isCancelled
      ? await this.#refuse(facts, 'cancelled_before_start')
      : await this.#runEngine(run, facts);
    await this.#record(result);
    return result;
  }

  async #runEngine(run: ActiveRun, facts: RunFacts): Promise<ActionResultFrame> {
    const { engine, spool, log } = this.#options;
    const outbox = spool.open(facts.requestId);
    this.#options.beforeRun?.();
    log.info('run accepted', { request_id: facts.requestId, action: facts.actionId });
    try {
      run.execution = engine.run(facts, {
        started: () => this.#tell(outbox, () => outbox.started()),
        output: (stream, text) => this.#tell(outbox, () => outbox.output(stream, text)),
      });
      return resultFrame(facts.requestId, await run.execution.outcome, outbox);
    } catch (error) {
      log.error('engine failed', { request_id: facts.requestId, error: messageOf(error) });
      return this.#refuse(facts, 'engine_panic', outbox);
    }
  }

  #tell(outbox: RunOutbox, change: () => void): void {
    change();
    this.#options.spool.touch(outbox);
  }

  async #record(result: ActionResultFrame): Promise<void> {
    try {
      await this.#options.dispatches.complete(result);
    } catch (error) {
      // A full disk must not swallow the result (pitfall C28): it is told, and written when that works again.
      this.#options.log.error('result not recorded', {
        request_id: result.request_id,
        error: messageOf(error),
      });
    }
  }

  async #refuse(facts: RunFacts, because: RefusedBecause, outbox?: RunOutbox): Promise<ActionResultFrame> {
    const eventId = await this.#journal(facts, refusedBecause[because]);
    return refusalFrame(facts.requestId, because, eventId, outbox);
  }

  async #journal(facts: RunFacts, detail: string): Promise<string | null> {
    try {
      return await this.#options.engine.refuse(facts, detail);
    } catch (error) {
      this.#options.log.error('refusal not journalled', {
        request_id: facts.requestId,
        error: messageOf(error),
      });
      return null;
    }
  }

  #seenBefore(record: DispatchRecord, facts: RunFacts, digest: string): void {
    const { spool, log } = this.#options;
    if (record.digest !== digest) {
      log.warn('request id used for another dispatch', { request_id: facts.requestId });
      void this.#refuse(facts, 'dispatch_id_conflict').then((result) => spool.notify(result));
      return;
    }
    if (record.result) return spool.tellResult(record.result);
    log.warn('outcome of an earlier run is unknown', { request_id: facts.requestId });
    this.#begin(facts, false, async () => {
      const result = await this.#refuse(facts, 'execution_outcome_unknown');
      await this.#record(result);
      return result;
    });
  }

  #sayCapReached(facts: RunFacts): void {
    const message = `runner at concurrency cap (${CONCURRENCY_CAP} in flight)`;
    this.#options.log.warn('dispatch returned: concurrency cap', { request_id: facts.requestId });
    void this.#journal(facts, message);
    this.#options.spool.notify({
      type: 'error',
      protocol_version: PROTOCOL_VERSION,
      request_id: facts.requestId,
      code: 'concurrency_cap_reached',
      message,
    });
  }

  #cancel(requestId: string): void {
    const run = this.#active.get(requestId);
    if (run) {
      run.isCancelled = true;
      run.execution?.cancel();
      return;
    }
    if (this.#options.dispatches.get(requestId) || this.#options.spool.get(requestId)) return;
    this.#preCancelled.add(requestId);
    if (this.#preCancelled.size <= PRE_CANCELS) return;
    const [oldest] = this.#preCancelled;
    if (oldest !== undefined) this.#preCancelled.delete(oldest);
  }

  #acknowledge(requestId: string): void {
    if (this.#active.has(requestId)) return;
    this.#options.dispatches.acknowledge(requestId);
    this.#options.spool.forget(requestId);
    this.#repeated.delete(requestId);
  }

  #hearError(code: string, requestId: string | undefined): void {
    this.#options.log.warn('control plane reports an error', { code, request_id: requestId });
    if (code !== 'finalize_failed' || requestId === undefined || this.#repeated.has(requestId)) return;
    const outbox = this.#options.spool.get(requestId);
    if (!outbox?.hasResult) return;
    this.#repeated.add(requestId);
    outbox.repeatResult();
    this.#options.spool.touch(outbox);
  }
}

// The pack is another one than was told, or this host cannot put on record what it runs.
function isDoubtful(result: ActionResultFrame): boolean {
  return (
    result.status === 'pack_hash_mismatch' ||
    result.local_audit_failed === true ||
    result.reason === 'dispatch_reservation_failed'
  );
}
