// Keeps this host connected: token, session, pause, again, until something ends the program.
import { pause, repeat, type Clock } from '../clock.ts';
import { messageOf, type Log } from '../log.ts';
import { retryDelayMs, type Backoff } from './backoff.ts';
import { obtainToken, refreshWhenDue, type Enrollment } from './credential.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { SessionEnd } from './ending.ts';
import { Session } from './session.ts';
import type { Spool } from './spool.ts';
import { clearTerminalShutdown, recordTerminalShutdown } from './terminal-shutdown.ts';
import { deleteTokenFile } from './token-file.ts';

/** A connection may outlive its token's ninety days; whether the successor is due is looked at so often. */
const REFRESH_LOOK_MS = 3_600_000;

export interface DialLoopOptions {
  readonly enrollment: Enrollment;
  readonly dataDir: string;
  readonly ca: string | undefined;
  readonly backoff: Backoff;
  readonly heartbeatEveryMs: number;
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly dispatcher: Dispatcher;
  readonly spool: Spool;
  /** The runner_state frame of this moment, as text. */
  state(): string;
}

export interface LoopEnd {
  readonly exitCode: 0 | 1;
  /** For standard error, when the program did not end because it was asked to. */
  readonly sentence: string | null;
}

export interface DialLoop {
  readonly ended: Promise<LoopEnd>;
  /** Sends a fresh state on the live connection, if there is one. */
  advertise(): void;
  /** True while a session has told its state and has not ended. */
  isLive(): boolean;
  stop(): void;
}

export function startDialLoop(options: DialLoopOptions): DialLoop {
  const abort = new AbortController();
  let session: Session | null = null;
  let attempt = 0;

  const dial = async (): Promise<SessionEnd> => {
    const { enrollment, clock, log } = options;
    const credential = await obtainToken(enrollment, log, { clock, ca: options.ca, signal: abort.signal });
    if (credential.kind === 'retry') return { ...credential, kind: 'lost', isDelivered: false };
    if (credential.kind === 'hopeless') {
      return { kind: 'final', exitCode: 1, sentence: credential.sentence, forgetToken: false, reason: '' };
    }
    if (abort.signal.aborted)
      return { kind: 'lost', because: 'stopping', isDelivered: false, retryAfterMs: 0 };
    session = new Session({
      ...options,
      url: enrollment.address.socket,
      token: credential.token,
      live: () => {
        attempt = 0;
        log.info('connected', { url: enrollment.address.socket.origin });
        clearTerminalShutdown(options.dataDir).catch(() => {});
      },
    });
    const end = await session.ended;
    session = null;
    return end;
  };

  const stopRefreshing = repeat(options.clock, REFRESH_LOOK_MS, () => {
    if (!session?.isLive) return;
    const { enrollment, clock, ca, log } = options;
    void refreshWhenDue(enrollment, log, { clock, ca, signal: abort.signal });
  });

  const run = async (): Promise<LoopEnd> => {
    while (!abort.signal.aborted) {
      const end = await dial();
      if (end.kind === 'final') return finish(end, options);
      if (abort.signal.aborted) break;
      const delayMs = retryDelayMs(options.backoff, attempt, options.random(), end.retryAfterMs);
      attempt += 1;
      options.log.warn(end.isDelivered ? 'disconnected' : 'not connected', {
        because: end.because,
        retry_in_ms: delayMs,
      });
      await pause(options.clock, delayMs, abort.signal);
    }
    return { exitCode: 0, sentence: null };
  };

  return {
    ended: run().finally(stopRefreshing),
    advertise: () => session?.advertise(),
    isLive: () => session?.isLive ?? false,
    stop() {
      abort.abort();
      session?.close();
    },
  };
}

async function finish(
  end: Extract<SessionEnd, { kind: 'final' }>,
  options: DialLoopOptions,
): Promise<LoopEnd> {
  const { log, dataDir, clock } = options;
  try {
    if (end.forgetToken) await deleteTokenFile(options.enrollment.tokenPath);
    if (end.reason !== '') {
      await recordTerminalShutdown(dataDir, { reason: end.reason, sentence: end.sentence, at: clock.now() });
    }
  } catch (error) {
    log.error('files of the data directory not updated', { error: messageOf(error) });
  }
  return { exitCode: end.exitCode, sentence: end.sentence };
}
