// A control plane as far as a runner can see it: registration over HTTP and one socket, both really listening.
// Tests decide every answer; nothing is decided here.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { until } from './until.ts';

export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Call {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** One accepted connection and everything that came over it. */
export class Visit {
  readonly socket: WebSocket;
  readonly headers: IncomingMessage['headers'];
  readonly frames: Record<string, unknown>[] = [];
  isClosed = false;

  constructor(socket: WebSocket, headers: IncomingMessage['headers']) {
    this.socket = socket;
    this.headers = headers;
    socket.on('message', (bytes) =>
      this.frames.push(JSON.parse(bytes.toString()) as Record<string, unknown>),
    );
    socket.on('close', () => (this.isClosed = true));
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify({ protocol_version: 1, ...frame }));
  }

  of(type: string): Record<string, unknown>[] {
    return this.frames.filter((frame) => frame['type'] === type);
  }

  /** The `count`th frame of a type, waiting for it. */
  async first(type: string, count = 1): Promise<Record<string, unknown>> {
    return until(() => this.of(type)[count - 1], `frame ${count} of type ${type}`);
  }

  run(requestId: string, facts: object = {}): void {
    this.send({
      type: 'run_action',
      request_id: requestId,
      action_id: 'demo.ping',
      args: {},
      reason: 'test',
      ...facts,
    });
  }

  acknowledge(requestId: string): void {
    this.send({ type: 'ack_result', request_id: requestId });
  }

  /** Ends the connection as a crash would. */
  cut(): void {
    this.isClosed = true;
    this.socket.terminate();
  }
}

export class WireServer {
  readonly calls: Call[] = [];
  readonly visits: Visit[] = [];
  registerReply: Reply = {
    status: 201,
    body: { token: 'rnrtok-first', refresh_after: '2031-01-01T00:00:00Z' },
  };
  refreshReply: Reply = { status: 409, body: { error: 'not_due' } };
  /** As a control plane that knows nothing of it. */
  storedEventsReply: Reply = { status: 404 };
  /** Null lets the dial in. */
  dialReply: Reply | null = null;
  /** Accepts TCP and never answers the dial. */
  isMute = false;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, autoPong: true });
  readonly #open = new Set<Duplex>();

  private constructor() {
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on('connection', (socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
    });
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(): Promise<WireServer> {
    const server = new WireServer();
    await new Promise<void>((resolve) => server.#http.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** The `count`th accepted connection, waiting for it. */
  async visit(count = 1): Promise<Visit> {
    return until(() => this.visits[count - 1], `connection ${count}`);
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const part of request) body += String(part);
    this.calls.push({ path: request.url ?? '', headers: request.headers, body });
    const reply = this.#replyTo(request.url ?? '');
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  }

  #replyTo(path: string): Reply {
    if (path.endsWith('/runner/register')) return this.registerReply;
    return path.endsWith('/runner/journal/stored-events') ? this.storedEventsReply : this.refreshReply;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.calls.push({ path: request.url ?? '', headers: request.headers, body: '' });
    if (this.isMute) return;
    if (this.dialReply) {
      const text = JSON.stringify(this.dialReply.body ?? {});
      const more = Object.entries(this.dialReply.headers ?? {})
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
      socket.end(
        `HTTP/1.1 ${this.dialReply.status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n${more}` +
          `Content-Length: ${text.length}\r\n\r\n${text}`,
      );
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) =>
      this.visits.push(new Visit(opened, request.headers)),
    );
  }
}
