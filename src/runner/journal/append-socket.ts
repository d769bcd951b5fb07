// How another process appends while the daemon holds the journal: one JSON line there, one back, over a socket
// beside the journal. The daemon decides about place and chain.
import { z } from 'zod';
import { askLine, serveLines } from '../../local-socket/line-socket.ts';
import { eventTypes, type JournalEvent } from './event.ts';
import type { Journal } from './journal.ts';

const ANSWERED_WITHIN_MS = 10_000;

/** The part that decides where a line stands is checked; what an event tells of itself is its writer's. */
const Event = z.looseObject({
  event_id: z.string().regex(/^evt_[0-9A-Z]{26}$/),
  time: z.string().max(40),
  event_type: z.enum(eventTypes),
  group: z.string(),
  runner_id: z.string(),
  caller: z.strictObject({}),
  prev_hash: z.never().optional(),
});
const Answer = z.union([
  z.object({ appended: z.literal(true) }),
  z.object({ appended: z.literal(false), because: z.string() }),
]);

function socketPath(journalPath: string): string {
  return `${journalPath}.sock`;
}

/** Takes events for `journal`, which this process must hold; the answer ends it. */
export function serveAppends(journalPath: string, journal: Journal): Promise<() => Promise<void>> {
  return serveLines(socketPath(journalPath), async (line) => {
    try {
      await journal.append(Event.parse(JSON.parse(line)) as JournalEvent);
      return '{"appended":true}';
    } catch (error) {
      const because = error instanceof z.ZodError ? 'this is no event of a local run' : String(error);
      return JSON.stringify({ appended: false, because });
    }
  });
}

/**
 * Lets the process that holds the journal append the event: true when it is on the disk, false when nobody
 * listens. Rejects when the answer is no or does not come; whether the event stands is then unknown.
 */
export async function askToAppend(journalPath: string, event: JournalEvent): Promise<boolean> {
  const line = await askLine(socketPath(journalPath), JSON.stringify(event), ANSWERED_WITHIN_MS);
  if (line === null) return false;
  const said = Answer.parse(JSON.parse(line));
  if (said.appended) return true;
  throw new Error(`the running emisar did not take the event: ${said.because}`);
}
