// Whether the events that somebody else has on record are in this journal (SPEC JR12). Pure.

export interface JournalEvents {
  /** The oldest event that is still kept; '' for an empty journal. */
  readonly oldest: string;
  has(eventId: string): boolean;
}

/**
 * The events that should be here and are not. `stored` is newest first; of those before it, one that is older
 * than everything that is kept was rotated away, and event ids sort by time.
 */
export function missingEvents(stored: readonly string[], journal: JournalEvents): string[] {
  return stored.filter(
    (eventId, place) => !journal.has(eventId) && (place === 0 || eventId > journal.oldest),
  );
}
