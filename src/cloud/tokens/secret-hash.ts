// How a secret is kept: only its SHA-256, compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of the whole secret, lower hex. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** True when `secret` is the one whose hash is stored; takes the same time wherever they differ. */
export function matchesHash(secret: string, storedHash: string): boolean {
  const stored = Buffer.from(storedHash, 'hex');
  const presented = createHash('sha256').update(secret, 'utf8').digest();
  return stored.length === presented.length && timingSafeEqual(presented, stored);
}

/** The secret of `Authorization: Bearer …`, or null when the header is absent or of another shape. */
export function bearerOf(header: string | undefined): string | null {
  const match = /^[Bb]earer (\S{1,512})$/.exec(header ?? '');
  return match?.[1] ?? null;
}
