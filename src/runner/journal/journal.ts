// The host's own record of what was asked and what was done: an append-only file, durable line by line.
// One writer at a time: appends are queued within this process, and the journal's lock keeps other processes
// away. How a command appends beside a running daemon is shared-journal.ts.
import { dirname } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { ensureFolder } from '../host/durable-file.ts';
import { chainHash } from './chain.ts';
import { encodeEvent } from './event-text.ts';
import type { JournalEvent } from './event.ts';
import { JournalFile } from './journal-file.ts';
import { takeJournalLock, type JournalLock } from './journal-lock.ts';

export interface Journal {
  /** Resolves once the event is on the disk; rejects when it is not, and then always until a repair. */
  append(event: JournalEvent): Promise<void>;
  /** Waits for what was appended and closes the file. */
  close(): Promise<void>;
}

/** A journal that this process holds. */
export interface HeldJournal extends Journal {
  /** Why nothing can be appended; null while it can. */
  readonly fault: string | null;
  /** Opens the file anew after a failed write and reads what really is in it. Never rejects. */
  repair(): Promise<void>;
}

export interface JournalOptions {
  readonly path: string;
  /** The file is rotated before it would reach this size; 100 MiB when absent or 0. */
  readonly maxSizeBytes?: number;
  /** Rotated files that are kept; 5 when absent or 0. */
  readonly maxBackups?: number;
  /** How long another writer is waited for. */
  readonly waitSeconds?: number;
}

/** Another process is writing this journal and did not let go of it. */
export class JournalHeld extends Refusal {
  constructor(path: string) {
    super('data_dir_locked', `Cannot write ${path}: another emisar process holds it; stop it and try again`);
  }
}

const defaultMaxSizeBytes = 104_857_600;
const defaultMaxBackups = 5;

const defaultWaitSeconds = 10;

/** Opens the journal for appending and holds it; rejects when the file or its directory cannot be used. */
export async function openJournal(options: JournalOptions): Promise<HeldJournal> {
  const { path, waitSeconds = defaultWaitSeconds } = options;
  await ensureFolder(dirname(path));
  const lock = await takeJournalLock(path, waitSeconds);
  if (!lock) throw new JournalHeld(path);
  try {
    const openFile = () => JournalFile.open(path, options.maxBackups || defaultMaxBackups);
    return new QueuedJournal(await openFile(), openFile, lock, options.maxSizeBytes || defaultMaxSizeBytes);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Waiting {
  readonly event: JournalEvent;
  resolve(): void;
  reject(error: unknown): void;
}

class QueuedJournal implements HeldJournal {
  #file: JournalFile;
  readonly #openFile: () => Promise<JournalFile>;
  readonly #lock: JournalLock;
  readonly #maxSizeBytes: number;
  #queue: Waiting[] = [];
  #writing: Promise<void> | null = null;
  /** After a failed write nobody knows what is on the disk, so nothing is written on top of it. */
  #failure: Error | null = null;
  #isClosed = false;

  constructor(
    file: JournalFile,
    openFile: () => Promise<JournalFile>,
    lock: JournalLock,
    maxSizeBytes: number,
  ) {
    this.#file = file;
    this.#openFile = openFile;
    this.#lock = lock;
    this.#maxSizeBytes = maxSizeBytes;
  }

  get fault(): string | null {
    return this.#failure?.message ?? null;
  }

  async repair(): Promise<void> {
    await this.#writing;
    if (this.#failure === null || this.#isClosed) return;
    await this.#file.close().catch(() => {});
    try {
      this.#file = await this.#openFile();
      this.#failure = null;
    } catch (error) {
      this.#failure = asError(error);
    }
  }

  append(event: JournalEvent): Promise<void> {
    if (this.#isClosed) return Promise.reject(new Error('the journal is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ event, resolve, reject });
      this.#writing ??= this.#drain();
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing;
    try {
      await this.#file.close();
    } finally {
      // A rotation that failed may have closed the file already; the lock must go in any case.
      await this.#lock.release();
    }
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      await this.#writeBatch(batch);
    }
    this.#writing = null;
  }

  // Lines that wait together share one sync: each is durable before its own promise resolves.
  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    let next = 0;
    while (next < batch.length) {
      const ready: Waiting[] = [];
      try {
        if (this.#failure) throw this.#failure;
        next = await this.#writeSome(batch, next, ready);
        for (const waiting of ready) waiting.resolve();
      } catch (error) {
        this.#failure ??= asError(error);
        for (const waiting of batch.slice(next)) waiting.reject(this.#failure);
        return;
      }
    }
  }

  async #writeSome(batch: readonly Waiting[], from: number, ready: Waiting[]): Promise<number> {
    const lines: Buffer[] = [];
    let { head, sizeBytes } = this.#file;
    let next = from;
    for (let waiting = batch[next]; waiting; waiting = batch[next]) {
      let line = encodeEvent(waiting.event, head);
      if (sizeBytes > 0 && sizeBytes + line.length + 1 >= this.#maxSizeBytes) {
        if (lines.length > 0) break;
        await this.#file.rotate();
        ({ head, sizeBytes } = this.#file);
        line = encodeEvent(waiting.event, head);
      }
      lines.push(line, Buffer.from('\n'));
      head = chainHash(line);
      sizeBytes += line.length + 1;
      ready.push(waiting);
      next += 1;
    }
    await this.#file.append(Buffer.concat(lines), head);
    return next;
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
