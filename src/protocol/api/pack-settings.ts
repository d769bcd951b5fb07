// What happens to packs by itself: which are trusted at first sight, and which are forgotten after a time.
import { z } from 'zod';
import { AutoTrust } from '../pack-trust.ts';
import { route } from './route.ts';

/** Days after which an unseen version may go. */
export const retentionDays = [1, 7, 14, 30, 60, 90] as const;

export const PackRetention = z.object({
  /** Null keeps every version. */
  days: z.literal(retentionDays).nullable(),
});

export const getPackRetention = route({
  method: 'GET',
  path: '/settings/pack-retention',
  permission: 'packs.view',
  summary: 'After how many days without a sighting a pack version is forgotten, trust included',
  output: PackRetention,
});
export const setPackRetention = route({
  method: 'PUT',
  path: '/settings/pack-retention',
  permission: 'packs.manage',
  summary: 'Sets it; the daily sweep is the first to act on it. Needs access to every pack',
  body: PackRetention,
  output: PackRetention,
});

export const PackAutoTrust = z.object({ pack_auto_trust: AutoTrust });

export const getPackAutoTrust = route({
  method: 'GET',
  path: '/settings/pack-auto-trust',
  permission: 'packs.view',
  summary: 'Which published bytes are trusted by themselves when a runner first shows them',
  output: PackAutoTrust,
});
export const setPackAutoTrust = route({
  method: 'PUT',
  path: '/settings/pack-auto-trust',
  permission: 'packs.manage',
  summary: 'Sets it, for what is seen from then on. Needs access to every pack',
  body: PackAutoTrust,
  output: PackAutoTrust,
});

export const PackCleanup = z.object({
  dry_run: z.boolean(),
  /** The period that was applied; null when none is set, and then nothing goes. */
  days: z.number().int().nullable(),
  /** What went, or would go. */
  versions: z.array(z.object({ id: z.string(), pack_id: z.string(), version: z.string() })),
});
export const cleanUpPacks = route({
  method: 'POST',
  path: '/packs/cleanup',
  permission: 'packs.manage',
  summary: 'Forgets unseen versions now, as the daily sweep would; with dry_run only says which',
  body: z.object({ dry_run: z.boolean().default(false) }),
  output: PackCleanup,
});
