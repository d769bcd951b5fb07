// One output stream of a child: raw bytes in, capped, masked, counted, hashed, handed on. Bytes stay bytes
// until whole characters are known (pitfall C25).
import { createHash } from 'node:crypto';
import { createRedactionStream, type RedactionStream } from '../../packs/redaction-stream.ts';
import type { Redaction, RedactionCount } from '../../packs/redaction.ts';
import { cutUtf8 } from './command-line.ts';

const longestPiece = 65_536;
const lineFeed = 0x0a;

export interface CaptureOptions {
  readonly redaction: Redaction;
  /** Raw bytes that are taken; what comes after is read and thrown away. */
  readonly maxBytes: number;
  readonly maxPreviewBytes: number;
  /** Keep the whole masked text, for a parser. */
  readonly keepsAll: boolean;
  deliver(text: string): void;
}

export class CapturedStream {
  readonly #options: CaptureOptions;
  readonly #redaction: RedactionStream;
  readonly #hash = createHash('sha256');
  readonly #kept: Buffer[] = [];
  #preview: Buffer = Buffer.alloc(0);
  #taken = 0;
  #isEnded = false;
  /** Masked bytes so far. */
  byteCount = 0;
  isTruncated = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
    this.#redaction = createRedactionStream(options.redaction);
  }

  take(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    const room = this.#options.maxBytes - this.#taken;
    if (bytes.length > room) this.isTruncated = true;
    if (room <= 0) return;
    const part = bytes.subarray(0, room);
    this.#taken += part.length;
    this.#emit(Buffer.from(this.#redaction.push(part)));
  }

  /** Delivers what was held back; nothing is taken any more. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#emit(Buffer.from(this.#redaction.end()));
  }

  /** Lower hex over the masked bytes. Call once, after the end. */
  sha256(): string {
    return this.#hash.digest('hex');
  }

  counts(): RedactionCount[] {
    return this.#redaction.counts();
  }

  preview(): string {
    const { maxPreviewBytes } = this.#options;
    const text = cutUtf8(this.#preview, maxPreviewBytes).toString('utf8');
    return this.byteCount > maxPreviewBytes ? `${text}\n...[truncated]` : text;
  }

  /** The whole masked output, when it was kept. */
  all(): Buffer {
    return Buffer.concat(this.#kept);
  }

  #emit(masked: Buffer): void {
    if (masked.length === 0) return;
    this.#hash.update(masked);
    this.byteCount += masked.length;
    if (this.#options.keepsAll) this.#kept.push(masked);
    // One byte more than shown, so that a character cut at the end is seen to be cut.
    const missing = this.#options.maxPreviewBytes + 1 - this.#preview.length;
    if (missing > 0) this.#preview = Buffer.concat([this.#preview, masked.subarray(0, missing)]);
    for (const piece of pieces(masked)) this.#options.deliver(piece.toString('utf8'));
  }
}

// Whole lines as far as they fit; a longer line in pieces, never within a character.
function* pieces(bytes: Buffer): Generator<Buffer> {
  let rest = bytes;
  while (rest.length > longestPiece) {
    const lineEnd = rest.lastIndexOf(lineFeed, longestPiece - 1) + 1;
    const piece = lineEnd > 0 ? rest.subarray(0, lineEnd) : cutUtf8(rest, longestPiece);
    yield piece;
    rest = rest.subarray(piece.length);
  }
  yield rest;
}
