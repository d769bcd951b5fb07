// Gathers what the stream says into few changes of the store: the first reply is applied at once, what follows
// within the window together, so that a burst costs readers one look and not hundreds.
import type { Clock } from '../store/clock.ts';
import { reduceAll, type EventListener, type TopicReply } from '../store/reduce.ts';
import type { ConsoleStore } from '../store/store.ts';

/** Shorter than a frame of the screen, so that nothing is seen later for it. */
export const BATCH_MS = 25;

export interface ReplyBatch {
  add(reply: TopicReply): void;
  flush(): void;
  /** Tells of every event just before it is applied; snapshots are none. */
  onEvent(listener: EventListener): () => void;
  close(): void;
}

export function createReplyBatch(store: ConsoleStore, clock: Clock): ReplyBatch {
  let waiting: TopicReply[] = [];
  let callOff: (() => void) | null = null;
  const listeners = new Set<EventListener>();
  const tell: EventListener = (before, event) => {
    for (const listener of listeners) listener(before, event);
  };

  function flush(): void {
    if (waiting.length === 0) return;
    const replies = waiting;
    waiting = [];
    store.setState((state) => reduceAll(state, replies, tell), true);
  }
  function windowEnds(): void {
    callOff = null;
    if (waiting.length === 0) return;
    flush();
    callOff = clock.after(BATCH_MS, windowEnds);
  }

  return {
    add(reply) {
      waiting.push(reply);
      if (callOff !== null) return;
      flush();
      callOff = clock.after(BATCH_MS, windowEnds);
    },
    flush,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      flush();
      callOff?.();
    },
  };
}
