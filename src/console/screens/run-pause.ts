// Where a paused output view stands. It holds on to a line by its chunk, because positions move when earlier
// pages are put before the window or its far end is let go.
import { lineAt, lineTotal } from '../store/run-output.ts';
import type { OutputLine, OutputLog } from '../store/output-log.ts';
import type { Spot } from './run-rows.ts';

export interface Pause {
  readonly spot: Spot;
  /** Lines that were there when the view was paused: what came later is new. */
  readonly linesThen: number;
  /** Which chunk the line at the spot ended with, and which of that chunk's lines it is. */
  readonly seq: number;
  readonly nth: number;
  /** The window that the positions belong to. */
  readonly builder: OutputLog['builder'];
}

export function pauseAt(log: OutputLog, spot: Spot, linesThen: number): Pause {
  const seq = seqOf(lineAt(log, Math.min(spot.line, lineTotal(log) - 1)));
  let nth = 0;
  while (spot.line - nth > 0 && seqOf(lineAt(log, spot.line - nth - 1)) === seq) nth += 1;
  return { spot, linesThen, seq, nth, builder: log.builder };
}

/** The same place in a window that was rebuilt. */
export function settledPause(pause: Pause, log: OutputLog): Pause {
  if (pause.builder === log.builder) return pause;
  const line = Math.max(0, lineOf(log, pause));
  const spot = { line, part: pause.spot.part };
  return { ...pause, spot, linesThen: pause.linesThen + line - pause.spot.line, builder: log.builder };
}

/** Lines that came since the view was paused. */
export function newLines(pause: Pause, log: OutputLog): number {
  return Math.max(0, lineTotal(log) - pause.linesThen);
}

function lineOf(log: OutputLog, { seq, nth }: Pause): number {
  const total = lineTotal(log);
  for (let index = 0; index < total; index += 1) {
    if (seqOf(lineAt(log, index)) === seq) return Math.min(index + nth, total - 1);
  }
  return (log.firstSeq ?? 0) > seq ? 0 : total - 1;
}

function seqOf(line: OutputLine | undefined): number {
  if (line === undefined) return -1;
  return line.kind === 'gap' ? line.from : line.seq;
}
