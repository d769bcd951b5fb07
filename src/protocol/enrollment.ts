// When an enrollment key may still enroll a host. The atomic claim is the store's one statement.
import { z } from 'zod';

export const EnrollmentKeyState = z.enum(['active', 'spent', 'expired', 'revoked']);
export type EnrollmentKeyState = z.infer<typeof EnrollmentKeyState>;

/** A lost reply may be asked for again this long, by the same host, while its token was never used (SPEC EN3). */
export const RECOVERY_WINDOW_MS = 10 * 60_000;

export interface EnrollmentKeyFacts {
  reusable: boolean;
  maxUses: number | null;
  usesCount: number;
  expiresAt: number | null;
  revokedAt: number | null;
}

/** The state an operator sees; revoked wins over spent, spent over expired. */
export function enrollmentKeyStateAt(key: EnrollmentKeyFacts, now: number): EnrollmentKeyState {
  if (key.revokedAt !== null) return 'revoked';
  const limit = key.reusable ? key.maxUses : 1;
  if (limit !== null && key.usesCount >= limit) return 'spent';
  return key.expiresAt !== null && key.expiresAt <= now ? 'expired' : 'active';
}
