// One topic of one viewer: numbers what it is given without gaps, and bounds what a slow viewer may cost.
// When its buffer is full a run's output turns into a gap to be fetched; any other topic starts anew (C26).
import { VIEWER_BUFFER_BYTES, type StreamEvent } from '../../protocol/events.ts';
import { instant } from '../clock.ts';
import type { Cursors } from './cursor.ts';
import type { RingEvent } from './ring.ts';
import { runOfTopic } from './snapshot.ts';

/** Where a subscription's frames go. */
export interface ViewerSocket {
  send(text: string): void;
  /** Bytes that wait beyond what a snapshot under way accounts for. */
  waitingBytes(): number;
}

export interface SubscriptionStart {
  id: number;
  topic: string;
  accountId: string;
  memberId: string;
  role: string;
  after: number;
  seq: number;
  chunksTo: number;
  /** Of a viewer that reaches everything. */
  isFull: boolean;
}

export interface Subscription {
  readonly id: number;
  readonly topic: string;
  readonly runId: string | null;
  cursor(now: number): string;
  /** Gives it an event; false when it had to be ended because its viewer is too slow. */
  deliver(entry: RingEvent): boolean;
  /** The viewer's buffer has room again. */
  recover(now: number): void;
}

interface Missed {
  /** Chunks that were not sent lie after the one and before the other. */
  afterSeq: number;
  beforeSeq: number;
  detail: RingEvent | null;
}

export function createSubscription(
  start: SubscriptionStart,
  socket: ViewerSocket,
  cursors: Cursors,
): Subscription {
  const { id, topic, accountId, memberId, role, isFull } = start;
  let { after, seq } = start;
  let lastChunk = start.chunksTo;
  let missed: Missed | null = null;

  const seal = (at: number) =>
    cursors.seal({ accountId, memberId, role, topic, after, seq, chunksTo: start.chunksTo, at, isFull });
  function emit(at: number, text: string): void {
    seq += 1;
    socket.send(
      `{"type":"event","id":${id},"seq":${seq},"cursor":"${seal(at)}","at":"${instant(at)}","event":${text}}`,
    );
  }
  function miss(entry: RingEvent): void {
    missed ??= { afterSeq: lastChunk, beforeSeq: lastChunk + 1, detail: null };
    if (entry.event.type === 'run.detail') missed.detail = entry;
    if (entry.event.type === 'run.output')
      lastChunk = Math.max(lastChunk, entry.event.chunks.at(-1)?.seq ?? 0);
    missed.beforeSeq = lastChunk + 1;
  }
  function recover(now: number): void {
    if (!missed || socket.waitingBytes() > VIEWER_BUFFER_BYTES / 2) return;
    const { afterSeq, beforeSeq, detail } = missed;
    missed = null;
    if (beforeSeq > afterSeq + 1) {
      const gap: StreamEvent = { type: 'run.output_gap', after_seq: afterSeq, before_seq: beforeSeq };
      emit(now, JSON.stringify(gap));
    }
    if (detail) emit(now, detail.text);
  }

  return {
    id,
    topic,
    runId: runOfTopic(topic),
    cursor: seal,
    recover,
    deliver: (entry) => {
      recover(entry.at);
      const text = textFor(entry, start.chunksTo);
      after = entry.position;
      if (text === null) return true;
      if (missed || socket.waitingBytes() > VIEWER_BUFFER_BYTES) {
        if (runOfTopic(topic) === null) return false;
        miss(entry);
        return true;
      }
      if (entry.event.type === 'run.output')
        lastChunk = Math.max(lastChunk, entry.event.chunks.at(-1)?.seq ?? 0);
      emit(entry.at, text);
      return true;
    },
  };
}

// Chunks that were in the snapshot are not told again (C24); an event without anything new takes no number.
function textFor(entry: RingEvent, chunksTo: number): string | null {
  if (entry.event.type !== 'run.output') return entry.text;
  const { chunks } = entry.event;
  if ((chunks[0]?.seq ?? 0) > chunksTo) return entry.text;
  const fresh = chunks.filter((chunk) => chunk.seq > chunksTo);
  return fresh.length === 0 ? null : JSON.stringify({ ...entry.event, chunks: fresh });
}
