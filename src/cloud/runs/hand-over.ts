// Giving queued runs to a runner: oldest first, as many as it has free slots, trust asked once more (SPEC
// TR5, RN6). The statement that marks a run as sent is the one that a cancel races with (C12).
import { CONCURRENCY_CAP } from '../../protocol/runner.ts';
import type { Tx } from '../database/database.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import type { LiveSessions } from './live-sessions.ts';
import { endRun } from './end-run.ts';
import { endingOf, refusedFor, type RunEnd } from './ending.ts';
import { runActionFrame } from './frames.ts';
import { tellRun, type RunParts, type RunRow } from './run-parts.ts';
import { countDelivered, moveRun, selectQueued, selectRunnerFacts } from './store.ts';

/** Offers what waits for a runner whose socket is here; otherwise whoever has it is told. */
export async function offerOrTell(
  parts: RunParts,
  live: LiveSessions,
  tx: Tx,
  runnerId: string,
): Promise<void> {
  const session = live.find(runnerId);
  if (!session) parts.outbox.add(tx, { topic: 'nodes', type: 'runs_wait', runnerId });
  else if (!live.isCapped(runnerId)) await offerQueued(parts, tx, session);
}

/** Fills the free slots of the session's runner; the frames leave after the commit. Returns how many were given. */
export async function offerQueued(parts: RunParts, tx: Tx, session: SessionHandle): Promise<number> {
  const runner = await selectRunnerFacts(tx.sql, session.runnerId);
  // Another node may have taken the runner over without this one having heard of it yet.
  if (runner?.connected !== 1 || runner.epoch !== session.epoch) return 0;
  const free = CONCURRENCY_CAP - (await countDelivered(tx.sql, session.runnerId));
  let given = 0;
  while (given < free) {
    const queued = await selectQueued(tx.sql, session.runnerId, free - given);
    if (queued.length === 0) break;
    for (const run of queued)
      if (await offerRun(parts, tx, { session, isHeld: runner.held_at !== null }, run)) given += 1;
  }
  return given;
}

interface Taker {
  session: SessionHandle;
  isHeld: boolean;
}

async function offerRun(parts: RunParts, tx: Tx, taker: Taker, run: RunRow): Promise<boolean> {
  const { session } = taker;
  const obstacle = await findObstacle(parts, tx, taker, run);
  if (obstacle) {
    await endRun(parts, tx, run, { ...obstacle, from: ['pending'] });
    return false;
  }
  const sent = { status: 'sent' as const, sent_at: parts.clock.now(), sent_epoch: session.epoch };
  if (!(await moveRun(tx.sql, run.id, ['pending'], sent))) return false;
  tellRun(parts, tx, 'run.updated', run);
  tx.afterCommit(() => {
    // When the socket has just gone the run stays sent and is replayed on the next connection.
    session.send(runActionFrame(run));
    parts.meter.dispatchStep('handed_over', parts.clock.now() - run.queued_at);
  });
  return true;
}

async function findObstacle(
  parts: RunParts,
  tx: Tx,
  { session, isHeld }: Taker,
  run: RunRow,
): Promise<RunEnd | null> {
  if (isHeld) return refusedFor('runner_held');
  if (session.signedOnly) return refusedFor('runner_requires_attestation');
  const of = { accountId: run.account_id, runnerIds: [run.runner_id], actionId: run.action_id };
  const [offer] = await parts.offers.find(tx.sql, of);
  if (!offer) return refusedFor('action_not_found');
  if (offer.blockedBy === 'action_unavailable' || offer.blockedBy === 'pack_retired')
    return refusedFor(offer.blockedBy);
  return offer.blockedBy !== null || offer.packHash !== run.pack_hash ? endingOf('trust_moved') : null;
}
