// The content hash by which a pack is trusted: exactly the manifest, the action files it names and their
// scripts.
import { createHash } from 'node:crypto';

export interface HashedFile {
  /** Pack-relative, exactly as written in the manifest or action. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * `sha256:` and 64 lower hex digits. A script that several actions name must be given once for each of them.
 */
export function packHash(files: readonly HashedFile[]): string {
  const zero = Buffer.of(0);
  const hash = createHash('sha256');
  const named = files.map((file) => ({ name: Buffer.from(file.path, 'utf8'), bytes: file.bytes }));
  for (const file of named.toSorted((a, b) => Buffer.compare(a.name, b.name))) {
    hash.update(file.name).update(zero).update(file.bytes).update(zero);
  }
  return `sha256:${hash.digest('hex')}`;
}

/** SHA-256 of some bytes as 64 lower hex digits, without a prefix. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
