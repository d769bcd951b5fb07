// Output on its way into the store: chunks of all runs that arrive while one commit is under way share the
// next one. A chunk is told to viewers after its commit, never before (SPEC RN3, RN5).
import type { OutputChunk } from '../../protocol/api/runs.ts';
import type { ActionProgressFrame, OutputStream } from '../../protocol/frames.ts';
import {
  deliveredStatuses,
  OUTPUT_MAX_BYTES,
  OUTPUT_MAX_CHUNK_BYTES,
  OUTPUT_MAX_CHUNKS,
} from '../../protocol/run.ts';
import { instant } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import { tellRun, type RunParts } from './run-parts.ts';

export interface ProgressBuffer {
  add(session: SessionHandle, frame: ActionProgressFrame): void;
  /** Resolves when everything added before this call is stored, or was dropped. */
  settled(): Promise<void>;
}

interface Waiting {
  runnerId: string;
  epoch: number;
  requestId: string;
  seq: number;
  stream: OutputStream;
  chunk: string;
  bytes: number;
  at: number;
}

/** Larger than what any batch should hold; beyond it chunks are lost as a visible gap, not as memory. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const MAX_SEQ = 2 ** 31 - 1;
const ROWS_A_STATEMENT = 100;
const TOLD_AT_ONCE_BYTES = 128 * 1024;

export function createProgressBuffer(parts: RunParts): ProgressBuffer {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let collecting = Promise.withResolvers<void>();
  let committing: Promise<void> | null = null;
  let isFlushing = false;

  async function flushAll(): Promise<void> {
    isFlushing = true;
    // One turn of the loop lets frames that arrived together go into one commit.
    await new Promise((turn) => setImmediate(turn));
    while (waiting.length > 0) {
      const batch = waiting;
      const { promise, resolve } = collecting;
      waiting = [];
      waitingBytes = 0;
      collecting = Promise.withResolvers<void>();
      committing = promise;
      await parts.database
        .write((tx) => storeBatch(parts, tx, batch))
        .catch((error: unknown) => parts.report(error, 'storing output'));
      resolve();
    }
    committing = null;
    isFlushing = false;
  }

  return {
    add: (session, frame) => {
      const { seq, stream, chunk } = frame;
      const bytes = Buffer.byteLength(chunk);
      if ((stream !== 'stdout' && stream !== 'stderr') || seq > MAX_SEQ || bytes > OUTPUT_MAX_CHUNK_BYTES)
        return;
      if (waitingBytes + bytes > MAX_WAITING_BYTES) return;
      const { runnerId, epoch } = session;
      waiting.push({
        runnerId,
        epoch,
        requestId: frame.request_id,
        seq,
        stream,
        chunk,
        bytes,
        at: parts.clock.now(),
      });
      waitingBytes += bytes;
      if (!isFlushing) void flushAll();
    },
    // Not the end of all flushing: a runner that prints without end must not hold up another's result.
    settled: async () => {
      if (waiting.length > 0) await collecting.promise;
      else if (committing) await committing;
    },
  };
}

async function storeBatch(parts: RunParts, tx: Tx, batch: readonly Waiting[]): Promise<void> {
  const byRequest = Map.groupBy(batch, (chunk) => chunk.requestId);
  const runs = await tx.sql
    .selectFrom('runs as run')
    .innerJoin('runners as runner', 'runner.id', 'run.runner_id')
    .select(['run.id', 'run.account_id', 'run.runner_id', 'run.request_id', 'run.status', 'run.started_at'])
    .select(['run.output_chunks', 'run.output_bytes', 'runner.epoch'])
    .where('run.request_id', 'in', [...byRequest.keys()])
    .where('run.status', 'in', [...deliveredStatuses])
    .execute();
  for (const run of runs) {
    // Chunks of another runner, or of a session that a newer one replaced, change nothing (SPEC SE1).
    const chunks = (byRequest.get(run.request_id) ?? []).filter(
      (chunk) => chunk.runnerId === run.runner_id && chunk.epoch >= run.epoch,
    );
    await storeChunks(parts, tx, run, withinBudget(run, chunks));
  }
}

interface OutputRun {
  id: string;
  account_id: string;
  runner_id: string;
  status: string;
  started_at: number | null;
  output_chunks: number;
  output_bytes: number;
}

function withinBudget(run: OutputRun, chunks: readonly Waiting[]): Waiting[] {
  let { output_chunks: count, output_bytes: bytes } = run;
  return chunks.filter((chunk) => {
    if (count + 1 > OUTPUT_MAX_CHUNKS || bytes + chunk.bytes > OUTPUT_MAX_BYTES) return false;
    count += 1;
    bytes += chunk.bytes;
    return true;
  });
}

async function storeChunks(
  parts: RunParts,
  tx: Tx,
  run: OutputRun,
  chunks: readonly Waiting[],
): Promise<void> {
  const fresh = new Set<number>();
  for (let from = 0; from < chunks.length; from += ROWS_A_STATEMENT) {
    const rows = chunks.slice(from, from + ROWS_A_STATEMENT);
    const stored = await tx.sql
      .insertInto('run_output')
      .values(rows.map(({ seq, stream, chunk, at }) => ({ run_id: run.id, seq, stream, chunk, at })))
      .onConflict((conflict) => conflict.doNothing())
      .returning('seq')
      .execute();
    for (const row of stored) fresh.add(row.seq);
  }
  // A repeated number keeps the bytes it had: of two with one number in one batch the first was stored.
  const told = [...new Map(chunks.toReversed().map((chunk) => [chunk.seq, chunk])).values()]
    .filter((chunk) => fresh.has(chunk.seq))
    .sort((a, b) => a.seq - b.seq);
  if (told.length === 0) return;
  const starts = run.status === 'sent';
  await tx.sql
    .updateTable('runs')
    .set((eb) => ({
      output_chunks: eb('output_chunks', '+', told.length),
      output_bytes: eb(
        'output_bytes',
        '+',
        told.reduce((sum, chunk) => sum + chunk.bytes, 0),
      ),
      ...(starts && { status: 'running' as const, started_at: run.started_at ?? parts.clock.now() }),
    }))
    .where('id', '=', run.id)
    .execute();
  if (starts) tellRun(parts, tx, 'run.updated', run);
  for (const chunks of inPortions(told)) {
    parts.outbox.add(tx, {
      topic: 'run',
      type: 'run.output',
      accountId: run.account_id,
      runId: run.id,
      chunks,
    });
  }
}

// A burst stored at once is told in several pieces: a slow viewer is skipped by piece, not by megabytes.
function inPortions(chunks: readonly Waiting[]): OutputChunk[][] {
  const portions: OutputChunk[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { seq, stream, chunk, at, bytes: size } of chunks) {
    if (bytes + size > TOLD_AT_ONCE_BYTES) {
      portions.push([]);
      bytes = 0;
    }
    portions.at(-1)?.push({ seq, stream, chunk, at: instant(at) });
    bytes += size;
  }
  return portions;
}
