// The chain: each line carries the hash of the bytes of the line before it (SPEC JR2). Bytes on disk are what
// is hashed, never a re-encoding; the first line of a file carries none.
import { sha256Hex } from '../../packs/hash.ts';

/** The hash that the next line must carry. `line` is without its line feed. */
export function chainHash(line: Uint8Array): string {
  return sha256Hex(line);
}

export type LineAnswer =
  | { readonly ok: true; readonly head: string; readonly eventId: string }
  | { readonly ok: false; readonly eventId: string; readonly found: string | null; readonly because: string };

/** Checks one line against the head before it; the answer carries the head after it. */
export function checkLine(line: Uint8Array, head: string): LineAnswer {
  const read = readLine(line);
  if (read === null) return { ok: false, eventId: '', found: null, because: 'is not an event in JSON' };
  const { prevHash, eventId } = read;
  if (prevHash === head) return { ok: true, head: chainHash(line), eventId };
  const because =
    head === '' ? 'refers to a line that is not there' : 'does not follow from the line before it';
  return { ok: false, eventId, found: prevHash, because };
}

function readLine(line: Uint8Array): { prevHash: string; eventId: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { prev_hash: prevHash = '', event_id: eventId = '' } = value as Record<string, unknown>;
  return typeof prevHash === 'string' && typeof eventId === 'string' ? { prevHash, eventId } : null;
}
