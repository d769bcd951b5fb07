// Runs that a crash, a kill or a reboot interrupted: settled at the start, before anything new is taken, because
// nobody may be left to ask about them (pitfalls C5, C6). None of them runs again.
import type { Engine } from '../execution/engine.ts';
import { messageOf, type Log } from '../log.ts';
import type { DispatchLog } from './dispatch-log.ts';
import { refusalFrame, refusedBecause } from './run-result.ts';

export interface InterruptedParts {
  readonly dispatches: DispatchLog;
  readonly engine: Engine;
  readonly log: Log;
}

/** Gives every run that was reserved and never ended its result; they are told with the next connection. */
export async function settleInterrupted(parts: InterruptedParts, hasRebooted: boolean): Promise<void> {
  const because = hasRebooted ? 'host_rebooted' : 'execution_outcome_unknown';
  for (const requestId of parts.dispatches.reserved()) {
    const facts = { requestId, actionId: '', args: {}, reason: '' };
    const eventId = await parts.engine.refuse(facts, refusedBecause[because]).catch(() => null);
    parts.log.warn('a run was interrupted', { request_id: requestId, because });
    await parts.dispatches.complete(refusalFrame(requestId, because, eventId)).catch((error: unknown) => {
      // It is remembered all the same, and written when that works again.
      parts.log.error('result not recorded', { request_id: requestId, error: messageOf(error) });
    });
  }
}
