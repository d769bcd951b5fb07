// Enrollment keys: minted for hosts, shown once, spent by exactly one host each.
import { z } from 'zod';
import { EnrollmentKeyState } from '../enrollment.ts';
import { HostForm } from '../host-forms.ts';
import { HostSettings, LabelKey, MAX_LABELS, PackName } from '../host-setup.ts';
import { ById, Instant, MaybeInstant, PageQuery, Secret, pageOf, route } from './route.ts';

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

const HostName = z.string().trim().min(1).max(253);

/** What every key is minted with; the last three go into what is shown for the host, which states them itself. */
const keyWish = {
  description: z.string().trim().max(200).optional(),
  reusable: z.boolean().optional(),
  max_uses: z.number().int().min(1).max(100_000).optional(),
  expires_in_seconds: z
    .number()
    .int()
    .min(60)
    .max(366 * 86_400)
    .optional(),
  group: z.string().trim().min(1).max(80).optional(),
  labels: z
    .record(LabelKey, z.string().trim().min(1).max(200))
    .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`)
    .optional(),
  /** Of the packs that came with the program those; all of them when left out, none for an empty list. */
  packs: z.array(PackName).max(128).optional(),
};

export const MintKeysBody = z.object({
  /** How many keys; ignored when hosts are named. */
  count: z.number().int().min(1).max(500).optional(),
  /** One key a host. */
  hosts: z.array(HostName).min(1).max(500).optional(),
  ...keyWish,
});
export type MintKeysBody = z.infer<typeof MintKeysBody>;

export const MintedKey = z.object({
  key: EnrollmentKey,
  secret: Secret,
  /** One line for the host, with a leading space so that shells keep it out of their history. */
  command: Secret,
  /** What the host is told beside its key. */
  settings: HostSettings,
});
export type MintedKey = z.infer<typeof MintedKey>;

export const InstallCommandBody = z.object({
  /** In which form it is wanted. */
  variant: HostForm.default('shell'),
  /** The host that it is for, if it has a name yet. */
  host: HostName.optional(),
  ...keyWish,
});

/** Keys let hosts into any group, and are told to nobody over a line that others can read. */
const unmintable = ['unrestricted_access_required', 'insecure_url'] as const;

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
  refusals: unmintable,
  body: MintKeysBody,
  output: z.object({ items: z.array(MintedKey) }),
  status: 201,
});
export const createInstallCommand = route({
  method: 'POST',
  path: '/install-commands',
  permission: 'enrollment_keys.mint',
  summary: 'Mints one key and answers it written down for the host; the secret is in this answer only',
  refusals: unmintable,
  body: InstallCommandBody,
  output: z.object({
    minted: MintedKey,
    variant: HostForm,
    /** A file for the host or for what sets it up; it holds the secret. */
    document: z.object({ name: z.string(), text: Secret }),
  }),
  status: 201,
});
export const revokeEnrollmentKey = route({
  method: 'POST',
  path: '/enrollment-keys/:id/revoke',
  permission: 'enrollment_keys.revoke',
  summary: 'Ends a key that could still enroll; hosts that it enrolled stay',
  refusals: ['enrollment_key_spent'],
  params: ById,
  output: EnrollmentKey,
});
