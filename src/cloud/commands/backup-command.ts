// `emisar-cloud backup FILE`: a consistent copy beside a running server or without one, verified before it gets
// its name; whoever finds FILE finds a whole backup.
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Refusal } from '../../protocol/errors.ts';
import { systemClock } from '../clock.ts';
import { STORE_NAME, holdDataDir } from '../database/data-dir.ts';
import { copyStore } from '../database/store-copy.ts';
import { askAdmin } from './admin-socket.ts';
import { factsOfStore, refuseElsewhere, type StoreFacts } from './store-file.ts';

export interface BackupMade extends StoreFacts {
  file: string;
  size_bytes: number;
}

const TELL_EVERY_MS = 1_000;

/**
 * Refuses `file_exists`, `backup_unwritable`, `backup_damaged`, `store_elsewhere`, `data_dir_*`. `tell` hears how
 * far it is, once a second.
 */
export async function backUp(
  { dataDir, databaseUrl, file }: { dataDir: string; databaseUrl: string | null; file: string },
  tell: (sentence: string) => void,
): Promise<BackupMade> {
  refuseElsewhere('back up', databaseUrl);
  const target = resolve(file);
  if (existsSync(target)) throw new Refusal('file_exists', `Cannot write ${target}: it exists`);
  const partial = `${target}.partial`;
  const stopTelling = tellProgress(partial, tell);
  try {
    makeWay(partial);
    await copyTo(dataDir, partial);
    const facts = await factsOfStore(partial);
    settle(partial, target);
    return { file: target, size_bytes: statSync(target).size, ...facts };
  } finally {
    stopTelling();
    // A folder that is none cannot hold anything either.
    if (existsSync(partial)) rmSync(partial);
  }
}

/** What an earlier try left that was killed. */
function makeWay(partial: string): void {
  try {
    rmSync(partial, { force: true });
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    throw new Refusal('backup_unwritable', `Cannot write ${partial}: ${because}`);
  }
}

async function copyTo(dataDir: string, partial: string): Promise<void> {
  if (await askAdmin(dataDir, { verb: 'backup', to: partial })) {
    if (existsSync(partial)) return;
    // A service may be shut into a file system of its own.
    throw new Refusal(
      'backup_unwritable',
      `Cannot find ${partial}, which the running server wrote elsewhere`,
    );
  }
  if (!existsSync(join(dataDir, STORE_NAME)))
    throw new Refusal('data_dir_missing', `Cannot back up: nothing was set up in ${dataDir}`);
  const held = holdDataDir(dataDir);
  try {
    await copyStore(held.databaseFile, partial);
  } finally {
    held.release();
  }
}

/** On disk before it has its name, and the name on disk before anybody is told. */
export function settle(partial: string, target: string): void {
  syncPath(partial);
  renameSync(partial, target);
  syncPath(dirname(target));
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

function tellProgress(partial: string, tell: (sentence: string) => void): () => void {
  let callOff = () => {};
  const again = () => {
    callOff = systemClock.after(TELL_EVERY_MS, () => {
      const copied = existsSync(partial) ? statSync(partial).size : 0;
      tell(`copied ${(copied / 1_000_000).toFixed(1)} MB`);
      again();
    });
  };
  again();
  return () => callOff();
}
