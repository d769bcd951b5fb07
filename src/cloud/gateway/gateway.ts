// The runners' sockets: who may connect, one session an identity, and the end of all of them.
// A session's own life is session.ts; what its frames do is frame-effects.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_RUNNER_FRAME_BYTES } from '../../protocol/frames.ts';
import { HOLDER_ANSWERS_WITHIN_MS } from '../../protocol/runner.ts';
import { CAPABILITIES_HEADER, EXIT_ON_DISABLE } from '../../protocol/version.ts';
import type { Clock } from '../clock.ts';
import type { Meter } from '../meter.ts';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import type { ClaimedSession } from '../runners/runner-sessions.ts';
import type { Bearer, TokenProblem } from '../runners/runner-tokens.ts';
import type { Runners } from '../runners/runners.ts';
import type { SessionEnding } from '../runners/verbs.ts';
import { bearerOf } from '../tokens/secret-hash.ts';
import { endWith } from './farewell.ts';
import { FrameEffects, handleOf, type SessionRuns } from './frame-effects.ts';
import { RunnerSession } from './session.ts';
import type { SessionHandle } from './session-handle.ts';

export interface Gateway {
  /** Answers one dial to the runner socket. Never rejects. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): Promise<void>;
  /** The live session of a runner, past its first runner_state. */
  find(runnerId: string): SessionHandle | null;
  /** Ends the session, if there is one, with that shutdown reason. */
  end(runnerId: string, why: SessionEnding): void;
  /** Ninety seconds without a frame (SPEC HB3). */
  endSilent(runnerId: string, epoch: number): void;
  /** A newer session than ours holds the runner, on another node. */
  supersede(runnerId: string, epoch: number): void;
  /** True when our holder of that epoch gives way to a newcomer on another node, or there is none. */
  contest(runnerId: string, epoch: number, newcomerAddress: string): Promise<boolean>;
  /** Tells everybody to come again: other nodes took this one for gone. */
  sendAllAway(): void;
  count(): number;
  /** Tells everybody that the control plane stops, and waits until each end is on record. */
  stop(): Promise<void>;
}

interface Parts {
  runners: Runners;
  runs: SessionRuns;
  clock: Clock;
  log: Logger;
  meter: Meter;
  /** Whether a session that another node holds gives way to a newcomer here. */
  giveWay(runnerId: string, newcomerAddress: string): Promise<boolean>;
}

export function createGateway(parts: Parts): Gateway {
  return new RunnerGateway(parts);
}

interface Dial {
  address: string;
  exitsOnDisable: boolean;
}

class RunnerGateway implements Gateway {
  readonly #parts: Parts;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_RUNNER_FRAME_BYTES,
    clientTracking: false,
  });
  readonly #held = new Map<string, RunnerSession>();
  /** Runners whose holder is being asked whether it lives. */
  readonly #challenged = new Set<string>();
  /** Claims and ends that are not in the store yet. */
  readonly #unrecorded = new Set<Promise<void>>();
  #isStopping = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async accept(request: IncomingMessage, socket: Duplex, head: Buffer, address: string): Promise<void> {
    const { log, runners } = this.#parts;
    try {
      if (this.#isStopping) return refuseUpgrade(socket, 503, { error: 'unavailable' });
      const secret = bearerOf(request.headers.authorization);
      if (secret === null) return refuseUpgrade(socket, 401, { error: 'missing_bearer' });
      const exitsOnDisable = hasCapability(request, EXIT_ON_DISABLE);
      const verdict = await runners.tokens.verify(secret);
      if (!verdict.ok) {
        log.warn({ address, because: verdict.because }, 'dial refused');
        return refuseUpgrade(socket, statusOf(verdict.because, exitsOnDisable), { error: verdict.because });
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#admit(webSocket, verdict.bearer, { address, exitsOnDisable }).catch((error: unknown) => {
          log.error({ err: error, runner: verdict.bearer.runnerId }, 'session not admitted');
          webSocket.close(1011);
        });
      });
    } catch (error) {
      log.error({ err: error }, 'dial of a runner failed');
      refuseUpgrade(socket, 500, { error: 'internal' });
    }
  }

  find(runnerId: string): SessionHandle | null {
    const session = this.#held.get(runnerId);
    return session?.state.name === 'live' ? handleOf(session, session.state.claimed) : null;
  }

  end(runnerId: string, why: SessionEnding): void {
    const session = this.#held.get(runnerId);
    if (session) endWith(session, why);
  }

  endSilent(runnerId: string, epoch: number): void {
    const session = this.#held.get(runnerId);
    if (session && epochOf(session) === epoch) session.close({ code: 1000, reason: 'silent' });
  }

  supersede(runnerId: string, epoch: number): void {
    const session = this.#held.get(runnerId);
    const own = session ? epochOf(session) : null;
    if (own !== null && own < epoch) session?.close({ code: 1008, reason: 'superseded' });
  }

  async contest(runnerId: string, epoch: number, newcomerAddress: string): Promise<boolean> {
    const holder = this.#held.get(runnerId);
    if (!holder || epochOf(holder) !== epoch) return true;
    return this.#giveUpSeat(holder, newcomerAddress);
  }

  sendAllAway(): void {
    for (const session of [...this.#held.values()]) endWith(session, 'cloud_shutdown');
  }

  count(): number {
    return this.#held.size;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.sendAllAway();
    while (this.#unrecorded.size > 0) await Promise.allSettled(this.#unrecorded);
  }

  async #admit(socket: WebSocket, bearer: Bearer, dial: Dial): Promise<void> {
    const { clock } = this.#parts;
    const effects = new FrameEffects(this.#parts);
    const session = new RunnerSession({
      runnerId: bearer.runnerId,
      address: dial.address,
      socket,
      clock,
      onFrame: (from, text) => effects.take(from, text),
      onEnd: (ended, claimed, reason) => this.#ended(ended, claimed, reason),
    });
    if (!(await this.#takeSeat(session)) || !(await this.#parts.giveWay(bearer.runnerId, dial.address)))
      return session.close({ code: 1013, reason: 'identity_in_use' });
    if (!session.isOpen) return undefined;
    if (this.#isStopping) return endWith(session, 'cloud_shutdown');
    const opened = this.#claim(session, bearer, dial);
    this.#waitAtStop(opened);
    await opened;
  }

  async #claim(session: RunnerSession, bearer: Bearer, dial: Dial): Promise<void> {
    const { runners, log } = this.#parts;
    let claimed: ClaimedSession | null;
    try {
      claimed = await runners.sessions.claim(bearer, dial);
    } catch (error) {
      session.close({ code: 1011, reason: 'claim_failed' });
      throw error;
    }
    if (!claimed) return session.close({ code: 1008, reason: 'token_ended' });
    log.info(wordsOf(claimed), 'runner connected');
    if (!session.open(claimed)) await runners.sessions.release(claimed, 'connection_lost');
  }

  /** Makes the newcomer the one of its runner; false when the holder answers, or an earlier newcomer asks it (SPEC SE2). */
  async #takeSeat(newcomer: RunnerSession): Promise<boolean> {
    const { runnerId } = newcomer;
    const holder = this.#held.get(runnerId);
    if (holder && !(await this.#giveUpSeat(holder, newcomer.address))) return false;
    // Looked at again in the same turn as it is taken, and before the claim: two newcomers cannot both
    // find it free, and a revoke in between finds who took it.
    if (this.#held.has(runnerId) || !newcomer.isOpen) return false;
    this.#held.set(runnerId, newcomer);
    return true;
  }

  async #giveUpSeat(holder: RunnerSession, newcomerAddress: string): Promise<boolean> {
    const { state, runnerId } = holder;
    if (state.name === 'claiming' || state.name === 'closed' || this.#challenged.has(runnerId)) return false;
    this.#challenged.add(runnerId);
    try {
      if (!(await holder.challenge(HOLDER_ANSWERS_WITHIN_MS))) {
        holder.close({ code: 1008, reason: 'superseded' });
        return true;
      }
      await this.#parts.runners.sessions.noteConflict(state.claimed, newcomerAddress);
      return false;
    } finally {
      this.#challenged.delete(runnerId);
    }
  }

  #ended(session: RunnerSession, claimed: ClaimedSession | null, reason: string): void {
    const { runners, runs, clock, log } = this.#parts;
    // An old session that ends never removes the one that took over (pitfall C19).
    if (this.#held.get(session.runnerId) === session) this.#held.delete(session.runnerId);
    if (!claimed) return;
    log.info({ ...wordsOf(claimed), reason }, 'runner disconnected');
    const recorded = runners.sessions
      .release(claimed, reason)
      .then((closedAt) => {
        // Null: a verb has recorded the end itself, or a newer session has. One that is live has resumed already.
        if (this.#held.get(claimed.runnerId)?.state.name === 'live') return;
        runs.runnerLost(claimed.runnerId, closedAt ?? clock.now());
      })
      .catch((error: unknown) =>
        log.error({ err: error, runner: claimed.runnerId }, 'end of session not recorded'),
      );
    this.#waitAtStop(recorded);
  }

  #waitAtStop(work: Promise<void>): void {
    const forget = () => void this.#unrecorded.delete(work);
    this.#unrecorded.add(work);
    work.then(forget, forget);
  }
}

function epochOf({ state }: RunnerSession): number | null {
  return state.name === 'awaiting_state' || state.name === 'live' ? state.claimed.epoch : null;
}

function wordsOf({ runnerId, runnerName, epoch, address }: ClaimedSession) {
  return { runner: runnerId, name: runnerName, epoch, address };
}

/** A runner of ours takes 401 for "exit and stay down"; another build is told 403 and keeps trying (SPEC RE2). */
function statusOf(problem: TokenProblem, exitsOnDisable: boolean): 401 | 403 {
  if (problem === 'account_disabled') return 403;
  return problem === 'runner_disabled' && !exitsOnDisable ? 403 : 401;
}

function hasCapability(request: IncomingMessage, capability: string): boolean {
  const header = request.headers[CAPABILITIES_HEADER];
  const said = Array.isArray(header) ? header.join(',') : (header ?? '');
  return said.split(',').some((word) => word.trim().toLowerCase() === capability);
}
