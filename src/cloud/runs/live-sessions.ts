// Which runners may be handed work now: connected, past their first runner_state, and not at their own cap.
import type { SessionHandle } from '../gateway/session-handle.ts';

export interface LiveSessions {
  /** The session that may take runs, or null. */
  find(runnerId: string): SessionHandle | null;
  /** Its in-flight runs were replayed; queued ones may follow (SPEC WP2). */
  markReady(session: SessionHandle): void;
  markLost(runnerId: string): void;
  /** The runner said that it is full: nothing more until a slot is freed or the sweep comes by. */
  markCapped(runnerId: string): void;
  clearCapped(runnerId: string): void;
  isCapped(runnerId: string): boolean;
}

export function createLiveSessions(sessions: { find(runnerId: string): SessionHandle | null }): LiveSessions {
  const readyEpochs = new Map<string, number>();
  const capped = new Set<string>();
  return {
    find: (runnerId) => {
      const session = sessions.find(runnerId);
      return session && readyEpochs.get(runnerId) === session.epoch ? session : null;
    },
    markReady: (session) => {
      readyEpochs.set(session.runnerId, session.epoch);
      capped.delete(session.runnerId);
    },
    markLost: (runnerId) => {
      readyEpochs.delete(runnerId);
      capped.delete(runnerId);
    },
    markCapped: (runnerId) => void capped.add(runnerId),
    clearCapped: (runnerId) => void capped.delete(runnerId),
    isCapped: (runnerId) => capped.has(runnerId),
  };
}
