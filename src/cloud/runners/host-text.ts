// What a host says about itself, made safe before it is stored: neutralised, bounded, never wiped by a blank.
import type { RunnerStateFrame } from '../../protocol/frames.ts';
import { bounded, neutralise } from '../../protocol/neutralise.ts';

const MAX_LABELS_BYTES = 65_536;
const MAX_DEGRADED = 32;

export interface HostFacts {
  version: string;
  /** Null keeps what is stored. */
  hostname: string | null;
  group: string | null;
  labels: Record<string, string>;
  signedOnly: boolean;
  degraded: { pack: string; reason: string }[];
}

export function hostFactsOf(frame: RunnerStateFrame): HostFacts {
  return {
    version: safeVersion(frame.version),
    hostname: safeHostname(frame.hostname),
    group: safeGroup(frame.group),
    labels: safeLabels(frame.labels),
    signedOnly: frame.enforce_signatures === true,
    degraded: (frame.degraded_packs ?? [])
      .slice(0, MAX_DEGRADED)
      .map(({ pack, reason }) => ({ pack: bounded(pack, 80), reason: bounded(reason, 500) })),
  };
}

export function safeVersion(version: string | null | undefined): string {
  return bounded((version ?? '').trim() || 'unknown', 255);
}

export function safeHostname(hostname: string | null | undefined): string | null {
  const trimmed = (hostname ?? '').trim();
  return trimmed === '' ? null : bounded(trimmed, 255);
}

export function safeGroup(group: string | null | undefined): string | null {
  const trimmed = (group ?? '').trim();
  return trimmed === '' ? null : bounded(trimmed, 80);
}

/** Labels beyond 64 KiB are dropped as a whole: half of them would be a different statement. */
export function safeLabels(labels: Record<string, string> | null | undefined): Record<string, string> {
  const safe = Object.fromEntries(
    Object.entries(labels ?? {}).map(([key, value]) => [neutralise(key), neutralise(value)]),
  );
  return Buffer.byteLength(JSON.stringify(safe)) <= MAX_LABELS_BYTES ? safe : {};
}

/** An identity is compared, so it is refused rather than mended: 1 to 255 plain characters, no space around. */
export function isExternalId(text: string): boolean {
  const length = [...text].length;
  return length >= 1 && length <= 255 && text.trim() === text && neutralise(text) === text;
}
