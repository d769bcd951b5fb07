// Reads lines out of a held window of output; nothing is copied but what is asked for.
import type { OutputLine, OutputLog } from './output-log.ts';

/** Lines and gap marks that can be shown, begun lines included. */
export function lineTotal(log: OutputLog): number {
  return log.lineCount + log.openLines.length;
}

/** The line at `index`, or undefined beyond the end. */
export function lineAt(log: OutputLog, index: number): OutputLine | undefined {
  return index < log.lineCount ? log.lines[index] : log.openLines[index - log.lineCount];
}

export interface LineWindow {
  readonly from: number;
  readonly count: number;
  /** Only lines of this stream, gap marks always; positions then count within what is shown. */
  readonly stream?: 'stdout' | 'stderr' | undefined;
}

/** At most `count` lines from `from` on. */
export function visibleLines(log: OutputLog, { from, count, stream }: LineWindow): OutputLine[] {
  const found: OutputLine[] = [];
  let skipped = 0;
  const start = stream === undefined ? Math.max(0, from) : 0;
  for (let index = start; index < lineTotal(log) && found.length < count; index += 1) {
    const line = lineAt(log, index);
    if (line === undefined) break;
    if (stream !== undefined) {
      if (line.kind === 'text' && line.stream !== stream) continue;
      if (skipped < from) {
        skipped += 1;
        continue;
      }
    }
    found.push(line);
  }
  return found;
}

/** Indices of lines that contain `text`, letter case aside. */
export function findLines(log: OutputLog, text: string): number[] {
  const wanted = text.toLowerCase();
  const found: number[] = [];
  if (wanted === '') return found;
  for (let index = 0; index < lineTotal(log); index += 1) {
    const line = lineAt(log, index);
    if (line?.kind === 'text' && line.text.toLowerCase().includes(wanted)) found.push(index);
  }
  return found;
}

/** Chunks that are known to be missing inside the window. */
export function gapTotal(log: OutputLog): number {
  let missing = 0;
  for (let index = 0; index < log.lineCount; index += 1) {
    const line = log.lines[index];
    if (line?.kind === 'gap') missing += line.to - line.from + 1;
  }
  return missing;
}
