// How true the screen is: the state of the one event stream, and what may be changed in it.

/** Instants are milliseconds of the session's clock. `retryAt` is null while an attempt is under way. */
export type LinkState =
  | { readonly kind: 'connecting'; readonly since: number }
  | {
      readonly kind: 'live';
      readonly since: number;
      /** When a question was asked whose answer is late: what is shown is that far behind. Left out: it is not. */
      readonly lagSince?: number;
    }
  | {
      /** The socket is gone for less than the stale bound. */
      readonly kind: 'reconnecting';
      readonly since: number;
      readonly retryAt: number | null;
      readonly attempt: number;
      readonly because: string;
    }
  | {
      /** No frame came since `since`; what is shown may be wrong by now. */
      readonly kind: 'stale';
      readonly since: number;
      readonly retryAt: number | null;
      readonly attempt: number;
      readonly because: string;
    }
  /** The server refuses the token (401) or what it may do (403): nothing is retried until somebody acts. */
  | {
      readonly kind: 'signed_out';
      readonly since: number;
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly fix: string;
    }
  | { readonly kind: 'closed'; readonly since: number };

export type LinkKind = LinkState['kind'];

/** Milliseconds until the next attempt, 0 while one is under way, null when none is planned. */
export function retryInMs(link: LinkState, now: number): number | null {
  if (link.kind !== 'reconnecting' && link.kind !== 'stale') return null;
  return link.retryAt === null ? 0 : Math.max(0, link.retryAt - now);
}

/** True when what is shown may be wrong by now and nothing corrects it. */
export function isOutdated(link: LinkState): boolean {
  return link.kind === 'stale' || link.kind === 'signed_out';
}

/** True when what is shown is known to be current, so that a change may be asked for. */
export function isCurrent(link: LinkState): boolean {
  return link.kind === 'live';
}
