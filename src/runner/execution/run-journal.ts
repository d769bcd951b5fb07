// What one run writes into the journal: every text masked, and a failed write told as such, never thrown.
import type { RandomBytes } from '../../protocol/ids.ts';
import { redactText, type Redaction } from '../../packs/redaction.ts';
import type { Clock } from '../clock.ts';
import { createEventId, eventTime } from '../journal/event-text.ts';
import type { EventType } from '../journal/event.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunFacts } from './engine.ts';
import { createEvent, type EventDetails } from './run-events.ts';

export interface RunJournalOptions {
  readonly journal: Journal;
  readonly identity: { readonly group: string; readonly runnerId: string };
  readonly clock: Clock;
  readonly random: RandomBytes;
}

/** Appends one event about a run; the id once it is durable, null when it could not be written. */
export async function journalRun(
  options: RunJournalOptions,
  facts: RunFacts,
  redaction: Redaction,
  type: EventType,
  details: EventDetails,
): Promise<string | null> {
  const now = options.clock.now();
  const masked = (text: string): string => redactText(redaction, text).text;
  const context = {
    eventId: createEventId(now, options.random),
    time: eventTime(now),
    group: options.identity.group,
    runnerId: options.identity.runnerId,
    requestId: facts.requestId,
    actionId: masked(facts.actionId.slice(0, 128)),
    reason: masked(facts.reason),
  };
  const error = details.error === undefined ? {} : { error: masked(details.error) };
  try {
    await options.journal.append(createEvent(type, context, { ...details, ...error }));
    return context.eventId;
  } catch {
    // A full disk must not change what happened (pitfall C28); the outcome says that its record is missing.
    return null;
  }
}
