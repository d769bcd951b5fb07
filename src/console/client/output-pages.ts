// Reads a run's output by page, exactly as it is stored.
import { getRunOutput, type OutputChunk } from '../../protocol/api/runs.ts';
import type { Call } from '../store/session.ts';

const PAGE = 2000;

/** Every stored chunk with a number above `afterSeq`, in order. */
export async function* outputAfter(call: Call, runId: string, afterSeq = 0): AsyncGenerator<OutputChunk> {
  let after = afterSeq;
  for (;;) {
    const page = await call(getRunOutput, {
      params: { id: runId },
      query: { after_seq: after, limit: PAGE },
    });
    for (const chunk of page.items) {
      if (chunk.seq <= after) continue;
      after = chunk.seq;
      yield chunk;
    }
    if (!page.more_after || page.items.length === 0) return;
  }
}
