// Masking the output of a program while it arrives: bytes in, masked bytes out, with nothing held back
// longer than a rule needs. The joined result is that of masking the whole output at once, however it was
// split.
import type { Redaction, RedactionCount } from './redaction.ts';

export interface RedactionStream {
  /** Takes bytes as they come; gives masked UTF-8 (whole characters) that may be delivered now. */
  push(bytes: Uint8Array): Uint8Array;
  /** The program's output has ended: gives the rest. Call once. */
  end(): Uint8Array;
  /** Matches so far, rules without any left out. */
  counts(): RedactionCount[];
}

/** One stream's masking; a process has one for stdout and one for stderr. */
export function createRedactionStream(redaction: Redaction): RedactionStream {
  const stages = redaction.links.map((link) => ({ link, stage: link.createStage() }));
  // Invalid bytes become U+FFFD one rule-invisible step earlier than they leave: RE2 reads them as U+FFFD
  // anyway.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const through = (text: string, isFinal: boolean): Uint8Array => {
    let passed = text;
    for (const { stage } of stages) {
      if (passed !== '') passed = stage.push(passed);
      if (isFinal) passed += stage.end();
    }
    return Buffer.from(passed, 'utf8');
  };
  return {
    push: (bytes) => through(decoder.decode(bytes, { stream: true }), false),
    end: () => through(decoder.decode(), true),
    counts: () =>
      stages
        .filter(({ stage }) => stage.count > 0)
        .map(({ link, stage }) => ({ name: link.name, type: link.type, count: stage.count })),
  };
}

/** Sums counts rule by rule, in the order of first mention. */
export function addCounts(...lists: readonly (readonly RedactionCount[])[]): RedactionCount[] {
  const sums = new Map<string, RedactionCount>();
  for (const entry of lists.flat()) {
    const known = sums.get(entry.name);
    sums.set(entry.name, known ? { ...known, count: known.count + entry.count } : entry);
  }
  return [...sums.values()];
}
