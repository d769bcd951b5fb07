import { afterEach, beforeEach, expect, test } from 'vitest';
import type { OutputChunk } from '../../../src/protocol/api/runs.ts';
import type { FakeSocket } from '../runs/fake-socket.ts';
import { SCOPE, progressFrame, resultFrame, startFleet, type Fleet } from '../runs/fleet.ts';
import { serveStream, type StreamClient, type StreamServer } from './stream-client.ts';

let fleet: Fleet;
let server: StreamServer;
beforeEach(async () => {
  fleet = await startFleet();
  server = await serveStream(fleet);
});
afterEach(async () => {
  await server.close();
  await fleet.close();
});

async function runningRun(): Promise<{ socket: FakeSocket; runId: string; requestId: string }> {
  const socket = await fleet.ready('web-1');
  const { results } = await fleet.dispatch({ runners: ['web-1'] });
  const requestId = String(socket.frames()[0]?.['request_id']);
  await fleet.runs.started(socket, requestId);
  return { socket, runId: results[0]?.run?.id ?? '', requestId };
}

function chunksOf(client: StreamClient, id: number): OutputChunk[] {
  const seen: OutputChunk[] = [];
  for (const reply of client.replies) {
    if (reply.type === 'snapshot' && reply.id === id && reply.snapshot.topic === 'run')
      seen.push(...reply.snapshot.chunks);
    if (reply.type === 'event' && reply.id === id && reply.event.type === 'run.output')
      seen.push(...reply.event.chunks);
  }
  return seen;
}

test('C24: viewers who come while a run prints see history and live lines joined, no gap and no double', async () => {
  const { socket, runId, requestId } = await runningRun();
  const clients: StreamClient[] = [];
  for (let seq = 1; seq <= 400; seq += 1) {
    fleet.runs.progress(socket, progressFrame(requestId, seq));
    if (seq % 40 === 0) {
      const client = await server.connect();
      client.send({ type: 'subscribe', id: 1, topic: `run:${runId}` });
      clients.push(client);
    }
    if (seq % 7 === 0) await new Promise((turn) => setImmediate(turn));
  }
  await fleet.runs.result(socket, resultFrame(requestId, { progress_chunks: 400 }));
  for (const client of clients) {
    await expect.poll(() => chunksOf(client, 1).length).toBe(400);
    expect(chunksOf(client, 1).map((chunk) => chunk.seq)).toEqual(
      Array.from({ length: 400 }, (_, index) => index + 1),
    );
    const ended = () =>
      client.replies.some((reply) => {
        const run =
          reply.type === 'event' && reply.event.type === 'run.detail'
            ? reply.event.run
            : reply.type === 'snapshot' && reply.snapshot.topic === 'run'
              ? reply.snapshot.run
              : null;
        return run?.status === 'success' && run.output_complete === true;
      });
    await expect.poll(ended).toBe(true);
  }
});

test('C24: a viewer that resumes in the middle of the output has every line once', async () => {
  const { socket, runId, requestId } = await runningRun();
  for (let seq = 1; seq <= 5; seq += 1) fleet.runs.progress(socket, progressFrame(requestId, seq));
  const first = await server.connect();
  first.send({ type: 'subscribe', id: 1, topic: `run:${runId}` });
  const { cursor, snapshot } = await first.until('snapshot');
  // The cursor stands behind the snapshot; an event that came with it already is sent once more.
  const had = snapshot.topic === 'run' ? snapshot.chunks.length : -1;
  first.socket.terminate();
  for (let seq = 6; seq <= 10; seq += 1) fleet.runs.progress(socket, progressFrame(requestId, seq));
  const second = await server.connect();
  second.send({ type: 'subscribe', id: 1, topic: `run:${runId}`, cursor });
  await second.until('resumed');
  await expect.poll(() => had + chunksOf(second, 1).length).toBe(10);
  expect(chunksOf(second, 1).map((chunk) => chunk.seq)).toEqual(
    Array.from({ length: 10 - had }, (_, index) => had + 1 + index),
  );
});

test('C26: a viewer that does not read costs a bounded buffer, then learns of the gap and can fetch it', async () => {
  const { socket, runId, requestId } = await runningRun();
  const slow = await server.connect();
  slow.send({ type: 'subscribe', id: 1, topic: `run:${runId}` });
  await slow.until('snapshot');
  slow.socket.pause();
  const line = 'x'.repeat(60_000);
  for (let seq = 1; seq <= 500; seq += 1) {
    fleet.runs.progress(socket, progressFrame(requestId, seq, line));
    if (seq % 50 === 0) await fleet.runs.started(socket, requestId);
  }
  await fleet.runs.result(socket, resultFrame(requestId, { progress_chunks: 500 }));
  slow.socket.resume();
  const gap = await slow.until('event', (reply) => reply.event.type === 'run.output_gap');
  if (gap.event.type !== 'run.output_gap') throw new Error('not a gap');
  const received = chunksOf(slow, 1).map((chunk) => chunk.seq);
  // What was on its way when it stopped reading: the buffer, and what the kernel holds; 30 MB were printed.
  expect(received.length * line.length).toBeLessThan(16 * 1024 * 1024);
  const fetched = await fetchBetween(runId, gap.event.after_seq, gap.event.before_seq);
  const all = [...received, ...fetched].sort((a, b) => a - b);
  expect(all).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
  await slow.until(
    'event',
    (reply) => reply.event.type === 'run.detail' && reply.event.run.status === 'success',
  );
  expect(slow.events(1).map((event) => event.seq)).toEqual(slow.events(1).map((_, index) => index + 1));
});

async function fetchBetween(runId: string, afterSeq: number, beforeSeq: number): Promise<number[]> {
  const seqs: number[] = [];
  for (let after_seq = afterSeq; ;) {
    const page = await fleet.runs.output(SCOPE, runId, { after_seq, before_seq: beforeSeq, limit: 2_000 });
    seqs.push(...page.items.map((chunk) => chunk.seq));
    if (page.last_seq === null || page.last_seq >= beforeSeq - 1) return seqs;
    after_seq = page.last_seq;
  }
}
