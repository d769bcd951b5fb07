// How a session may end, and what each answer at the dial and each shutdown reason means for the program
// (design, "Ending a runner"; SPEC RE1-RE3). Pure: session.ts obeys.

export type SessionEnd =
  /** Dial again after a pause. */
  | {
      readonly kind: 'lost';
      readonly because: string;
      readonly isDelivered: boolean;
      readonly retryAfterMs: number;
    }
  /** The program ends with this exit code. */
  | {
      readonly kind: 'final';
      readonly exitCode: 0 | 1;
      readonly sentence: string;
      readonly forgetToken: boolean;
      /** Kept for whoever asks later why the service is down. */
      readonly reason: string;
    };

type FinalEnd = Extract<SessionEnd, { kind: 'final' }>;

const disabled: FinalEnd = {
  kind: 'final',
  exitCode: 1,
  sentence:
    'Cannot stay connected: this runner is disabled. Enable it with `emisar-console runners enable`, ' +
    'then start the service again',
  forgetToken: false,
  reason: 'runner_disabled',
};

/** What a `shutdown` frame ends for good, or null when the runner simply dials again. */
export function endOfShutdown(reason: string): FinalEnd | null {
  if (reason === 'runner_disabled') return disabled;
  if (reason === 'runner_revoked') {
    return {
      kind: 'final',
      exitCode: 1,
      sentence:
        'Cannot stay connected: the token of this runner was revoked. Mint a fresh key with ' +
        '`emisar-console keys mint` and start the service with it',
      forgetToken: true,
      reason,
    };
  }
  if (reason !== 'runner_version_unsupported') return null;
  return {
    kind: 'final',
    exitCode: 0,
    sentence: 'Cannot stay connected: the control plane no longer accepts this version; install a newer one',
    forgetToken: false,
    reason,
  };
}

/** What the answer to the dial ends for good, or null when trying again may help. `code` is its error body. */
export function endOfDial(status: number, code: string): FinalEnd | null {
  if (status !== 401) return null;
  if (code === 'runner_disabled') return disabled;
  return {
    kind: 'final',
    exitCode: 1,
    sentence:
      `Cannot connect: the control plane refused the runner token (${code || 'no reason given'}), which was ` +
      'deleted. Mint a fresh key with `emisar-console keys mint` and start with it',
    forgetToken: true,
    reason: code,
  };
}
