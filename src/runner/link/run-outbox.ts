// What one run still has to tell the control plane, in order: started, its output, its result. Everything is
// kept until the result is acknowledged, so that a new connection can tell it again; the other side knows
// each piece of output by its number and takes it once (SPEC RN5).
import type { ActionResultFrame, OutputStream } from '../../protocol/frames.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';

/** Output messages kept for one run, and the bytes that one message may reach by merging. */
export const OUTBOX_MESSAGES = 2048;
export const MERGED_BYTES = 65_536;
/** Output bytes kept for one run; beyond them the oldest message goes, as beyond the number of messages. */
export const OUTBOX_BYTES = 16 * 1024 * 1024;

interface Message {
  readonly seq: number;
  readonly stream: OutputStream;
  chunk: string;
  sizeBytes: number;
}

export class RunOutbox {
  readonly requestId: string;
  #messages: Message[] = [];
  /** How many of `#messages` this connection was given already. */
  #handed = 0;
  /** Highest number that any connection was ever given: what it stands for may never change again. */
  #toldSeq = 0;
  #lastSeq = 0;
  #bytes = 0;
  #dropped = 0;
  #isStarted = false;
  #isStartedHanded = false;
  #result: ActionResultFrame | null = null;
  #isResultHanded = false;

  constructor(requestId: string) {
    this.requestId = requestId;
  }

  /** The last number given to a message. */
  get progressChunks(): number {
    return this.#lastSeq;
  }

  /** Messages that went before any connection was given them. */
  get droppedChunks(): number {
    return this.#dropped;
  }

  get hasResult(): boolean {
    return this.#result !== null;
  }

  started(): void {
    this.#isStarted = true;
  }

  /** Queues output; long text is cut into messages of at most MERGED_BYTES, short text joins the last one. */
  output(stream: OutputStream, text: string): void {
    for (const piece of piecesOf(text)) this.#add(stream, piece);
  }

  finish(result: ActionResultFrame): void {
    this.#result = result;
  }

  /** Bytes of output that are kept. */
  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Lets the output of a finished run go; the numbers in its result tell the other side what it lacks. */
  shed(): void {
    this.#messages = [];
    this.#handed = 0;
    this.#bytes = 0;
  }

  /** A new connection has been told nothing yet. */
  rewind(): void {
    this.#handed = 0;
    this.#isStartedHanded = false;
    this.#isResultHanded = false;
  }

  /** Lets the result go out once more on this connection. */
  repeatResult(): void {
    this.#isResultHanded = false;
  }

  /** The next frame for the transport, or null when there is nothing to tell now. */
  take(): object | null {
    const envelope = { protocol_version: PROTOCOL_VERSION, request_id: this.requestId };
    if (this.#isStarted && !this.#isStartedHanded) {
      this.#isStartedHanded = true;
      return { type: 'action_started', ...envelope };
    }
    const message = this.#messages[this.#handed];
    if (message) {
      this.#handed += 1;
      this.#toldSeq = Math.max(this.#toldSeq, message.seq);
      return {
        type: 'action_progress',
        ...envelope,
        seq: message.seq,
        stream: message.stream,
        chunk: message.chunk,
      };
    }
    if (!this.#result || this.#isResultHanded) return null;
    this.#isResultHanded = true;
    return this.#result;
  }

  #add(stream: OutputStream, piece: string): void {
    const sizeBytes = Buffer.byteLength(piece);
    const last = this.#messages.at(-1);
    if (
      last &&
      last.seq > this.#toldSeq &&
      last.stream === stream &&
      last.sizeBytes + sizeBytes <= MERGED_BYTES
    ) {
      last.chunk += piece;
      last.sizeBytes += sizeBytes;
    } else {
      this.#lastSeq += 1;
      this.#messages.push({ seq: this.#lastSeq, stream, chunk: piece, sizeBytes });
    }
    this.#bytes += sizeBytes;
    while (this.#messages.length > OUTBOX_MESSAGES || this.#bytes > OUTBOX_BYTES) this.#dropOldest();
  }

  // A message that was told may well have arrived; whether it did, the other side sees by its numbers.
  #dropOldest(): void {
    const oldest = this.#messages.shift();
    if (!oldest) return;
    this.#bytes -= oldest.sizeBytes;
    if (this.#handed > 0) this.#handed -= 1;
    if (oldest.seq > this.#toldSeq) this.#dropped += 1;
  }
}

/** Cuts text into pieces of at most MERGED_BYTES of UTF-8, never inside a character. */
function* piecesOf(text: string): Generator<string> {
  if (Buffer.byteLength(text) <= MERGED_BYTES) {
    if (text !== '') yield text;
    return;
  }
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length;) {
    let end = Math.min(start + MERGED_BYTES, bytes.length);
    // A continuation byte (10xxxxxx) belongs to the character before it.
    while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    yield bytes.toString('utf8', start, end);
    start = end;
  }
}
