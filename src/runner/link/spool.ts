// Everything that waits to be told to the control plane: one outbox for each run, and passing notices.
// It outlives connections; each new one begins it again from the front.
import type { ActionResultFrame } from '../../protocol/frames.ts';
import { RunOutbox } from './run-outbox.ts';

// Notices belong to one connection; a peer that provokes more of them than this is not worth answering.
const NOTICES = 2048;
/** Output of finished runs that is kept for a control plane that does not acknowledge (pitfall C22). */
export const FINISHED_BYTES = 64 * 1024 * 1024;

export class Spool {
  #outboxes = new Map<string, RunOutbox>();
  /** Runs that have something to tell now, served in turn. */
  #ready = new Map<string, RunOutbox>();
  #notices: object[] = [];
  #wake: (() => void) | null = null;
  #onEmpty: (() => void) | null = null;

  /** From now on `wake` is called when there is something to take; every run tells its story from the start. */
  attach(wake: () => void): void {
    this.#notices = [];
    this.#ready = new Map(this.#outboxes);
    for (const outbox of this.#outboxes.values()) outbox.rewind();
    this.#wake = wake;
    wake();
  }

  detach(): void {
    this.#wake = null;
  }

  open(requestId: string): RunOutbox {
    const outbox = new RunOutbox(requestId);
    this.#outboxes.set(requestId, outbox);
    return outbox;
  }

  get(requestId: string): RunOutbox | undefined {
    return this.#outboxes.get(requestId);
  }

  /** Queues a result that stands for itself, or lets the one that is queued go out again. */
  tellResult(result: ActionResultFrame): void {
    const queued = this.get(result.request_id);
    const outbox = queued ?? this.open(result.request_id);
    if (queued?.hasResult) queued.repeatResult();
    else outbox.finish(result);
    this.touch(outbox);
    this.#shedOldest();
  }

  /** Says something that is meant for this connection only. */
  notify(notice: object): void {
    if (this.#wake === null || this.#notices.length >= NOTICES) return;
    this.#notices.push(notice);
    this.#wake();
  }

  /** Tells the connection that this run has something new. */
  touch(outbox: RunOutbox): void {
    this.#ready.set(outbox.requestId, outbox);
    this.#wake?.();
  }

  /** Forgets a run: its result is stored on the other side. */
  forget(requestId: string): void {
    this.#outboxes.delete(requestId);
    this.#ready.delete(requestId);
    if (this.#outboxes.size === 0) this.#onEmpty?.();
  }

  /** The next frame in turn, or null. */
  take(): object | null {
    const notice = this.#notices.shift();
    if (notice) return notice;
    for (const [requestId, outbox] of this.#ready) {
      this.#ready.delete(requestId);
      const frame = outbox.take();
      if (!frame) continue;
      // To the end of the line, so that one talkative run does not silence the others.
      this.#ready.set(requestId, outbox);
      return frame;
    }
    return null;
  }

  #shedOldest(): void {
    const finished = [...this.#outboxes.values()].filter((outbox) => outbox.hasResult);
    let keptBytes = finished.reduce((sum, outbox) => sum + outbox.sizeBytes, 0);
    for (const outbox of finished) {
      if (keptBytes <= FINISHED_BYTES) return;
      keptBytes -= outbox.sizeBytes;
      outbox.shed();
    }
  }

  /** Resolves when every result was acknowledged. */
  emptied(): Promise<void> {
    if (this.#outboxes.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
  }
}
