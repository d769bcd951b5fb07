// One connection, from the dial to its end. Who dials again and when is dial-loop.ts; what frames cause is
// dispatcher.ts; how an end is judged is ending.ts.
import type { IncomingMessage } from 'node:http';
import { WebSocket, type RawData } from 'ws';
import { MAX_CLOUD_FRAME_BYTES, MAX_RUNNER_FRAME_BYTES } from '../../protocol/frames.ts';
import { CAPABILITIES_HEADER, EXIT_ON_DISABLE } from '../../protocol/version.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Dispatcher } from './dispatcher.ts';
import { endOfDial, endOfShutdown, type SessionEnd } from './ending.ts';
import { readCloudFrame } from './frame-reader.ts';
import { heartbeatFrame, startPulse, type Pulse } from './heartbeat.ts';
import { causeOf, readErrorBody, retryAfterMs } from './registration.ts';
import type { Spool } from './spool.ts';

const HANDSHAKE_WITHIN_MS = 10_000;
/** Beyond this many bytes on their way, output waits in the spool, where lines merge. */
const SOCKET_BACKLOG_BYTES = 256 * 1024;
const LARGEST_REFUSAL_BYTES = 4096;
/** A peer that does not answer our goodbye must not keep the program alive. */
const GOODBYE_MS = 1_000;

export interface SessionOptions {
  readonly url: URL;
  readonly token: string;
  readonly ca: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly heartbeatEveryMs: number;
  readonly dispatcher: Dispatcher;
  readonly spool: Spool;
  /** The runner_state frame of this moment. */
  state(): string;
  /** Called once the state is on its way. */
  live(): void;
}

export class Session {
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #socket: WebSocket;
  #settle!: (end: SessionEnd) => void;
  #cancelHandshake: () => void;
  #pulse: Pulse | null = null;
  #isDelivered = false;
  #isEnded = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#socket = new WebSocket(options.url, {
      headers: { authorization: `Bearer ${options.token}`, [CAPABILITIES_HEADER]: EXIT_ON_DISABLE },
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: MAX_CLOUD_FRAME_BYTES,
      minVersion: 'TLSv1.2',
      ...(options.ca === undefined ? {} : { ca: options.ca }),
    });
    this.#cancelHandshake = options.clock.setTimer(HANDSHAKE_WITHIN_MS, () =>
      this.#lose('no answer to the dial within 10 s'),
    );
    this.#listen();
  }

  /** True from the first state that was sent to the end. */
  get isLive(): boolean {
    return this.#isDelivered && !this.#isEnded;
  }

  /** Tells the control plane anew what this host offers. */
  advertise(): void {
    if (this.isLive && !this.#sendState()) this.#lose('the state of this runner grew too large to send');
  }

  /** Ends the connection in order. */
  close(): void {
    this.#lose('the runner is stopping', () => this.#socket.close(1000, 'service_stopped'));
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('open', () => this.#open());
    socket.on('message', (bytes, isBinary) => this.#receive(bytes, isBinary));
    socket.on('ping', () => this.#pulse?.heard());
    socket.on('pong', () => this.#pulse?.heard());
    socket.on('unexpected-response', (_request, response) => void this.#refused(response));
    socket.on('error', (error) => this.#lose(causeOf(error)));
    socket.on('close', (code, reason) =>
      this.#lose(`closed by the control plane (${code} ${reason.toString().slice(0, 80)})`),
    );
  }

  #open(): void {
    if (this.#isEnded) return;
    this.#cancelHandshake();
    const { clock, dispatcher, spool, heartbeatEveryMs } = this.#options;
    // The state comes first: before it the control plane does not know what it talks to (SPEC WP2).
    if (!this.#sendState()) return this.#lose('the state of this runner is too large to send; remove packs');
    this.#isDelivered = true;
    this.#pulse = startPulse({
      clock,
      heartbeatEveryMs,
      beat: () => this.#send(JSON.stringify(heartbeatFrame(clock.now(), dispatcher.load))),
      ping: () => this.#socket.ping(),
      silent: () => this.#lose('no answer for 45 s'),
    });
    this.#options.live();
    spool.attach(() => this.#pump());
  }

  #sendState(): boolean {
    const state = this.#options.state();
    if (Buffer.byteLength(state) > MAX_RUNNER_FRAME_BYTES) return false;
    this.#send(state);
    return true;
  }

  #send(text: string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text, (error) => {
      if (error) this.#lose(causeOf(error));
      else this.#pump();
    });
  }

  #pump(): void {
    while (!this.#isEnded && this.#socket.bufferedAmount < SOCKET_BACKLOG_BYTES) {
      const frame = this.#isDelivered ? this.#options.spool.take() : null;
      if (!frame) return;
      this.#send(JSON.stringify(frame));
    }
  }

  #receive(bytes: RawData, isBinary: boolean): void {
    if (this.#isEnded) return;
    this.#pulse?.heard();
    if (isBinary) return this.#lose('the control plane sent a binary frame');
    const read = readCloudFrame(bytes.toString());
    if (read.kind === 'ignored') return;
    if (read.kind === 'foreign') return this.#lose(read.because);
    if (read.kind === 'bad') return this.#options.log.warn('frame dropped', { because: read.because });
    const { frame, argsText } = read;
    if (frame.type !== 'shutdown') return this.#options.dispatcher.receive(frame, argsText);
    this.#options.log.warn('control plane ends the session', {
      reason: frame.reason,
      message: frame.message,
    });
    const end = endOfShutdown(frame.reason);
    if (end) this.#end(end, () => this.#socket.close(1000));
  }

  async #refused(response: IncomingMessage): Promise<void> {
    const status = response.statusCode ?? 0;
    const { code, message } = readErrorBody(await readBounded(response));
    const because = `the dial was answered ${status}${code === '' ? '' : ` ${message || code}`}`;
    const retryMs = retryAfterMs(response.headers['retry-after']);
    const lost: SessionEnd = { kind: 'lost', because, isDelivered: false, retryAfterMs: retryMs };
    this.#end(endOfDial(status, code) ?? lost, () => this.#socket.terminate());
  }

  #lose(because: string, close: () => void = () => this.#socket.terminate()): void {
    this.#end({ kind: 'lost', because, isDelivered: this.#isDelivered, retryAfterMs: 0 }, close);
  }

  #end(end: SessionEnd, close: () => void): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cancelHandshake();
    this.#pulse?.stop();
    this.#options.spool.detach();
    close();
    if (this.#socket.readyState !== WebSocket.CLOSED) {
      const cancel = this.#options.clock.setTimer(GOODBYE_MS, () => this.#socket.terminate());
      this.#socket.once('close', cancel);
    }
    this.#settle(end);
  }
}

async function readBounded(response: IncomingMessage): Promise<string | null> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      sizeBytes += part.length;
      if (sizeBytes > LARGEST_REFUSAL_BYTES) return null;
      parts.push(part);
    }
  } catch {
    return null;
  }
  return Buffer.concat(parts).toString('utf8');
}
