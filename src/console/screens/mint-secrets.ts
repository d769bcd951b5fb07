// Secrets leave the mint screen in two ways only: to the clipboard, and into a file of one's own.
import type { FollowedKey } from './mint-follow.ts';
import { CLIPBOARD_MAX_BYTES } from './run-output-text.ts';
import { createFresh } from './run-save.ts';

/** A line a key, with its host above it; the leading space keeps it out of shell histories. */
export function commandsText(keys: readonly FollowedKey[]): string {
  return keys.map(({ key, command }) => `${key.host === null ? '' : `# ${key.host}\n`}${command}\n`).join('');
}

export function isClipboardSize(text: string): boolean {
  return Buffer.byteLength(text) <= CLIPBOARD_MAX_BYTES;
}

/** Never overwrites; the file is 0600 from its first byte on. Answers its path. */
export async function writeKeys(keys: readonly FollowedKey[], directory: string): Promise<string> {
  const { file, path } = await createFresh(directory, 'emisar-keys', 'txt');
  try {
    await file.writeFile(commandsText(keys));
  } finally {
    await file.close();
  }
  return path;
}
