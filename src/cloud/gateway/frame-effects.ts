// What one frame of a runner does: one call into a domain. A failure stays with its frame: it is answered
// and logged, and the session and every other run go on (pitfall C7).
import type { Logger } from 'pino';
import type { ActionProgressFrame, ActionResultFrame, RunnerFrame, RunnerStateFrame } from '../../protocol/frames.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { Runners } from '../runners/runners.ts';
import type { ClaimedSession } from '../runners/runner-sessions.ts';
import { readRunnerFrame, type Intake } from './frame-intake.ts';
import type { RunnerSession } from './session.ts';
import type { SessionHandle } from './session-handle.ts';

/** The runs' door, as far as sessions need it. */
export interface SessionRuns {
  /** After each accepted runner_state: what is in flight again, then what waits. */
  resume(session: SessionHandle): Promise<void>;
  started(session: SessionHandle, requestId: string): Promise<void>;
  progress(session: SessionHandle, frame: ActionProgressFrame): void;
  /** Resolves once the result is stored. */
  result(session: SessionHandle, frame: ActionResultFrame): Promise<void>;
  capReached(session: SessionHandle, requestId: string): Promise<void>;
  /** The session is over and that is on record since `closedAt`. */
  runnerLost(runnerId: string, closedAt: number): void;
}

const MAX_ERROR_FRAMES = 100;
/** Results acknowledged on this socket; a repeat of one is acknowledged again without asking the store. */
const MAX_REMEMBERED_RESULTS = 5_000;

/** The effects of one session's frames, in order; keeps what is counted per connection. */
export function createFrameEffects(parts: { runners: Runners; runs: SessionRuns; log: Logger }) {
  const { runners, runs, log } = parts;
  const acknowledged = new Set<string>();
  let errorFrames = 0;

  const onError = (session: RunnerSession) => {
    errorFrames += 1;
    if (errorFrames > MAX_ERROR_FRAMES) session.close({ code: 1008, reason: 'too_many_errors' });
  };
  const onState = async (session: RunnerSession, claimed: ClaimedSession, frame: RunnerStateFrame) => {
    const taken = await runners.sessions.takeState(claimed, frame, session.state.name === 'awaiting_state');
    if (taken.superseded) return session.close({ code: 1008, reason: 'superseded' });
    // It may have been ended while the state was being stored.
    if (!session.isOpen) return;
    session.state = { name: 'live', claimed, signedOnly: taken.signedOnly };
    runners.presence.heard(claimed.runnerId, claimed.epoch);
    if (taken.catalogueFault) {
      log.error({ err: taken.catalogueFault, runner: claimed.runnerId }, 'advertisement not stored');
      session.send(errorFrame('runner_state_failed', 'The advertised packs could not be stored.'));
    }
    await runs.resume(handleOf(session, claimed));
  };
  const onResult = async (session: RunnerSession, handle: SessionHandle, frame: ActionResultFrame) => {
    const requestId = frame.request_id;
    if (!acknowledged.has(requestId)) {
      await runs.result(handle, frame);
      acknowledged.add(requestId);
      const oldest = acknowledged.values().next();
      if (acknowledged.size > MAX_REMEMBERED_RESULTS && !oldest.done) acknowledged.delete(oldest.value);
    }
    session.send(JSON.stringify({ type: 'ack_result', protocol_version: PROTOCOL_VERSION, request_id: requestId }));
  };
  const onFrame = async (session: RunnerSession, claimed: ClaimedSession, frame: RunnerFrame) => {
    if (frame.type === 'runner_state') return onState(session, claimed, frame);
    if (session.state.name !== 'live') return session.close({ code: 1002, reason: 'state_expected' });
    runners.presence.heard(
      claimed.runnerId,
      claimed.epoch,
      frame.type === 'heartbeat' ? Math.min(frame.action_load, 1_000_000) : undefined,
    );
    const handle = handleOf(session, claimed);
    switch (frame.type) {
      case 'heartbeat':
        return undefined;
      case 'action_started':
        return runs.started(handle, frame.request_id);
      case 'action_progress':
        return runs.progress(handle, frame);
      case 'action_result':
        return onResult(session, handle, frame);
      case 'error':
        log.info({ runner: claimed.runnerId, code: bounded(frame.code, 100) }, 'runner reports an error');
        if (frame.code === 'concurrency_cap_reached' && frame.request_id !== undefined) {
          await runs.capReached(handle, frame.request_id);
        }
        return onError(session);
    }
  };
  const onMalformed = (session: RunnerSession, intake: Extract<Intake, { kind: 'malformed' }>) => {
    if (intake.isResult) session.send(errorFrame('finalize_failed', 'The result could not be read.', intake.requestId));
    else if (intake.isState) session.send(errorFrame('runner_state_failed', 'The state could not be read.'));
    else session.send(errorFrame('bad_envelope', 'The frame could not be read.'));
    onError(session);
  };
  return async (session: RunnerSession, text: string): Promise<void> => {
    const { state } = session;
    if (state.name === 'closed' || state.name === 'claiming') return;
    const intake = readRunnerFrame(text);
    if (intake.kind === 'ignored') return;
    if (intake.kind === 'malformed') return onMalformed(session, intake);
    if (intake.kind === 'violation') return session.close({ code: 1002, reason: `bad_${intake.because}` });
    try {
      await onFrame(session, state.claimed, intake.frame);
    } catch (error) {
      const { type } = intake.frame;
      log.error({ err: error, runner: session.runnerId, frame: type }, 'frame failed');
      if (type === 'action_result') {
        session.send(errorFrame('finalize_failed', 'The result could not be stored.', intake.frame.request_id));
      }
      if (type === 'runner_state') session.send(errorFrame('runner_state_failed', 'The state could not be stored.'));
    }
  };
}

/** The session as runs see it; it outlives the socket and then sends nothing. */
export function handleOf(session: RunnerSession, claimed: ClaimedSession): SessionHandle {
  return {
    accountId: claimed.accountId,
    runnerId: claimed.runnerId,
    runnerName: claimed.runnerName,
    epoch: claimed.epoch,
    signedOnly: session.state.name === 'live' && session.state.signedOnly,
    send: (frameText) => session.send(frameText),
  };
}

function errorFrame(code: string, message: string, requestId: string | null = null): string {
  return JSON.stringify({
    type: 'error',
    protocol_version: PROTOCOL_VERSION,
    code,
    message,
    ...(requestId === null ? {} : { request_id: requestId }),
  });
}
