// A runner as the wire sees it: a socket that speaks the protocol by hand, so that tests can break it.
import { WebSocket } from 'ws';
import { until } from './until.ts';

export type Frame = Record<string, unknown>;

export interface WireRunner extends Disposable {
  readonly socket: WebSocket;
  /** What came so far, oldest first. */
  readonly frames: Frame[];
  /** Set once the socket is closed. */
  readonly closed: { code: number } | null;
  send(frame: Frame | string): void;
  sendState(more?: Frame): void;
  beat(load?: number): void;
  /** The first frame of that type that came or comes. */
  frame(type: string): Promise<Frame>;
  closing(): Promise<{ code: number }>;
}

export type Dialled = { runner: WireRunner } | { refused: { status: number; body: Frame } };

export interface DialOptions {
  /** Says `Emisar-Capabilities: exit-on-disable`, as our runner does. */
  exitsOnDisable?: boolean;
  /** False: a peer whose host is gone, which answers no ping. */
  answersPings?: boolean;
}

/** Dials the runner socket of the control plane at `url`. */
export function dial(url: string, token: string | null, options: DialOptions = {}): Promise<Dialled> {
  const { exitsOnDisable = true, answersPings = true } = options;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/runner/socket/websocket`, {
    perMessageDeflate: false,
    autoPong: answersPings,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(exitsOnDisable ? { 'emisar-capabilities': 'exit-on-disable' } : {}),
    },
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ runner: wireRunner(socket) }));
    socket.once('unexpected-response', (_request, response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += part.toString('utf8')));
      response.on('end', () =>
        resolve({ refused: { status: response.statusCode ?? 0, body: JSON.parse(text) } }),
      );
    });
    socket.once('error', reject);
  });
}

/** The same, for a dial that must succeed. */
export async function connect(url: string, token: string, options: DialOptions = {}): Promise<WireRunner> {
  const dialled = await dial(url, token, options);
  if ('refused' in dialled) throw new Error(`the dial was refused: ${JSON.stringify(dialled.refused)}`);
  return dialled.runner;
}

function wireRunner(socket: WebSocket): WireRunner {
  const frames: Frame[] = [];
  let closed: { code: number } | null = null;
  socket.on('message', (data) => frames.push(JSON.parse(String(data)) as Frame));
  socket.on('close', (code) => (closed = { code }));
  socket.on('error', () => {});
  const send = (frame: Frame | string) =>
    socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return {
    socket,
    frames,
    get closed() {
      return closed;
    },
    send,
    sendState: (more = {}) =>
      send({
        type: 'runner_state',
        protocol_version: 1,
        version: '1.0.0',
        hostname: 'web-1',
        group: 'web',
        packs: {},
        actions: [],
        ...more,
      }),
    beat: (load = 0) =>
      send({ type: 'heartbeat', protocol_version: 1, time: '2030-01-01T00:00:00Z', action_load: load }),
    frame: (type) => until(`a frame ${type}`, () => frames.find((frame) => frame.type === type)),
    closing: () => until('the socket closes', () => closed),
    [Symbol.dispose]: () => socket.terminate(),
  };
}
