// How old a runner's program is: a hint for the operator, never a reason to refuse.
import type { VersionClass } from '../../protocol/runner.ts';

const MINIMUM = [0, 10, 0] as const;
const RECOMMENDED = [0, 19, 0] as const;

/** A version that is no SemVer (`dev`) is unknown, never unsupported. */
export function versionClassOf(version: string): VersionClass {
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:[-+].*)?$/.exec(version);
  if (!match) return 'unknown';
  const parts = [Number(match[1]), Number(match[2]), Number(match[3])] as const;
  if (isBelow(parts, MINIMUM)) return 'unsupported';
  return isBelow(parts, RECOMMENDED) ? 'outdated' : 'supported';
}

type Parts = readonly [number, number, number];

function isBelow(a: Parts, b: Parts): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  return a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2];
}
