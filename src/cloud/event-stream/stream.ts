// The operator's event stream: takes authenticated sockets, keeps their viewers, ends them when their token
// ends. What they are told comes from fan-out.ts; what one of them may ask is viewer.ts.
import type { WebSocket } from 'ws';
import { STREAM_CLOSE_GOING_AWAY, STREAM_CLOSE_UNAUTHORIZED } from '../../protocol/events.ts';
import type { Clock } from '../clock.ts';
import type { Caller } from '../http/bound-route.ts';
import { createCursors } from './cursor.ts';
import { createFanOut } from './fan-out.ts';
import type { StreamLoaders } from './loaders.ts';
import type { Hint } from './outbox.ts';
import { createViewer, type Viewer } from './viewer.ts';

export interface EventStream {
  /** Serves a socket whose token was just checked. */
  attach(socket: WebSocket, caller: Caller): void;
  viewersCount(): number;
  /** Whether output of the run has anybody to go to. */
  isWatched(accountId: string, runId: string): boolean;
  /** News was missed: everybody begins anew, from a fresh snapshot. */
  beginAllAnew(): void;
  start(): void;
  /** Sends every viewer away and waits for what is being read. */
  stop(): Promise<void>;
}

export function createEventStream(parts: {
  outbox: { listen(listener: (hint: Hint) => void): () => void };
  clock: Clock;
  loaders: StreamLoaders;
  /** Of this program, said in `hello`. */
  version: string;
  report: (error: unknown, where: string) => void;
}): EventStream {
  const { outbox, clock, loaders, version, report } = parts;
  const viewers = new Set<Viewer>();
  const cursors = createCursors();
  const onTick = () => {
    const now = clock.now();
    for (const viewer of viewers) {
      const endsAt = viewer.caller.tokenExpiresAt ?? Infinity;
      if (endsAt <= now) viewer.close(STREAM_CLOSE_UNAUTHORIZED, 'the token has expired');
      else viewer.tick();
    }
  };
  const fanOut = createFanOut({ outbox, clock, loaders, report, onTick });
  let stopListening: (() => void) | null = null;
  // The next connection asks for the token again, and gets what it may see now.
  const beginAnew = (memberId: string) => {
    for (const viewer of viewers)
      if (viewer.caller.memberId === memberId || viewer.caller.actingAs?.id === memberId) viewer.beginAnew();
  };

  return {
    attach: (socket, caller) => {
      const account = fanOut.account(caller.accountId);
      const onClosed = (viewer: Viewer) => void viewers.delete(viewer);
      viewers.add(
        createViewer({ socket, caller, account, cursors, loaders, clock, version, report, onClosed }),
      );
    },
    viewersCount: () => viewers.size,
    isWatched: (accountId, runId) => fanOut.isWatched(accountId, runId),
    beginAllAnew: () => {
      for (const viewer of viewers) viewer.close(STREAM_CLOSE_GOING_AWAY, 'news was missed');
    },
    start: () => {
      fanOut.start();
      stopListening = outbox.listen((hint) => {
        if (hint.topic === 'team' && hint.type === 'member.access_changed') beginAnew(hint.memberId);
        if (hint.topic !== 'keys' || hint.type !== 'token.revoked') return;
        for (const viewer of viewers) {
          if (viewer.caller.tokenId === hint.tokenId)
            viewer.close(STREAM_CLOSE_UNAUTHORIZED, 'the token has ended');
        }
      });
    },
    stop: async () => {
      stopListening?.();
      const left = [...viewers];
      for (const viewer of left) viewer.close(STREAM_CLOSE_GOING_AWAY, 'the control plane is stopping');
      await fanOut.stop();
      await Promise.all(left.map((viewer) => viewer.settled()));
    },
  };
}
