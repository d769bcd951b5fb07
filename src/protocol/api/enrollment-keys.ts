// Enrollment keys: minted for hosts, shown once, spent by exactly one host each.
import { z } from 'zod';
import { EnrollmentKeyState } from '../enrollment.ts';
import { ById, Instant, MaybeInstant, PageQuery, pageOf, route } from './route.ts';

export const EnrollmentKey = z.object({
  id: z.string(),
  /** Leading characters of the secret, safe to show. */
  prefix: z.string(),
  description: z.string(),
  /** The host it was minted for, when one was named. */
  host: z.string().nullable(),
  state: EnrollmentKeyState,
  reusable: z.boolean(),
  max_uses: z.number().int().nullable(),
  uses_count: z.number().int(),
  created_at: Instant,
  created_by: z.string(),
  expires_at: MaybeInstant,
  last_used_at: MaybeInstant,
  revoked_at: MaybeInstant,
  /** The runner it enrolled last. */
  runner_id: z.string().nullable(),
});
export type EnrollmentKey = z.infer<typeof EnrollmentKey>;

export const MintKeysBody = z.object({
  /** How many keys; ignored when hosts are named. */
  count: z.number().int().min(1).max(500).optional(),
  /** One key a host. */
  hosts: z.array(z.string().trim().min(1).max(253)).min(1).max(500).optional(),
  description: z.string().trim().max(200).optional(),
  reusable: z.boolean().optional(),
  max_uses: z.number().int().min(1).max(100_000).optional(),
  expires_in_seconds: z
    .number()
    .int()
    .min(60)
    .max(366 * 86_400)
    .optional(),
  /** Go into the command that is shown; a host states its own group. */
  group: z.string().trim().min(1).max(80).optional(),
});
export type MintKeysBody = z.infer<typeof MintKeysBody>;

export const MintedKey = z.object({
  key: EnrollmentKey,
  secret: z.string(),
  /** One line for the host, with a leading space so that shells keep it out of their history. */
  command: z.string(),
});
export type MintedKey = z.infer<typeof MintedKey>;

export const listEnrollmentKeys = route({
  method: 'GET',
  path: '/enrollment-keys',
  permission: 'enrollment_keys.view',
  summary: 'Enrollment keys, newest first',
  query: PageQuery.extend({ state: EnrollmentKeyState.optional() }),
  output: pageOf(EnrollmentKey),
});
export const getEnrollmentKey = route({
  method: 'GET',
  path: '/enrollment-keys/:id',
  permission: 'enrollment_keys.view',
  summary: 'One enrollment key',
  params: ById,
  output: EnrollmentKey,
});
export const mintEnrollmentKeys = route({
  method: 'POST',
  path: '/enrollment-keys',
  permission: 'enrollment_keys.mint',
  summary: 'Mints keys; the secrets are in this answer only',
  body: MintKeysBody,
  output: z.object({ items: z.array(MintedKey) }),
  status: 201,
});
export const revokeEnrollmentKey = route({
  method: 'POST',
  path: '/enrollment-keys/:id/revoke',
  permission: 'enrollment_keys.revoke',
  summary: 'Ends a key that could still enroll; hosts that it enrolled stay',
  params: ById,
  output: EnrollmentKey,
});
