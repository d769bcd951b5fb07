// The host's own record of what was asked and what was done: an append-only file, durable line by line.
import type { JournalEvent } from './event.ts';

export interface Journal {
  /** Resolves once the event is on the disk; rejects when it is not, and from then on always. */
  append(event: JournalEvent): Promise<void>;
  /** Waits for what was appended and closes the file. */
  close(): Promise<void>;
}
