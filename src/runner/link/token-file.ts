// The runner token on the disk: who may read it, what it may hold, and that a file we refuse is never overwritten.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { isSecret } from './registration.ts';
import { errorCode, isMissing, removeDurably, writeDurably } from '../host/durable-file.ts';

const TokenFile = z.strictObject({
  token: z.string().min(1).max(512),
  key_fp: z.string().optional(),
  refresh_after: z.string().optional(),
});

export interface StoredToken {
  readonly token: string;
  /** Fingerprint of the enrollment key that brought it, when known. */
  readonly keyFingerprint: string | null;
  /** RFC 3339; empty means "ask at every dial". */
  readonly refreshAfter: string | null;
}

/** A token file that exists but must not be used; it stays as it is until someone has looked at it. */
export class TokenFileRefused extends Error {}

const largestBytes = 16_384;

/** The stored token, or null when there is no file; throws TokenFileRefused for one that is not ours to use. */
export async function readTokenFile(path: string): Promise<StoredToken | null> {
  const text = await readPrivately(path);
  if (text === null) return null;
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new TokenFileRefused(`Cannot use ${path}: it is not valid JSON`);
  }
  const decoded = TokenFile.safeParse(parsed);
  if (!decoded.success)
    throw new TokenFileRefused(`Cannot use ${path}: it holds other fields than a token file`);
  const { token, key_fp: keyFingerprint, refresh_after: refreshAfter } = decoded.data;
  if (!isSecret(token))
    throw new TokenFileRefused(`Cannot use ${path}: the token holds characters that no token has`);
  return { token, keyFingerprint: keyFingerprint ?? null, refreshAfter: refreshAfter ?? null };
}

async function readPrivately(path: string): Promise<string | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > largestBytes) {
        throw new TokenFileRefused(`Cannot use ${path}: it is not a small regular file`);
      }
      if ((facts.mode & 0o077) !== 0) {
        throw new TokenFileRefused(`Cannot use ${path}: others can read or write it; run chmod 600 on it`);
      }
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof TokenFileRefused) throw error;
    const because =
      errorCode(error) === 'ELOOP' ? 'it is a symbolic link' : (errorCode(error) ?? 'it cannot be read');
    throw new TokenFileRefused(`Cannot use ${path}: ${because}`);
  }
}

export async function writeTokenFile(path: string, stored: StoredToken): Promise<void> {
  const content = {
    token: stored.token,
    ...(stored.keyFingerprint === null ? {} : { key_fp: stored.keyFingerprint }),
    ...(stored.refreshAfter === null ? {} : { refresh_after: stored.refreshAfter }),
  };
  await writeDurably(path, `${JSON.stringify(content)}\n`);
}

export function deleteTokenFile(path: string): Promise<void> {
  return removeDurably(path);
}

/** Eight bytes that tell one enrollment key from another without giving it away. */
export function keyFingerprint(key: string): string {
  return createHash('sha256').update(key).digest().subarray(0, 8).toString('hex');
}
