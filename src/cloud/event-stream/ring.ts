// The recent events of one account, kept so that a viewer that lost its link can go on where it was.
import { RESUME_MAX_EVENTS, RESUME_WITHIN_MS, type StreamEvent } from '../../protocol/events.ts';

export interface RingEvent {
  /** Counts up by one within the account. */
  position: number;
  at: number;
  topic: string;
  event: StreamEvent;
  /** The event as JSON, encoded once for all viewers. */
  text: string;
}

export interface Ring {
  append(at: number, topic: string, event: StreamEvent): RingEvent;
  /** Position of the newest event; 0 before the first. */
  last(): number;
  /** Events of a topic after a position, oldest first; null when some of them are gone already. */
  after(position: number, topic: string, now: number): RingEvent[] | null;
}

/** Beside the number of events, so that output of large runs cannot take all memory. */
const MAX_RING_BYTES = 48 * 1024 * 1024;

export function createRing(): Ring {
  // A queue with a moving start: dropping from the front of a long array would copy it each time.
  let events: RingEvent[] = [];
  let start = 0;
  let bytes = 0;
  let newest = 0;

  function drop(now: number): void {
    for (let oldest = events[start]; oldest; oldest = events[start]) {
      const isOver = events.length - start > RESUME_MAX_EVENTS || bytes > MAX_RING_BYTES;
      if (!isOver && now - oldest.at <= RESUME_WITHIN_MS) break;
      bytes -= oldest.text.length;
      start += 1;
    }
    if (start > 1_000 && start * 2 > events.length) {
      events = events.slice(start);
      start = 0;
    }
  }

  return {
    append: (at, topic, event) => {
      newest += 1;
      const entry = { position: newest, at, topic, event, text: JSON.stringify(event) };
      events.push(entry);
      bytes += entry.text.length;
      drop(at);
      return entry;
    },
    last: () => newest,
    after: (position, topic, now) => {
      drop(now);
      const oldest = events[start]?.position ?? newest + 1;
      if (position > newest || position + 1 < oldest) return null;
      return events.slice(start + (position + 1 - oldest)).filter((entry) => entry.topic === topic);
    },
  };
}
