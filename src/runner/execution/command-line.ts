// What would be typed to do the same by hand: quoted for a shell, masked, bounded. Shown and journalled,
// never run.
import { redactText, type Redaction } from '../../packs/redaction.ts';
import { quoteForShell } from '../../protocol/quoting.ts';

/** Bound of `executed_command` on the wire, in bytes. */
export const MAX_COMMAND_BYTES = 16_384;

export interface ShownCommand {
  readonly text: string;
  readonly isCut: boolean;
}

/** One line for a program and its arguments, which are masked already. */
export function showCommand(
  binary: string,
  maskedArgv: readonly string[],
  redaction: Redaction,
): ShownCommand {
  const quoted = [binary, ...maskedArgv].map(quoteForShell).join(' ');
  // Once more as a whole: a name and its secret may stand in two arguments.
  const bytes = Buffer.from(redactText(redaction, quoted).text.toWellFormed(), 'utf8');
  if (bytes.length <= MAX_COMMAND_BYTES) return { text: bytes.toString('utf8'), isCut: false };
  return { text: cutUtf8(bytes, MAX_COMMAND_BYTES).toString('utf8'), isCut: true };
}

/** At most `maxBytes` of valid UTF-8, never half a character. */
export function cutUtf8(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length <= maxBytes) return bytes;
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}
