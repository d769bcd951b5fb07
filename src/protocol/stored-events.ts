// What a host may ask to hold its journal against: the events that its newest stored results named. An addition
// of ours beside the wire protocol; a control plane of another build has no such path.
import { z } from 'zod';

export const STORED_EVENTS_PATH = '/runner/journal/stored-events';

/** A runner works on so many runs at once; their results may be stored in another order than they were journalled. */
export const STORED_EVENTS_SHOWN = 8;

export const StoredEvents = z.looseObject({
  /** Newest first. */
  event_ids: z.array(z.string().max(255)).max(STORED_EVENTS_SHOWN),
});
export type StoredEvents = z.infer<typeof StoredEvents>;
