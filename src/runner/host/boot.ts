// Which start of the host this is. The kernel draws a new id at each boot, so a changed one says that everything
// that ran before is over.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, writeDurably } from './durable-file.ts';

const KERNEL_FILE = '/proc/sys/kernel/random/boot_id';

/** The id of this boot; null where the kernel does not tell. */
export function readBootId(): string | null {
  try {
    return readFileSync(KERNEL_FILE, 'utf8').trim() || null;
  } catch {
    return null;
  }
}

/** True when the host was booted since the id was last kept in `dataDir`; false when either is not known. */
export async function hasRebooted(dataDir: string, bootId: string | null): Promise<boolean> {
  const before = await readFile(join(dataDir, 'boot_id'), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return '';
    throw error;
  });
  return bootId !== null && before.trim() !== '' && before.trim() !== bootId;
}

export async function keepBootId(dataDir: string, bootId: string | null): Promise<void> {
  if (bootId !== null) await writeDurably(join(dataDir, 'boot_id'), `${bootId}\n`);
}
