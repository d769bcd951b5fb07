// One run as an operator's stream client sees it: the event stream of a control plane, raw, one socket.
import WebSocket from 'ws';
import type { OutputChunk } from '../../src/protocol/api/runs.ts';
import type { StreamEvent, StreamReply } from '../../src/protocol/events.ts';
import type { OutputStream } from '../../src/protocol/frames.ts';

export interface RunViewer extends AsyncDisposable {
  /** What arrived so far. */
  text(stream?: OutputStream): string;
  /** The run's state as the stream told it last. */
  status(): string;
  /** Resolves as soon as the output holds `text`, with the moment of its arrival. */
  sees(text: string, stream?: OutputStream): Promise<number>;
}

export async function viewRun(server: { url: string; token: string }, runId: string): Promise<RunViewer> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/v1/stream`, {
    headers: { authorization: `Bearer ${server.token}` },
    perMessageDeflate: false,
  });
  const chunks = new Map<number, OutputChunk>();
  const waiting = new Set<(at: number) => void>();
  let status = '';
  const take = (event: StreamEvent): void => {
    if (event.type === 'run.detail') status = event.run.status;
    if (event.type === 'run.output') for (const chunk of event.chunks) chunks.set(chunk.seq, chunk);
  };
  socket.on('message', (frame) => {
    const at = performance.now();
    const reply = JSON.parse(String(frame)) as StreamReply;
    if (reply.type === 'snapshot' && reply.snapshot.topic === 'run') {
      status = reply.snapshot.run.status;
      for (const chunk of reply.snapshot.chunks) chunks.set(chunk.seq, chunk);
    }
    if (reply.type === 'event') take(reply.event);
    for (const look of waiting) look(at);
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.send(JSON.stringify({ type: 'subscribe', id: 1, topic: `run:${runId}` }));
  const text = (stream: OutputStream = 'stdout'): string =>
    [...chunks.values()]
      .filter((chunk) => chunk.stream === stream)
      .toSorted((a, b) => a.seq - b.seq)
      .map((chunk) => chunk.chunk)
      .join('');
  return {
    text,
    status: () => status,
    sees: (wanted, stream) =>
      new Promise((resolve) => {
        const look = (at: number): void => {
          if (!text(stream).includes(wanted)) return;
          waiting.delete(look);
          resolve(at);
        };
        waiting.add(look);
        look(performance.now());
      }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.terminate();
      await closed;
    },
  };
}
