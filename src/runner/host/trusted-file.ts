// Which configuration file may be believed: one that nobody but its owner can write, and whose owner is
// root or ourselves. Anyone else who could write it could choose what this host runs.
import { open } from 'node:fs/promises';
import { Refusal } from '../../protocol/errors.ts';
import { isMissing, errorCode } from './durable-file.ts';

const largestBytes = 1024 * 1024;

/** Reads a file after checking mode and owner on the very descriptor that is read; throws a Refusal. */
export async function readTrustedFile(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new Refusal('invalid_request', cannotOpen(path, error));
  });
  try {
    const facts = await file.stat();
    const fault = trustFault(facts, process.geteuid?.() ?? facts.uid);
    if (fault !== null) throw new Refusal('invalid_request', `Cannot use ${path}: ${fault}`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
  isFile(): boolean;
}

/** What forbids believing this file, with the fix; null when nothing does. */
export function trustFault(facts: FileFacts, ourUid: number): string | null {
  if (!facts.isFile()) return 'it is not a regular file';
  if (facts.size > largestBytes) return `it is larger than ${largestBytes} bytes`;
  if ((facts.mode & 0o022) !== 0) return 'group or others can write it; run chmod go-w on it';
  if (facts.uid !== 0 && facts.uid !== ourUid)
    return 'its owner is neither root nor this user; run chown on it';
  return null;
}

function cannotOpen(path: string, error: unknown): string {
  if (isMissing(error))
    return `Cannot read the configuration ${path}: there is no such file; name one with --config`;
  return `Cannot read the configuration ${path} (${errorCode(error) ?? 'error'}); check its owner and mode`;
}
