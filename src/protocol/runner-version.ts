// How old a runner's program is, by what this deployment asks for: a hint, unless it is told to refuse.
import type { VersionClass } from './runner.ts';

export interface VersionPolicy {
  /** SemVer. Below it a runner is unsupported. */
  readonly minimum: string;
  /** SemVer. Below it a runner is outdated. */
  readonly recommended: string;
  /** Whether a runner below the minimum is refused when it connects. */
  readonly isEnforced: boolean;
}

export const defaultVersionPolicy: VersionPolicy = {
  minimum: '0.10.0',
  recommended: '0.19.0',
  isEnforced: false,
};

/** A version that is no SemVer (`dev`) is unknown, never unsupported. */
export function versionClassOf(version: string, policy: VersionPolicy): VersionClass {
  const parts = partsOf(version);
  if (parts === null) return 'unknown';
  if (isBelow(parts, policy.minimum)) return 'unsupported';
  return isBelow(parts, policy.recommended) ? 'outdated' : 'supported';
}

export function isRefusedVersion(version: string, policy: VersionPolicy): boolean {
  return policy.isEnforced && versionClassOf(version, policy) === 'unsupported';
}

export function isVersion(text: string): boolean {
  return partsOf(text) !== null;
}

/** Three numbers, and a fourth that puts a pre-release below its release. */
type Parts = readonly [number, number, number, number];

function partsOf(version: string): Parts | null {
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(-[0-9A-Za-z.-]+)?(?:\+.*)?$/.exec(version);
  if (!match) return null;
  return [Number(match[1]), Number(match[2]), Number(match[3]), match[4] === undefined ? 1 : 0];
}

function isBelow(parts: Parts, bound: string): boolean {
  const other = partsOf(bound);
  if (other === null) return false;
  for (const [at, part] of parts.entries()) {
    const wanted = other[at] ?? 0;
    if (part !== wanted) return part < wanted;
  }
  return false;
}
