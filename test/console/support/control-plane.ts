// A small control plane for the console's tests: real sockets, the same route descriptions, answers by the test.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { z } from 'zod';
import type { Route } from '../../../src/protocol/api/route.ts';
import { isRefusalCode, refusals } from '../../../src/protocol/errors.ts';
import { StreamRequest, type StreamReply } from '../../../src/protocol/events.ts';
import { parseExact } from '../../../src/protocol/exact-json.ts';
import { API_PREFIX } from '../../../src/protocol/version.ts';

export const TOKEN = `emop-${'A'.repeat(43)}`;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly params: Record<string, string>;
  readonly headers: IncomingMessage['headers'];
  readonly rawBody: string;
  readonly body: unknown;
}

type Answer = (asked: Asked, response: ServerResponse) => unknown;

/** Thrown by an answer to send a problem document. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly fix: string;

  constructor(code: string, change: { status?: number; detail?: string; fix?: string } = {}) {
    super(code);
    const known = isRefusalCode(code) ? refusals[code] : null;
    this.code = code;
    this.status = change.status ?? known?.status ?? 400;
    this.detail = change.detail ?? known?.sentence ?? 'Cannot do this';
    this.fix = change.fix ?? known?.fix ?? 'Do something else';
  }
}

export interface Viewer {
  readonly socket: WebSocket;
  readonly requests: StreamRequest[];
  send(reply: StreamReply): void;
}

export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  readonly asked: Asked[];
  readonly viewers: Viewer[];
  /** Viewers that are connected now. */
  connected(): Viewer[];
  answer<R extends Route>(
    route: R,
    answer: (asked: Asked, response: ServerResponse) => z.input<R['output']> | Promise<z.input<R['output']>>,
  ): void;
  /** Called for each request of a viewer; hello was sent already. */
  onRequest(react: (viewer: Viewer, request: StreamRequest) => void): void;
  /** Upgrades are answered with this status instead. */
  refuseStream(status: number | null): void;
  stop(): Promise<void>;
}

export async function startControlPlane(port = 0): Promise<ControlPlane> {
  const answers: { route: Route; pattern: RegExp; names: string[]; answer: Answer }[] = [];
  const asked: Asked[] = [];
  const viewers: Viewer[] = [];
  let react: (viewer: Viewer, request: StreamRequest) => void = () => {};
  let refusedStatus: number | null = null;

  const server = createServer((request, response) => {
    void serve(request, response, answers, asked);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    // A viewer that goes away while it is refused is no failure of a test.
    socket.on('error', () => {});
    const authorized = request.headers.authorization === `Bearer ${TOKEN}`;
    const status = refusedStatus ?? (authorized ? null : 401);
    if (status !== null) {
      socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const viewer: Viewer = {
        socket: webSocket,
        requests: [],
        send: (reply) => webSocket.send(JSON.stringify(reply)),
      };
      viewers.push(viewer);
      webSocket.on('message', (text) => {
        const heard = StreamRequest.parse(JSON.parse(String(text)));
        viewer.requests.push(heard);
        if (heard.type === 'ping') viewer.send({ type: 'pong', at: new Date().toISOString() });
        else react(viewer, heard);
      });
      viewer.send({ type: 'hello', product: 'emisar-cloud', version: '1.0.0' });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));

  const stop = () => stopServer(server, sockets);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    viewers,
    connected: () => viewers.filter(({ socket }) => socket.readyState === socket.OPEN),
    answer(route, answer) {
      const names = [...route.path.matchAll(/:([a-z_]+)/g)].map((match) => String(match[1]));
      const pattern = new RegExp(`^${API_PREFIX}${route.path.replaceAll(/:[a-z_]+/g, '([^/]+)')}$`);
      answers.unshift({ route, pattern, names, answer: answer as Answer });
    },
    onRequest(next) {
      react = next;
    },
    refuseStream(status) {
      refusedStatus = status;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answers: { route: Route; pattern: RegExp; names: string[]; answer: Answer }[],
  asked: Asked[],
): Promise<void> {
  let rawBody = '';
  for await (const part of request) rawBody += String(part);
  const url = new URL(request.url ?? '/', 'http://here');
  const found = answers.find(
    ({ route, pattern }) => route.method === request.method && pattern.test(url.pathname),
  );
  const values = found?.pattern.exec(url.pathname)?.slice(1) ?? [];
  const call: Asked = {
    method: request.method ?? '',
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    params: Object.fromEntries(
      (found?.names ?? []).map((name, index) => [name, decodeURIComponent(values[index] ?? '')]),
    ),
    headers: request.headers,
    rawBody,
    body: rawBody === '' ? undefined : parseExact(rawBody),
  };
  asked.push(call);
  try {
    const isPublic = request.url?.endsWith('/auth/invitation') === true;
    if (!isPublic && request.headers.authorization !== `Bearer ${TOKEN}`) throw new Problem('token_invalid');
    if (found === undefined) throw new Problem('not_found');
    const output = await found.answer(call, response);
    if (!response.writableEnded) send(response, found.route.status, output);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, status, detail, fix } = error;
    send(response, status, { type: `about:blank`, title: code, status, code, detail, fix });
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function stopServer(server: Server, sockets: WebSocketServer): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
