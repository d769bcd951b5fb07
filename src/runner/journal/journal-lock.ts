// One process at a time writes a journal: whoever holds `<journal>.lock`. The daemon holds it for its life and
// takes the events of others over its socket (append-socket.ts); a command holds it for one event.
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Refusal } from '../../protocol/errors.ts';
import { waitForLock } from '../host/file-lock.ts';
import { giveToFolderOwner } from '../host/ownership.ts';

export interface JournalLock {
  release(): Promise<void>;
}

/** Waits up to `seconds` for the lock; null when another process holds it all that time. */
export async function takeJournalLock(journalPath: string, seconds: number): Promise<JournalLock | null> {
  const path = `${journalPath}.lock`;
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    await giveToFolderOwner(path);
    const answer = await waitForLock(file.fd, seconds);
    if (answer === 'taken') return { release: () => file.close() };
    if (answer === 'no_flock') {
      throw new Refusal(
        'data_dir_unusable',
        `Cannot lock ${path}: the program flock is missing; install util-linux`,
      );
    }
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  return null;
}
