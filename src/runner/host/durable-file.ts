// Small files that must survive a crash whole: the old content or the new one, never a part.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** Replaces `path` atomically with mode 0600; when the promise resolves, the content is on the disk. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.tmp-${randomBytes(6).toString('hex')}`);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = await open(draft, flags, 0o600);
  try {
    try {
      // The umask may have taken bits away; nothing may have added any.
      await file.chmod(0o600);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await unlink(draft).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a rename, creation or removal inside `folder` durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Removes a file for good; one that is not there is no error. */
export async function removeDurably(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  await syncFolder(dirname(path));
}

/** Creates the folder with 0750, or takes surplus bits away from an existing one of its own; never loosens it. */
export async function ensureFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o750 });
  const mode = (await stat(path)).mode & 0o7777;
  if ((mode & 0o027) === 0 || isEverybodys(path, mode)) return;
  // A folder of another owner cannot be tightened; using it is still possible.
  await chmod(path, mode & 0o750).catch(() => {});
}

// Whoever keeps files directly in /tmp or /var/log must not shut others out of it.
function isEverybodys(path: string, mode: number): boolean {
  return (mode & 0o1000) !== 0 || resolve(path).split('/').length <= 3;
}

/** True when the error says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
