// The runners' sockets: who may connect, one session an identity, and the end of all of them.
// A session's own life is session.ts; what its frames do is frame-effects.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { MAX_RUNNER_FRAME_BYTES, type ShutdownReason } from '../../protocol/frames.ts';
import { HOLDER_ANSWERS_WITHIN_MS } from '../../protocol/runner.ts';
import { CAPABILITIES_HEADER, EXIT_ON_DISABLE, PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { Clock } from '../clock.ts';
import { refuseUpgrade } from '../http/refuse-upgrade.ts';
import type { ClaimedSession } from '../runners/runner-sessions.ts';
import type { Bearer, TokenProblem } from '../runners/runner-tokens.ts';
import type { Runners } from '../runners/runners.ts';
import type { SessionEnding } from '../runners/verbs.ts';
import { bearerOf } from '../tokens/secret-hash.ts';
import { createFrameEffects, handleOf, type SessionRuns } from './frame-effects.ts';
import { RunnerSession, type CloseWish } from './session.ts';
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
  count(): number;
  /** Tells everybody that the control plane stops, and waits until each end is on record. */
  stop(): Promise<void>;
}

const farewells: Record<SessionEnding | 'cloud_shutdown', { message: string; code: number }> = {
  runner_disabled: { message: 'This runner was disabled.', code: 1000 },
  runner_revoked: { message: 'The token of this runner was revoked.', code: 1008 },
  cloud_shutdown: { message: 'The control plane is stopping; please reconnect.', code: 1000 },
};

interface Parts {
  runners: Runners;
  runs: SessionRuns;
  clock: Clock;
  log: Logger;
}

export function createGateway({ runners, runs, clock, log }: Parts): Gateway {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_RUNNER_FRAME_BYTES,
    clientTracking: false,
  });
  const held = new Map<string, RunnerSession>();
  const challenged = new Set<string>();
  /** Claims and ends that are not in the store yet. */
  const unrecorded = new Set<Promise<void>>();
  let isStopping = false;

  const waitAtStop = (work: Promise<void>) => {
    const forget = () => void unrecorded.delete(work);
    unrecorded.add(work);
    work.then(forget, forget);
  };
  const onEnd = (session: RunnerSession, claimed: ClaimedSession | null, reason: string) => {
    // An old session that ends never removes the one that took over (pitfall C19).
    if (held.get(session.runnerId) === session) held.delete(session.runnerId);
    if (!claimed) return;
    const recorded = runners.sessions
      .release(claimed, reason)
      .then((closedAt) => {
        // Null: a verb has recorded the end itself, or a newer session has. One that is live has resumed already.
        if (held.get(claimed.runnerId)?.state.name === 'live') return;
        runs.runnerLost(claimed.runnerId, closedAt ?? clock.now());
      })
      .catch((error: unknown) => log.error({ err: error, runner: claimed.runnerId }, 'end of session not recorded'));
    waitAtStop(recorded);
  };
  const admit = async (socket: WebSocket, bearer: Bearer, dial: { address: string; exitsOnDisable: boolean }) => {
    const session = new RunnerSession({
      runnerId: bearer.runnerId,
      address: dial.address,
      socket,
      clock,
      onFrame: createFrameEffects({ runners, runs, log }),
      onEnd,
    });
    if (!(await takeSeat(session))) return session.close({ code: 1013, reason: 'identity_in_use' });
    if (isStopping) return endWith(session, 'cloud_shutdown');
    const opened = claim(session, bearer, dial);
    waitAtStop(opened);
    await opened;
  };
  const claim = async (session: RunnerSession, bearer: Bearer, dial: { address: string; exitsOnDisable: boolean }) => {
    const claimed = await runners.sessions.claim(bearer, dial);
    if (!claimed) return session.close({ code: 1008, reason: 'token_ended' });
    if (!session.open(claimed)) await runners.sessions.release(claimed, 'connection_lost');
  };
  /** Makes the newcomer the one of its runner; false when the holder answers, or an earlier newcomer asks it (SPEC SE2). */
  const takeSeat = async (newcomer: RunnerSession): Promise<boolean> => {
    const { runnerId } = newcomer;
    const holder = held.get(runnerId);
    if (holder && !(await giveUpSeat(holder, newcomer.address))) return false;
    // Looked at again in the same turn as it is taken, and before the claim: two newcomers cannot both
    // find it free, and a revoke in between finds who took it.
    if (held.has(runnerId) || !newcomer.isOpen) return false;
    held.set(runnerId, newcomer);
    return true;
  };
  const giveUpSeat = async (holder: RunnerSession, newcomerAddress: string): Promise<boolean> => {
    const { state, runnerId } = holder;
    if (state.name === 'claiming' || state.name === 'closed' || challenged.has(runnerId)) return false;
    challenged.add(runnerId);
    try {
      if (!(await holder.challenge(HOLDER_ANSWERS_WITHIN_MS))) {
        holder.close({ code: 1008, reason: 'superseded' });
        return true;
      }
      await runners.sessions.noteConflict(state.claimed, newcomerAddress);
      return false;
    } finally {
      challenged.delete(runnerId);
    }
  };
  const endWith = (session: RunnerSession, why: SessionEnding | 'cloud_shutdown') => {
    const { message, code } = farewells[why];
    const wish: CloseWish = { code, reason: why === 'cloud_shutdown' ? 'server_stopped' : why };
    session.close({ ...wish, farewell: shutdownFrame(why, message) });
  };
  return {
    accept: async (request, socket, head, address) => {
      try {
        const exitsOnDisable = hasCapability(request, EXIT_ON_DISABLE);
        if (isStopping) return refuseUpgrade(socket, 503, { error: 'unavailable' });
        const secret = bearerOf(request.headers.authorization);
        if (secret === null) return refuseUpgrade(socket, 401, { error: 'missing_bearer' });
        const verdict = await runners.tokens.verify(secret);
        if (!verdict.ok) return refuseUpgrade(socket, statusOf(verdict.because, exitsOnDisable), { error: verdict.because });
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          admit(webSocket, verdict.bearer, { address, exitsOnDisable }).catch((error: unknown) => {
            log.error({ err: error, runner: verdict.bearer.runnerId }, 'session not admitted');
            const session = held.get(verdict.bearer.runnerId);
            if (session?.state.name === 'claiming') session.close({ code: 1011, reason: 'claim_failed' });
            else webSocket.close(1011);
          });
        });
      } catch (error) {
        log.error({ err: error }, 'dial of a runner failed');
        refuseUpgrade(socket, 500, { error: 'internal' });
      }
    },
    find: (runnerId) => {
      const session = held.get(runnerId);
      return session?.state.name === 'live' ? handleOf(session, session.state.claimed) : null;
    },
    end: (runnerId, why) => {
      const session = held.get(runnerId);
      if (session) endWith(session, why);
    },
    endSilent: (runnerId, epoch) => {
      const session = held.get(runnerId);
      if (!session || session.state.name === 'claiming' || session.state.name === 'closed') return;
      if (session.state.claimed.epoch === epoch) session.close({ code: 1000, reason: 'silent' });
    },
    count: () => held.size,
    stop: async () => {
      isStopping = true;
      for (const session of [...held.values()]) endWith(session, 'cloud_shutdown');
      while (unrecorded.size > 0) await Promise.allSettled(unrecorded);
    },
  };
}

function shutdownFrame(reason: ShutdownReason, message: string): string {
  return JSON.stringify({ type: 'shutdown', protocol_version: PROTOCOL_VERSION, reason, message });
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
