// How the control plane ends a run: the run itself, and what its end means for others of the same dispatch.
import type { Tx } from '../database/database.ts';
import { closeRun, type RunEnd } from './ending.ts';
import { passTurnOn } from './pacing.ts';
import type { RunParts, RunRow } from './run-parts.ts';

/** Ends it unless it has ended already; true when this call did it. */
export async function endRun(parts: RunParts, tx: Tx, run: RunRow, end: RunEnd): Promise<boolean> {
  const ended = await closeRun(parts, tx, run, end);
  if (ended) await passTurnOn(parts, tx, run);
  return ended;
}
