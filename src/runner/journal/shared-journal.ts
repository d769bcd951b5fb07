// The journal of a process that comes and goes, such as `emisar action run`: each event goes through the
// daemon that holds the journal, or, where none runs, is written under the lock that keeps others away.
import { askToAppend } from './append-socket.ts';
import type { JournalEvent } from './event.ts';
import { JournalHeld, openJournal, type Journal, type JournalOptions } from './journal.ts';

/** A daemon that is just starting holds the lock before it listens, and one that stops after it did. */
const TRIES = 10;

/** Opens nothing until the first event; several processes may append to one journal this way. */
export function shareJournal(options: JournalOptions): Journal {
  let last: Promise<void> = Promise.resolve();
  return {
    append(event) {
      const done = last.then(() => appendShared(options, event));
      last = done.catch(() => {});
      return done;
    },
    close: () => last,
  };
}

async function appendShared(options: JournalOptions, event: JournalEvent): Promise<void> {
  for (let left = TRIES; ; left -= 1) {
    if (await askToAppend(options.path, event)) return;
    try {
      return await appendAlone(options, event);
    } catch (error) {
      if (!(error instanceof JournalHeld) || left === 1) throw error;
    }
  }
}

async function appendAlone(options: JournalOptions, event: JournalEvent): Promise<void> {
  const journal = await openJournal({ ...options, waitSeconds: 1 });
  try {
    await journal.append(event);
  } finally {
    await journal.close();
  }
}
