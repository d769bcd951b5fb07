// A real socket to the event stream, and what came over it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { createEventStream, type EventStream } from '../../../src/cloud/event-stream/stream.ts';
import type { Caller } from '../../../src/cloud/http/bound-route.ts';
import type { StreamReply, StreamRequest } from '../../../src/protocol/events.ts';
import { caller, type Fleet } from '../runs/fleet.ts';

export type Of<Type extends StreamReply['type']> = Extract<StreamReply, { type: Type }>;

export interface StreamClient {
  readonly socket: WebSocket;
  readonly replies: StreamReply[];
  send(request: StreamRequest): void;
  /** Waits until a reply matches, counting from the first; fails after five seconds. */
  until<Type extends StreamReply['type']>(
    type: Type,
    matches?: (reply: Of<Type>) => boolean,
  ): Promise<Of<Type>>;
  events(id: number): Of<'event'>[];
  closed: Promise<{ code: number; reason: string }>;
}

export interface StreamServer {
  stream: EventStream;
  connect(as?: Caller): Promise<StreamClient>;
  close(): Promise<void>;
}

export async function serveStream(fleet: Fleet): Promise<StreamServer> {
  const stream = createEventStream({
    outbox: fleet.outbox,
    clock: fleet.clock,
    loaders: fleet.loaders,
    version: '1.0.0',
    report: (error) => {
      throw error;
    },
  });
  stream.start();
  const http: Server = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  const callers: Caller[] = [];
  sockets.on('connection', (socket) => stream.attach(socket, callers.shift() ?? caller()));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    stream,
    connect: async (as = caller()) => {
      callers.push(as);
      const client = openClient(`ws://127.0.0.1:${port}`);
      await client.until('hello');
      return client;
    },
    close: async () => {
      await stream.stop();
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.close();
    },
  };
}

export function openClient(url: string, headers: Record<string, string> = {}): StreamClient {
  const socket = new WebSocket(url, { perMessageDeflate: false, headers });
  const replies: StreamReply[] = [];
  socket.on('message', (data) => replies.push(JSON.parse(String(data)) as StreamReply));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  return {
    socket,
    replies,
    closed,
    send: (request) => socket.send(JSON.stringify(request)),
    events: (id) =>
      replies.filter((reply): reply is Of<'event'> => reply.type === 'event' && reply.id === id),
    until: async (type, matches = () => true) => {
      const deadline = Date.now() + 5_000;
      for (;;) {
        const found = replies.find((reply) => reply.type === type && matches(reply as never));
        if (found) return found as never;
        if (Date.now() > deadline)
          throw new Error(`no ${type} came; had ${replies.map((reply) => reply.type).join(', ')}`);
        await new Promise((turn) => setTimeout(turn, 2));
      }
    },
  };
}
