// Which topics have readers, and where each one's subscription stands. One subscription a topic, whatever
// comes and goes (T12); a topic without readers is kept a little, since people walk back and forth.
import type { StreamRequest, Topic } from '../../protocol/events.ts';
import type { Clock } from '../store/clock.ts';
import { advance, type Subscription, type SubscriptionReply } from './subscription.ts';

/** How long a topic stays subscribed after its last reader went. */
export const LINGER_MS = 30_000;
/** A server that keeps losing events is asked for a snapshot at most this often. */
const RESYNC_EVERY_MS = 1000;

export interface TopicBook {
  watch(topic: Topic): () => void;
  take(reply: SubscriptionReply): void;
  /** Counts an event that could not be read. */
  skip(id: number, seq: number, cursor: string): void;
  /** On a new connection: every topic from where it stood. */
  resumeAll(): void;
  refresh(): void;
  /** True when no topic of this connection still waits for its first answer. */
  isSettled(): boolean;
  close(): void;
}

interface Entry {
  subscription: Subscription;
  readers: number;
  awaited: boolean;
  askedAt: number;
  /** Calls off a planned resync, or the end of a topic that nobody reads. */
  callOffResync: () => void;
  callOffLinger: () => void;
}

interface BookOptions {
  readonly clock: Clock;
  /** True on a connection that said hello; until then nothing is sent, `resumeAll` will ask. */
  readonly isConnected: () => boolean;
  readonly send: (request: StreamRequest) => void;
  readonly onReply: (topic: Topic, reply: SubscriptionReply) => void;
  /** Nobody reads the topic any more and its subscription has ended. */
  readonly onDropped: (topic: Topic) => void;
}

const noPlans = { callOffResync: () => {}, callOffLinger: () => {} };

export function createTopicBook({ clock, isConnected, send, onReply, onDropped }: BookOptions): TopicBook {
  const entries = new Map<Topic, Entry>();
  let lastId = 0;

  function ask(entry: Entry): void {
    const { topic, cursor } = entry.subscription;
    entry.callOffResync();
    entry.awaited = true;
    if (!isConnected()) return;
    lastId += 1;
    entry.subscription = { ...entry.subscription, id: lastId };
    entry.askedAt = clock.now();
    send({ type: 'subscribe', id: lastId, topic, ...(cursor === null ? {} : { cursor }) });
  }

  /** Leaves the old numbering and starts anew; not at once when that was done just now. */
  function askAnew(entry: Entry): void {
    entry.callOffResync();
    leave(entry);
    entry.subscription = { ...entry.subscription, id: 0, seq: null, cursor: null };
    entry.awaited = true;
    const waitMs = entry.askedAt + RESYNC_EVERY_MS - clock.now();
    if (waitMs <= 0) ask(entry);
    else entry.callOffResync = clock.after(waitMs, () => ask(entry));
  }

  function leave({ subscription }: Entry): void {
    if (subscription.id > 0) send({ type: 'unsubscribe', id: subscription.id });
  }

  function release(topic: Topic, entry: Entry): void {
    entry.readers -= 1;
    if (entry.readers > 0) return;
    entry.callOffLinger();
    entry.callOffLinger = clock.after(LINGER_MS, () => {
      if (entry.readers > 0 || entries.get(topic) !== entry) return;
      entry.callOffResync();
      entries.delete(topic);
      leave(entry);
      onDropped(topic);
    });
  }

  function find(id: number): Entry | undefined {
    for (const entry of entries.values()) if (entry.subscription.id === id) return entry;
    return undefined;
  }

  return {
    watch(topic) {
      let entry = entries.get(topic);
      if (entry === undefined) {
        const subscription = { topic, id: 0, seq: null, cursor: null };
        entry = { subscription, readers: 0, awaited: false, askedAt: Number.NEGATIVE_INFINITY, ...noPlans };
        entries.set(topic, entry);
        ask(entry);
      }
      const held = entry;
      held.readers += 1;
      held.callOffLinger();
      let released = false;
      return () => {
        if (!released) release(topic, held);
        released = true;
      };
    },
    take(reply) {
      const entry = find(reply.id);
      if (entry === undefined) return;
      const { subscription, verdict } = advance(entry.subscription, reply);
      entry.subscription = subscription;
      if (verdict === 'apply') {
        entry.awaited = entry.awaited && reply.type === 'event';
        return onReply(subscription.topic, reply);
      }
      if (verdict === 'ignore') return;
      onReply(subscription.topic, { type: 'resync_required', id: reply.id });
      askAnew(entry);
    },
    skip(id, seq, cursor) {
      const entry = find(id);
      if (entry?.subscription.seq === seq - 1) entry.subscription = { ...entry.subscription, seq, cursor };
      else if (entry !== undefined && (entry.subscription.seq ?? -1) < seq) askAnew(entry);
    },
    resumeAll() {
      for (const entry of entries.values()) ask(entry);
    },
    refresh() {
      for (const entry of entries.values()) askAnew(entry);
    },
    isSettled() {
      return [...entries.values()].every((entry) => !entry.awaited);
    },
    close() {
      for (const entry of entries.values()) {
        entry.callOffResync();
        entry.callOffLinger();
      }
      entries.clear();
    },
  };
}
