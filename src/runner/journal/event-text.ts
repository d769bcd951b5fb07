// How an event becomes one line of JSON, and the small texts in it: ids and times.
import { escapeLikeGo } from '../../protocol/go-json.ts';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { JournalEvent } from './event.ts';

/** Longest line that every reader takes, with its line feed. */
export const MAX_LINE_BYTES = 1_048_576;

/** The line of an event without its line feed. `prevHash` is '' for the first line of a file. */
export function encodeEvent(event: JournalEvent, prevHash: string): Buffer {
  for (const candidate of everSmaller(event)) {
    const line = Buffer.from(
      encode(prevHash === '' ? candidate : { prev_hash: prevHash, ...candidate }),
      'utf8',
    );
    if (line.length < MAX_LINE_BYTES) return line;
  }
  throw new Error('an event does not fit into one line');
}

const tooLarge = '[left out: too large]';

// What is long is left out step by step; that something happened is always kept.
function* everSmaller(event: JournalEvent): Generator<JournalEvent> {
  yield event;
  let smaller = event;
  if (event.execution) {
    const { stdout_preview: _out, stderr_preview: _err, ...execution } = event.execution;
    smaller = { ...smaller, execution };
    yield smaller;
  }
  if (smaller.request?.args_redacted)
    smaller = { ...smaller, request: { ...smaller.request, args_redacted: { all: tooLarge } } };
  if (smaller.execution) smaller = { ...smaller, execution: { ...smaller.execution, argv: [tooLarge] } };
  yield smaller;
  yield { ...smaller, request: { reason: tooLarge }, error: tooLarge };
}

// The spelling that readers of this format have always seen; any other would verify as well.
function encode(value: object): string {
  const text = JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed() : member,
  );
  return escapeLikeGo(text);
}

/** An instant in milliseconds as RFC 3339 in UTC, trailing zeros of the fraction left out. */
export function eventTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `evt_` and a ULID: 48 bits of time in milliseconds, 80 random bits. */
export function createEventId(ms: number, random: RandomBytes): string {
  let bits = BigInt(Math.max(0, Math.trunc(ms))) & 0xffff_ffff_ffffn;
  for (const byte of random(10)) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < 26; index += 1) {
    text = crockford.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return `evt_${text}`;
}
