// One installation at a time in one checkout. A lock file with the owner's process; nothing holds it for
// that process, so whoever waits must be able to tell that the owner is gone.
import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** No installation takes longer: a lock older than this belongs to nobody, whatever its process is now. */
export const OVER_AGE_MS = 15 * 60_000;
/** How long a second start waits for the first before it gives up. */
export const WAIT_LIMIT_MS = 10 * 60_000;
const POLL_MS = 100;

/**
 * Takes the lock, waiting for a living owner; answers the function that gives it back.
 * @param {string} file
 * @param {{ waitLimitMs?: number, onWait?: () => void }} [options]
 * @returns {Promise<() => void>}
 * @throws when the owner has not finished within the limit
 */
export async function takeLock(file, { waitLimitMs = WAIT_LIMIT_MS, onWait = () => {} } = {}) {
  const giveUpAt = Date.now() + waitLimitMs;
  const mine = `${process.pid} ${startOf(process.pid)?.startedAt ?? ''}`;
  for (let waited = false; !claim(file, mine); waited = true) {
    if (removeStale(file)) continue;
    if (!waited) onWait();
    if (Date.now() > giveUpAt) {
      throw new Error(`process ${ownerOf(file)} is still installing; end it, or remove ${file}`);
    }
    await pause(POLL_MS);
  }
  return () => {
    if (contentOf(file) === mine) rmSync(file, { force: true });
  };
}

/** Written aside and linked: a lock file is never seen without its owner in it. @param {string} file @param {string} mine */
function claim(file, mine) {
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, mine);
  try {
    linkSync(aside, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** Removes a lock that nobody holds; answers whether trying again now makes sense. @param {string} file */
function removeStale(file) {
  const content = contentOf(file);
  if (content === undefined) return true;
  if (!isStale(file, content)) return false;
  const taken = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, taken);
    // Somebody else may have been quicker and locked anew in between: then it is put back.
    if (contentOf(taken) !== content) linkSync(taken, file);
  } catch {
    // Gone or locked anew: the next round looks again.
  }
  rmSync(taken, { force: true });
  return true;
}

/** @param {string} file @param {string} content */
function isStale(file, content) {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat && Date.now() - stat.mtimeMs > OVER_AGE_MS) return true;
  const [pid, startedAt] = content.split(' ');
  if (!isAlive(Number(pid))) return true;
  const now = startOf(Number(pid));
  // Where /proc tells: a zombie will never finish, and another start time is another process.
  return now !== undefined && (now.state === 'Z' || (!!startedAt && now.startedAt !== startedAt));
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** State and start time of a process, or undefined where there is no /proc. @param {number} pid */
function startOf(pid) {
  const stat = contentOf(`/proc/${pid}/stat`);
  // The program's name in parentheses may contain anything, blanks too.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields && { state: fields[0], startedAt: fields[19] };
}

/** @param {string} file */
function ownerOf(file) {
  return contentOf(file)?.split(' ')[0] ?? 'unknown';
}

/** @param {string} file */
function contentOf(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
