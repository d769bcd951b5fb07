// What root creates beside the files of a service must stay usable for that service.
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Gives a file that we created as root to the owner of its folder; changes nothing for anyone else. */
export async function giveToFolderOwner(path: string): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const folder = await stat(dirname(path));
  const file = await stat(path);
  if (file.uid === 0 && folder.uid !== 0) await chown(path, folder.uid, folder.gid);
}
