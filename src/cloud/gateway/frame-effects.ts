// What one frame of a runner does: one call into a domain. A failure stays with its frame: it is answered
// and logged, and the session and every other run go on (pitfall C7).
import type { Logger } from 'pino';
import type { z } from 'zod';
import type {
  ActionProgressFrame,
  ActionResultFrame,
  RunnerErrorFrame as RunnerErrorSchema,
  RunnerFrame,
  RunnerStateFrame,
} from '../../protocol/frames.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { PROTOCOL_VERSION } from '../../protocol/version.ts';
import type { Meter } from '../meter.ts';
import type { Runners } from '../runners/runners.ts';
import type { ClaimedSession } from '../runners/runner-sessions.ts';
import { endWith } from './farewell.ts';
import { readRunnerFrame, type Intake } from './frame-intake.ts';
import type { RunnerSession } from './session.ts';
import type { SessionHandle } from './session-handle.ts';

type RunnerErrorFrame = z.infer<typeof RunnerErrorSchema>;

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
/** What a runner may claim as its load; more is a lie or a fault. */
const MAX_SHOWN_LOAD = 1_000_000;
/** Results acknowledged on this socket; a repeat of one is acknowledged again without asking the store. */
const MAX_REMEMBERED_RESULTS = 5_000;

interface Parts {
  runners: Runners;
  runs: SessionRuns;
  log: Logger;
  meter: Meter;
}

/** The effects of one session's frames, in order; keeps what is counted per connection. */
export class FrameEffects {
  readonly #parts: Parts;
  readonly #acknowledged = new Set<string>();
  #errorFrames = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Takes in the text of one frame. Never rejects. */
  async take(session: RunnerSession, text: string): Promise<void> {
    const { state } = session;
    if (state.name === 'closed' || state.name === 'claiming') return;
    const intake = readRunnerFrame(text);
    this.#parts.meter.frame(intake.kind === 'frame' ? intake.frame.type : intake.kind);
    if (intake.kind === 'ignored') return;
    if (intake.kind === 'malformed') return this.#answerMalformed(session, intake);
    if (intake.kind === 'violation') return session.close({ code: 1002, reason: `bad_${intake.because}` });
    try {
      await this.#apply(session, state.claimed, intake.frame);
    } catch (error) {
      this.#parts.log.error(
        { err: error, runner: session.runnerId, frame: intake.frame.type },
        'frame failed',
      );
      answerFailed(session, intake.frame);
    }
  }

  async #apply(session: RunnerSession, claimed: ClaimedSession, frame: RunnerFrame): Promise<void> {
    const { runners, runs } = this.#parts;
    if (frame.type === 'runner_state') return this.#takeState(session, claimed, frame);
    if (session.state.name !== 'live') return session.close({ code: 1002, reason: 'state_expected' });
    const load = frame.type === 'heartbeat' ? Math.min(frame.action_load, MAX_SHOWN_LOAD) : undefined;
    runners.presence.heard(claimed.runnerId, claimed.epoch, load);
    const handle = handleOf(session, claimed);
    switch (frame.type) {
      case 'heartbeat':
        return undefined;
      case 'action_started':
        return runs.started(handle, frame.request_id);
      case 'action_progress':
        return runs.progress(handle, frame);
      case 'action_result':
        return this.#takeResult(session, handle, frame);
      case 'error':
        return this.#takeError(session, handle, frame);
    }
  }

  async #takeState(session: RunnerSession, claimed: ClaimedSession, frame: RunnerStateFrame): Promise<void> {
    const { runners, runs, log } = this.#parts;
    // When it came, not when it was stored.
    runners.presence.heard(claimed.runnerId, claimed.epoch);
    const taken = await runners.sessions.takeState(claimed, frame, session.state.name === 'awaiting_state');
    if (taken.kind === 'superseded') return session.close({ code: 1008, reason: 'superseded' });
    if (taken.kind === 'version_rejected') return endWith(session, 'runner_version_unsupported');
    // It may have been ended while the state was being stored.
    if (!session.isOpen) return;
    session.state = { name: 'live', claimed, signedOnly: taken.signedOnly };
    if (taken.catalogueFault) {
      log.error({ err: taken.catalogueFault, runner: claimed.runnerId }, 'advertisement not stored');
      session.send(errorFrame('runner_state_failed', 'The advertised packs could not be stored.'));
    }
    await runs.resume(handleOf(session, claimed));
  }

  async #takeResult(session: RunnerSession, handle: SessionHandle, frame: ActionResultFrame): Promise<void> {
    const requestId = frame.request_id;
    if (!this.#acknowledged.has(requestId)) {
      await this.#parts.runs.result(handle, frame);
      this.#acknowledged.add(requestId);
      const oldest = this.#acknowledged.values().next();
      if (this.#acknowledged.size > MAX_REMEMBERED_RESULTS && !oldest.done)
        this.#acknowledged.delete(oldest.value);
    }
    session.send(
      JSON.stringify({ type: 'ack_result', protocol_version: PROTOCOL_VERSION, request_id: requestId }),
    );
  }

  async #takeError(session: RunnerSession, handle: SessionHandle, frame: RunnerErrorFrame): Promise<void> {
    const { runs, log } = this.#parts;
    log.info({ runner: handle.runnerId, code: bounded(frame.code, 100) }, 'runner reports an error');
    this.#countError(session);
    if (frame.code === 'concurrency_cap_reached' && frame.request_id !== undefined) {
      await runs.capReached(handle, frame.request_id);
    }
  }

  #answerMalformed(session: RunnerSession, intake: Extract<Intake, { kind: 'malformed' }>): void {
    if (intake.isResult)
      session.send(errorFrame('finalize_failed', 'The result could not be read.', intake.requestId));
    else if (intake.isState) session.send(errorFrame('runner_state_failed', 'The state could not be read.'));
    else session.send(errorFrame('bad_envelope', 'The frame could not be read.'));
    this.#countError(session);
  }

  #countError(session: RunnerSession): void {
    this.#errorFrames += 1;
    if (this.#errorFrames > MAX_ERROR_FRAMES) session.close({ code: 1008, reason: 'too_many_errors' });
  }
}

function answerFailed(session: RunnerSession, frame: RunnerFrame): void {
  if (frame.type === 'action_result') {
    session.send(errorFrame('finalize_failed', 'The result could not be stored.', frame.request_id));
  }
  if (frame.type === 'runner_state')
    session.send(errorFrame('runner_state_failed', 'The state could not be stored.'));
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
