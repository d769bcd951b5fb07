// The console's one event stream: keeps it up, keeps every topic subscribed once, and says how true it all is.
// A drop resumes by cursor; a hole in the numbers or a cursor too old asks for a fresh snapshot.
import {
  STREAM_PING_EVERY_MS,
  STREAM_STALE_AFTER_MS,
  type StreamReply,
  type Topic,
} from '../../protocol/events.ts';
import { Refusal } from '../../protocol/errors.ts';
import { systemClock, type Clock } from '../store/clock.ts';
import type { LinkState } from '../store/link-state.ts';
import { backoffMs } from './backoff.ts';
import { refusalCodeOf } from './remote-refusal.ts';
import { dialStream, type StreamConnection } from './stream-connection.ts';
import { createTopicBook, type TopicBook } from './topic-book.ts';
import type { SubscriptionReply } from './subscription.ts';

/** An answer that takes longer lies behind other frames: the screen is that far behind the server (T13). */
export const LAG_AFTER_MS = 2_000;
/** Live this long, a connection counts as good and the next failure starts from a short wait again. */
const SETTLED_AFTER_MS = 10_000;

export interface EventStreamOptions {
  readonly url: string;
  readonly token: string;
  readonly as?: string | undefined;
  readonly ca?: string | undefined;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** A reply to apply, in order, repeats and holes already sorted out. */
  readonly onReply: (topic: Topic, reply: SubscriptionReply) => void;
  readonly onLink: (link: LinkState) => void;
  /** A topic lost its last reader and lingered long enough. */
  readonly onDropped?: (topic: Topic) => void;
  readonly onHello?: (version: string) => void;
}

export interface EventStream {
  /** Adds a reader; the first of a topic subscribes. The returned function takes this reader away, once. */
  watch(topic: Topic): () => void;
  /** Fresh snapshots of everything that is watched. */
  refresh(): void;
  link(): LinkState;
  close(): void;
}

/** Starts dialling at once. */
export function openEventStream(options: EventStreamOptions): EventStream {
  return new Stream(options);
}

class Stream implements EventStream {
  readonly #options: EventStreamOptions;
  readonly #clock: Clock;
  readonly #book: TopicBook;
  #link: LinkState;
  #connection: StreamConnection | null = null;
  #helloSeen = false;
  #failures = 0;
  #heardAt: number;
  #everLive = false;
  #askedAt: number | null = null;
  #callOffs: (() => void)[] = [];

  constructor(options: EventStreamOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#heardAt = this.#clock.now();
    this.#link = { kind: 'connecting', since: this.#heardAt };
    this.#book = createTopicBook({
      clock: this.#clock,
      isConnected: () => this.#helloSeen,
      send: (request) => this.#connection?.send(request),
      onReply: options.onReply,
      onDropped: (topic) => options.onDropped?.(topic),
    });
    this.#dial();
  }

  watch(topic: Topic): () => void {
    return this.#book.watch(topic);
  }

  refresh(): void {
    this.#book.refresh();
    // Somebody waits and asks: do not sit out the rest of a long pause.
    if (this.#connection === null && !this.#isOver()) this.#dial();
  }

  link(): LinkState {
    return this.#link;
  }

  close(): void {
    this.#hangUp();
    this.#book.close();
    this.#setLink({ kind: 'closed', since: this.#clock.now() });
  }

  #isOver(): boolean {
    return this.#link.kind === 'closed' || this.#link.kind === 'signed_out';
  }

  #dial(): void {
    this.#callOffTimers();
    const dialledAt = this.#clock.now();
    if (this.#link.kind === 'reconnecting' || this.#link.kind === 'stale') {
      this.#setLink({ ...this.#link, retryAt: null });
    }
    const { url, token, as, ca } = this.#options;
    this.#connection = dialStream(
      { url, token, as, ca },
      {
        heard: () => {
          this.#heardAt = this.#clock.now();
        },
        reply: (reply) => this.#take(reply),
        unknownEvent: (id, seq, cursor) => this.#book.skip(id, seq, cursor),
        ended: (because, refusal) => this.#ended(because, refusal),
      },
    );
    this.#watchSilence(dialledAt);
    this.#watchStaleness();
  }

  #take(reply: StreamReply): void {
    if (reply.type === 'hello') {
      this.#helloSeen = true;
      this.#options.onHello?.(reply.version);
      this.#book.resumeAll();
      this.#ping();
    } else if (reply.type === 'pong') {
      this.#answered();
    } else {
      this.#book.take(reply);
    }
    if (this.#helloSeen && this.#link.kind !== 'live' && this.#book.isSettled()) this.#goLive();
  }

  #goLive(): void {
    this.#everLive = true;
    this.#setLink({ kind: 'live', since: this.#clock.now() });
    this.#after(SETTLED_AFTER_MS, () => {
      this.#failures = 0;
    });
  }

  /** Silence since the later of dialling and the last frame; a socket without FIN ends here (T10). */
  #watchSilence(since: number): void {
    const silentFrom = Math.max(since, this.#heardAt);
    this.#after(Math.max(1, silentFrom + STREAM_STALE_AFTER_MS - this.#clock.now()), () => {
      if (this.#clock.now() - Math.max(since, this.#heardAt) < STREAM_STALE_AFTER_MS)
        return this.#watchSilence(since);
      this.#connection?.drop();
      this.#ended('no frame came in time', null);
    });
  }

  #ping(): void {
    this.#connection?.send({ type: 'ping' });
    if (this.#askedAt === null) {
      const askedAt = this.#clock.now();
      this.#askedAt = askedAt;
      this.#after(LAG_AFTER_MS, () => {
        if (this.#askedAt === askedAt && this.#link.kind === 'live')
          this.#setLink({ ...this.#link, lagSince: askedAt });
      });
    }
    this.#after(STREAM_PING_EVERY_MS, () => this.#ping());
  }

  #answered(): void {
    this.#askedAt = null;
    const { kind, since } = this.#link;
    if (kind === 'live' && this.#link.lagSince !== undefined) this.#setLink({ kind, since });
  }

  #ended(because: string, refusal: Refusal | null): void {
    this.#hangUp();
    if (refusal !== null && (refusal.status === 401 || refusal.status === 403)) {
      const { status, message: detail, fix } = refusal;
      const code = refusalCodeOf(refusal);
      return this.#setLink({ kind: 'signed_out', since: this.#clock.now(), status, code, detail, fix });
    }
    const waitMs = backoffMs(this.#failures, this.#options.random ?? Math.random);
    this.#failures += 1;
    this.#setLink(this.#brokenLink(because, this.#clock.now() + waitMs));
    this.#after(waitMs, () => this.#dial());
    this.#watchStaleness();
  }

  /** Stale once nothing was heard for the bound, and until the next snapshot or resume, however often it redials. */
  #brokenLink(because: string, retryAt: number): LinkState {
    const attempt = this.#failures;
    if (this.#isStaleNow()) return { kind: 'stale', since: this.#heardAt, retryAt, attempt, because };
    const since = this.#link.kind === 'reconnecting' ? this.#link.since : this.#clock.now();
    return { kind: 'reconnecting', since, retryAt, attempt, because };
  }

  /** What was never live shows nothing that could be stale. */
  #isStaleNow(): boolean {
    if (!this.#everLive) return false;
    return this.#link.kind === 'stale' || this.#clock.now() - this.#heardAt >= STREAM_STALE_AFTER_MS;
  }

  #watchStaleness(): void {
    const link = this.#link;
    if (link.kind !== 'reconnecting' || !this.#everLive) return;
    this.#after(Math.max(1, this.#heardAt + STREAM_STALE_AFTER_MS - this.#clock.now()), () => {
      if (this.#link.kind !== 'reconnecting') return;
      this.#setLink({ ...this.#link, kind: 'stale', since: this.#heardAt });
    });
  }

  #hangUp(): void {
    this.#callOffTimers();
    this.#connection?.drop();
    this.#connection = null;
    this.#helloSeen = false;
    this.#askedAt = null;
  }

  #after(ms: number, ring: () => void): void {
    this.#callOffs.push(this.#clock.after(ms, ring));
  }

  #callOffTimers(): void {
    for (const callOff of this.#callOffs) callOff();
    this.#callOffs = [];
  }

  #setLink(link: LinkState): void {
    this.#link = link;
    this.#options.onLink(link);
  }
}
