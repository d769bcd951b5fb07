// `emisar-cloud restore FILE`: a verified backup in the place of what is there, which is kept beside it.
import { chownSync, copyFileSync, existsSync, linkSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join, resolve } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { createAudit } from '../audit/audit.ts';
import { systemClock, systemRandom } from '../clock.ts';
import { holdDataDir } from '../database/data-dir.ts';
import { openDatabase } from '../database/database.ts';
import { tidyStore } from '../database/store-copy.ts';
import { createOutbox } from '../event-stream/outbox.ts';
import { createMembers } from '../members/members.ts';
import { hostActor } from './admin.ts';
import { settle } from './backup-command.ts';
import { factsOfStore, refuseElsewhere, type StoreFacts } from './store-file.ts';

export interface Restored extends StoreFacts {
  file: string;
  /** Where the store is that was there before; null when there was none. */
  kept: string | null;
}

const SIDE_FILES = ['', '-wal', '-shm'];

/**
 * Refuses `backup_damaged`, `data_dir_newer`, `data_dir_locked` beside a running server, `store_elsewhere`; the
 * store that is there is then as it was.
 */
export async function restore({
  dataDir,
  databaseUrl,
  file,
}: {
  dataDir: string;
  databaseUrl: string | null;
  file: string;
}): Promise<Restored> {
  refuseElsewhere('restore', databaseUrl);
  const source = resolve(file);
  if (!existsSync(source)) throw new Refusal('backup_damaged', `Cannot restore: there is no file ${source}`);
  const held = holdDataDir(dataDir);
  const incoming = `${held.databaseFile}.restoring`;
  try {
    const facts = await takeIn(source, incoming);
    giveToOwner(incoming, dataDir);
    const kept = keepAside(held.databaseFile);
    settle(incoming, held.databaseFile);
    await noteRestore(held.databaseFile, facts);
    return { file: source, kept, ...facts };
  } finally {
    for (const suffix of SIDE_FILES) rmSync(incoming + suffix, { force: true });
    held.release();
  }
}

/** Judged as a copy: the backup itself is only read. */
async function takeIn(source: string, incoming: string): Promise<StoreFacts> {
  try {
    copyFileSync(source, incoming);
    // Of a store that somebody copied by hand while it was open.
    if (existsSync(`${source}-wal`)) copyFileSync(`${source}-wal`, `${incoming}-wal`);
    tidyStore(incoming);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new Refusal('backup_damaged', `Cannot use ${source}: ${because}`);
  }
  return factsOfStore(incoming);
}

/** Root restores for the user that the server runs as. */
function giveToOwner(incoming: string, dataDir: string): void {
  const { uid, gid } = statSync(dataDir);
  if (process.getuid?.() === 0) chownSync(incoming, uid, gid);
}

/** A second name for the present store; then its log goes, as it belongs to no other file. */
function keepAside(present: string): string | null {
  if (!existsSync(present)) return null;
  writeLogBack(present);
  const stamp = new Date(systemClock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const kept = join(`${present}.before-restore-${stamp}`);
  for (const suffix of SIDE_FILES)
    if (existsSync(present + suffix)) linkSync(present + suffix, kept + suffix);
  for (const suffix of ['-wal', '-shm']) rmSync(present + suffix, { force: true });
  return kept;
}

function writeLogBack(present: string): void {
  try {
    const store = new DatabaseSync(present);
    store.exec('pragma wal_checkpoint(truncate)');
    store.close();
  } catch {
    // Damaged: it is kept as it is, log and all.
  }
}

async function noteRestore(databaseFile: string, { newest_event_at: at }: StoreFacts): Promise<void> {
  const database = await openDatabase(databaseFile);
  try {
    const audit = createAudit({ clock: systemClock, random: systemRandom, outbox: createOutbox() });
    const members = createMembers({ database, clock: systemClock, random: systemRandom, audit });
    const account = await members.account();
    if (account === null) return;
    const event = { event: 'account.restored', payload: { newest_event_at: at } };
    const target = { kind: 'account', id: account.id, label: account.name };
    await database.write((tx) =>
      audit.record(tx, { accountId: account.id, actor: hostActor, target, ...event }),
    );
  } finally {
    await database.close();
  }
}

/** What going back in time means for everybody else. */
export const restoreMeans = [
  'Everything is as it was then, so look at what has changed since:',
  '  - enrollment keys that were spent since are good again: revoke them (emisar-console keys list)',
  '  - tokens, members and runners that were ended since may enter again: end them once more',
  '  - runners enrolled since, or whose token was renewed since, get 401 and need a fresh key',
  '  - runs that were under way then are reported again by their runners, or end as of unknown outcome',
];
