// One runner's socket: its frames in order, what may be sent on it, and its one end. What a frame does is
// frame-effects.ts; who holds which identity is gateway.ts.
import type { WebSocket } from 'ws';
import { MAX_CLOUD_FRAME_BYTES } from '../../protocol/frames.ts';
import type { Clock } from '../clock.ts';
import type { ClaimedSession } from '../runners/runner-sessions.ts';

export type SessionState =
  /** Waits for the claim, and with it for its epoch. */
  | { name: 'claiming' }
  /** Claimed; nothing but runner_state may come. */
  | { name: 'awaiting_state'; claimed: ClaimedSession }
  | { name: 'live'; claimed: ClaimedSession; signedOnly: boolean }
  | { name: 'closed' };

export interface CloseWish {
  /** WebSocket close code of wire protocol 4. */
  code: number;
  /** Word for the record, such as `silent` or `runner_disabled`. */
  reason: string;
  /** A last frame, before the close. */
  farewell?: string;
}

/** A peer that lets this much wait is not reading: it is cut off, so that it cannot take our memory. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/** Frames that wait for their effects; beyond it the socket is not read until half of them are done. */
const MAX_WAITING_FRAMES = 64;
/** A peer that does not answer our close is cut off then. */
const CLOSE_ANSWERED_WITHIN_MS = 2_000;

export class RunnerSession {
  readonly runnerId: string;
  readonly address: string;
  state: SessionState = { name: 'claiming' };
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #onFrame: (session: RunnerSession, text: string) => Promise<void>;
  readonly #onEnd: (session: RunnerSession, claimed: ClaimedSession | null, reason: string) => void;
  #frames: string[] = [];
  #isWorking = false;
  #whenAnswered: (() => void) | null = null;

  constructor(parts: {
    runnerId: string;
    address: string;
    socket: WebSocket;
    clock: Clock;
    /** The effects of one frame; the next one waits for them. Never rejects. */
    onFrame: (session: RunnerSession, text: string) => Promise<void>;
    /** Called once, whoever ended it. */
    onEnd: (session: RunnerSession, claimed: ClaimedSession | null, reason: string) => void;
  }) {
    this.runnerId = parts.runnerId;
    this.address = parts.address;
    this.#socket = parts.socket;
    this.#clock = parts.clock;
    this.#onFrame = parts.onFrame;
    this.#onEnd = parts.onEnd;
    // Nothing is read before the claim: the first frame waits in the socket.
    this.#socket.pause();
    this.#socket.on('message', (frame, isBinary) => {
      this.#answered();
      if (!isBinary && this.state.name !== 'closed') this.#take(textOf(frame));
    });
    this.#socket.on('pong', () => this.#answered());
    this.#socket.on('close', (code, reason) => this.#finish(reasonOfClose(code, reason.toString('utf8'))));
    // The close event follows and says what is needed.
    this.#socket.on('error', () => {});
  }

  get isOpen(): boolean {
    return this.state.name !== 'closed';
  }

  /** The claim succeeded: frames are read from now on. False when the socket is gone already. */
  open(claimed: ClaimedSession): boolean {
    if (this.state.name !== 'claiming') return false;
    this.state = { name: 'awaiting_state', claimed };
    this.#socket.resume();
    return true;
  }

  /** Hands over one text frame; false when it cannot be, and then the session is over. */
  send(frameText: string): boolean {
    if (this.state.name === 'closed' || this.#socket.readyState !== this.#socket.OPEN) return false;
    if (Buffer.byteLength(frameText) > MAX_CLOUD_FRAME_BYTES) return false;
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.close({ code: 1008, reason: 'not_reading' });
      this.#socket.terminate();
      return false;
    }
    this.#socket.send(frameText);
    return true;
  }

  /** Ends the session for the record at once, whatever the peer does about it. */
  close({ code, reason, farewell }: CloseWish): void {
    if (this.state.name === 'closed') return;
    if (farewell !== undefined) this.send(farewell);
    this.#finish(reason);
    this.#socket.resume();
    this.#socket.close(code, reason);
    const cancel = this.#clock.after(CLOSE_ANSWERED_WITHIN_MS, () => this.#socket.terminate());
    this.#socket.once('close', cancel);
  }

  /** Resolves true when the peer shows life within `ms`, false when it does not or its socket closes. */
  challenge(ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (answered: boolean) => {
        cancel();
        this.#socket.off('close', dead);
        this.#whenAnswered = null;
        resolve(answered);
      };
      const dead = () => settle(false);
      const cancel = this.#clock.after(ms, dead);
      this.#whenAnswered = () => settle(true);
      if (!this.isOpen) return settle(false);
      this.#socket.once('close', dead);
      this.#socket.ping();
    });
  }

  #answered(): void {
    this.#whenAnswered?.();
  }

  #take(text: string): void {
    this.#frames.push(text);
    if (this.#frames.length >= MAX_WAITING_FRAMES) this.#socket.pause();
    if (!this.#isWorking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let text = this.#frames.shift(); text !== undefined && this.isOpen; text = this.#frames.shift()) {
      await this.#onFrame(this, text);
      if (this.#socket.isPaused && this.#frames.length <= MAX_WAITING_FRAMES / 2) this.#socket.resume();
    }
    this.#isWorking = false;
  }

  #finish(reason: string): void {
    if (this.state.name === 'closed') return;
    const claimed = this.state.name === 'claiming' ? null : this.state.claimed;
    this.state = { name: 'closed' };
    this.#frames = [];
    this.#onEnd(this, claimed, reason);
  }
}

function textOf(frame: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(frame)) return Buffer.concat(frame).toString('utf8');
  return Buffer.from(frame as Buffer).toString('utf8');
}

/** What a close by the peer, or by the line, says about why. */
function reasonOfClose(code: number, reason: string): string {
  if (code === 1001 || reason === 'service_stopped') return 'service_stopped';
  if (code === 1000) return 'closed';
  if (code === 1006) return 'connection_lost';
  return `closed_${code}`;
}
