// What this host was asked to run and what became of it, on the disk before anything runs: the reason why a
// dispatch that arrives twice is executed once. Digests are dispatch-digest.ts, lines dispatch-record.ts.
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { Refusal } from '../../protocol/errors.ts';
import type { ActionResultFrame } from '../../protocol/frames.ts';
import { isMissing, writeDurably } from '../host/durable-file.ts';
import { messageOf } from '../log.ts';
import { decodeRecord, encodeRecord, type DispatchRecord } from './dispatch-record.ts';

export const DISPATCH_LOG_CAPACITY = 1024;
// Evicting a few at once keeps most reservations of a full log a plain append.
const EVICT_AT_ONCE = 32;

/** The log is full of results that nobody acknowledged yet. */
export class DispatchLogFull extends Error {}

interface Change {
  /** The line to append, or null when the file has to be written anew. */
  readonly line: string | null;
  settle(error: unknown): void;
}

/**
 * Reservations are appended, every other change writes the file anew; both are synced before their promise
 * resolves, and changes that wait for one write share the next. Kept in order of first arrival.
 */
export class DispatchLog {
  readonly #path: string;
  readonly #records: Map<string, DispatchRecord>;
  #file: FileHandle | null = null;
  #queue: Change[] = [];
  #writing: Promise<void> | null = null;
  /** Memory holds something that the file does not: the next write must be a whole one. */
  #behind: boolean;
  /** Acknowledgements that the file does not hold yet; they travel with the next whole write. */
  #hasUnwrittenAcks = false;
  #fault: string | null = null;

  private constructor(path: string, records: Map<string, DispatchRecord>, behind: boolean) {
    this.#path = path;
    this.#records = records;
    this.#behind = behind;
  }

  /** Reads the log or begins one; a Refusal with the remedy when it is corrupt. */
  static async open(path: string): Promise<DispatchLog> {
    let text = '';
    let missing = false;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (!isMissing(error)) throw corrupt(path, messageOf(error));
      missing = true;
    }
    // Without its line feed the last line is a reservation whose append never finished, so nothing ran for it.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const log = new DispatchLog(path, decodeLog(whole, path), missing || whole.length !== text.length);
    if (log.#behind) await log.#rewriteSoon();
    return log;
  }

  /** Why the last write failed; null when it did not. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Writes the whole file once more after a failed write. Never rejects. */
  async repair(): Promise<void> {
    await this.#rewriteSoon().catch(() => {});
  }

  /** How many dispatches the log holds, null when there is none; the file stays as it is. A Refusal as open's. */
  static async inspect(path: string): Promise<number | null> {
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw corrupt(path, messageOf(error));
    });
    return text === null ? null : decodeLog(text.slice(0, text.lastIndexOf('\n') + 1), path).size;
  }

  get(requestId: string): DispatchRecord | undefined {
    return this.#records.get(requestId);
  }

  /** Results that were completed and never acknowledged, oldest first. */
  unacknowledged(): ActionResultFrame[] {
    const results: ActionResultFrame[] = [];
    for (const record of this.#records.values()) {
      if (record.state === 'completed' && record.result) results.push(record.result);
    }
    return results;
  }

  /** Dispatches that were reserved and have no result. */
  reserved(): string[] {
    return [...this.#records.values()]
      .filter(({ state }) => state === 'reserved')
      .map(({ requestId }) => requestId);
  }

  /** Durable when it resolves; on any error nothing is kept, and nothing may run. */
  async reserve(requestId: string, digest: string): Promise<void> {
    const hasEvicted = this.#makeRoom();
    const record: DispatchRecord = { requestId, digest, state: 'reserved', result: null };
    this.#records.set(requestId, record);
    try {
      await this.#write(hasEvicted ? null : encodeRecord(record));
    } catch (error) {
      this.#records.delete(requestId);
      this.#behind = true;
      throw error;
    }
  }

  /** Durable when it resolves. When it rejects the result is still remembered, and goes out with the next write. */
  async complete(result: ActionResultFrame): Promise<void> {
    const record = this.#records.get(result.request_id);
    if (!record || record.state !== 'reserved') return;
    this.#records.set(result.request_id, { ...record, state: 'completed', result });
    await this.#rewriteSoon();
  }

  /**
   * Remembers an acknowledgement. It reaches the disk with the next write or at close: forgetting it costs
   * one more result that the control plane has already seen.
   */
  acknowledge(requestId: string): void {
    const record = this.#records.get(requestId);
    if (record?.state !== 'completed') return;
    this.#records.set(requestId, { ...record, state: 'acknowledged' });
    this.#hasUnwrittenAcks = true;
  }

  /** Writes what is still only in memory and closes the file. */
  async close(): Promise<void> {
    try {
      if (this.#behind || this.#hasUnwrittenAcks) await this.#rewriteSoon();
    } finally {
      await this.#writing;
      await this.#file?.close();
      this.#file = null;
    }
  }

  /** True when an old record had to go, which only a whole write can do. */
  #makeRoom(): boolean {
    if (this.#records.size < DISPATCH_LOG_CAPACITY) return false;
    let evicted = 0;
    for (const [requestId, record] of this.#records) {
      if (record.state !== 'acknowledged') continue;
      this.#records.delete(requestId);
      evicted += 1;
      if (evicted === EVICT_AT_ONCE) break;
    }
    if (evicted > 0) return true;
    throw new DispatchLogFull(`${DISPATCH_LOG_CAPACITY} results wait for an acknowledgement`);
  }

  #rewriteSoon(): Promise<void> {
    this.#behind = true;
    return this.#write(null);
  }

  #write(line: string | null): Promise<void> {
    const written = new Promise<void>((resolve, reject) => {
      this.#queue.push({ line, settle: (error) => (error === null ? resolve() : reject(error)) });
    });
    this.#writing ??= this.#drain();
    return written;
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const changes = this.#queue;
      this.#queue = [];
      let fault: unknown = null;
      try {
        const lines = changes.map((change) => change.line);
        const mayAppend = !this.#behind && this.#file !== null && !lines.includes(null);
        await (mayAppend ? this.#append(lines.join('\n')) : this.#rewrite());
        this.#fault = null;
      } catch (error) {
        this.#behind = true;
        this.#fault = messageOf(error);
        fault = error;
      }
      for (const change of changes) change.settle(fault);
    }
    this.#writing = null;
  }

  async #append(lines: string): Promise<void> {
    await this.#file?.appendFile(`${lines}\n`);
    await this.#file?.datasync();
  }

  async #rewrite(): Promise<void> {
    this.#behind = false;
    this.#hasUnwrittenAcks = false;
    let text = '';
    for (const record of this.#records.values()) text += `${encodeRecord(record)}\n`;
    await this.#file?.close();
    this.#file = null;
    await writeDurably(this.#path, text);
    this.#file = await open(this.#path, 'a', 0o600);
  }
}

function decodeLog(text: string, path: string): Map<string, DispatchRecord> {
  const records = new Map<string, DispatchRecord>();
  const lines = text === '' ? [] : text.slice(0, -1).split('\n');
  for (const [index, line] of lines.entries()) {
    let record: DispatchRecord;
    try {
      record = decodeRecord(line);
    } catch (error) {
      throw corrupt(path, `line ${index + 1}: ${messageOf(error)}`);
    }
    if (records.has(record.requestId)) throw corrupt(path, `line ${index + 1}: the request stands twice`);
    records.set(record.requestId, record);
  }
  return records;
}

function corrupt(path: string, because: string): Refusal {
  return new Refusal(
    'data_dir_unusable',
    `Cannot trust the dispatch log ${path} (${because}): look at what ran here, then move it away with ` +
      `mv ${path} ${path}.corrupt`,
  );
}
