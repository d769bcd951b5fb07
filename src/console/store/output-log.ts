// The window of one run's output that is held here: exact chunks for saving, safe lines for showing,
// and marks where sequence numbers are missing. Appending costs the new text only.
import type { OutputChunk } from '../../protocol/api/runs.ts';
import { LineBuilder, type OutputLine } from './output-lines.ts';

export type { OutputLine } from './output-lines.ts';

/** UTF-16 units of exact text that one window holds before its far end is let go. */
export const WINDOW_MAX_UNITS = 8 * 1024 * 1024;
export const WINDOW_MAX_CHUNKS = 20_000;

/** Which end of the window is kept when it grows too large. */
type Keep = 'tail' | 'head';

/** One state of the window. Treat it as a value: changes answer a new one. */
export interface OutputLog {
  /** Exact chunks in order of `seq`, each once. Only the first `chunkCount` belong to this state. */
  readonly chunks: readonly OutputChunk[];
  readonly chunkCount: number;
  /** Finished lines and gap marks. Only the first `lineCount` belong to this state. */
  readonly lines: readonly OutputLine[];
  readonly lineCount: number;
  /** Begun lines that no newline ended yet, at most one a stream; shown after `lines`. */
  readonly openLines: readonly OutputLine[];
  readonly firstSeq: number | null;
  readonly lastSeq: number | null;
  readonly moreBefore: boolean;
  readonly moreAfter: boolean;
  readonly units: number;
  readonly builder: LineBuilder;
}

/** A window that holds nothing yet. */
export function emptyOutput(): OutputLog {
  return buildLog([], false, false);
}

/** A window made of exactly these chunks. */
export function buildLog(chunks: readonly OutputChunk[], moreBefore: boolean, moreAfter: boolean): OutputLog {
  const builder = new LineBuilder(moreBefore ? (chunks[0]?.seq ?? null) : 1);
  let units = 0;
  for (const chunk of chunks) {
    builder.add(chunk);
    units += chunk.chunk.length;
  }
  return view([...chunks], builder, moreBefore, moreAfter, units);
}

function view(
  chunks: readonly OutputChunk[],
  builder: LineBuilder,
  moreBefore: boolean,
  moreAfter: boolean,
  units: number,
): OutputLog {
  return {
    chunks,
    chunkCount: chunks.length,
    lines: builder.lines,
    lineCount: builder.lines.length,
    openLines: builder.openLines(),
    firstSeq: chunks[0]?.seq ?? null,
    lastSeq: chunks.at(-1)?.seq ?? null,
    moreBefore,
    moreAfter,
    units,
    builder,
  };
}

/** Exact chunks of this state, in order. */
export function chunksOf(log: OutputLog): readonly OutputChunk[] {
  return log.chunks.length === log.chunkCount ? log.chunks : log.chunks.slice(0, log.chunkCount);
}

/** The chunks added, whatever their order; repeats change nothing. */
export function addChunks(log: OutputLog, incoming: readonly OutputChunk[], keep: Keep = 'tail'): OutputLog {
  const last = log.lastSeq ?? -1;
  if (isAscendingAfter(last, incoming)) {
    // A window whose tail was let go cannot take what is newer than the hole.
    if (log.moreAfter) return log;
    return bound(append(log, incoming), keep);
  }
  const known = new Set(chunksOf(log).map((chunk) => chunk.seq));
  const fresh = incoming.filter((chunk) => !known.has(chunk.seq) && known.add(chunk.seq));
  if (fresh.length === 0) return log;
  if (isAscendingAfter(last, fresh)) return addChunks(log, fresh, keep);
  const all = [...chunksOf(log), ...fresh].sort((a, b) => a.seq - b.seq);
  return bound(buildLog(all, log.moreBefore, log.moreAfter), keep);
}

interface OutputPage {
  readonly items: readonly OutputChunk[];
  readonly more_before: boolean;
  readonly more_after: boolean;
}

/** A fetched page joined with the window: at an end, into a hole, or instead of it (`tail`, when the end was let go). */
export function addPage(
  log: OutputLog,
  page: OutputPage,
  use: 'before' | 'after' | 'tail' | 'fill',
): OutputLog {
  if (use === 'fill') return addChunks(log, page.items);
  if (use === 'tail') {
    return log.moreAfter
      ? buildLog(page.items, page.more_before, page.more_after)
      : addChunks(log, page.items);
  }
  if (use === 'after') {
    const joined = addChunks({ ...log, moreAfter: false }, page.items, 'tail');
    return { ...joined, moreAfter: page.more_after };
  }
  if (page.items.length === 0) return buildLog(chunksOf(log), page.more_before, log.moreAfter);
  return addChunks({ ...log, moreBefore: page.more_before }, page.items, 'head');
}

function isAscendingAfter(last: number, chunks: readonly OutputChunk[]): boolean {
  let previous = last;
  for (const { seq } of chunks) {
    if (seq <= previous) return false;
    previous = seq;
  }
  return true;
}

/** The newest state extends the shared arrays; an older one, whose arrays grew on, is copied first. */
function append(log: OutputLog, incoming: readonly OutputChunk[]): OutputLog {
  if (incoming.length === 0) return log;
  const newest = log.chunks.length === log.chunkCount;
  const base = newest ? log : buildLog(chunksOf(log), log.moreBefore, log.moreAfter);
  const chunks = base.chunks as OutputChunk[];
  let { units } = base;
  for (const chunk of incoming) {
    chunks.push(chunk);
    base.builder.add(chunk);
    units += chunk.chunk.length;
  }
  return view(chunks, base.builder, base.moreBefore, base.moreAfter, units);
}

/** Lets the far end go in large steps, so that the cost of doing so is spread over many chunks. */
function bound(log: OutputLog, keep: Keep): OutputLog {
  if (log.units <= WINDOW_MAX_UNITS && log.chunkCount <= WINDOW_MAX_CHUNKS) return log;
  const chunks = chunksOf(log);
  const order = keep === 'tail' ? chunks.toReversed() : chunks;
  const kept: OutputChunk[] = [];
  let units = 0;
  for (const chunk of order) {
    units += chunk.chunk.length;
    if (kept.length > 0 && (units > WINDOW_MAX_UNITS * 0.75 || kept.length >= WINDOW_MAX_CHUNKS * 0.75))
      break;
    kept.push(chunk);
  }
  if (keep === 'tail') return buildLog(kept.reverse(), true, log.moreAfter);
  return buildLog(kept, log.moreBefore, true);
}
