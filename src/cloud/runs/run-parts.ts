// What every use case of runs works with, handed in once by the door.
import type { Selectable } from 'kysely';
import type { RandomBytes } from '../../protocol/ids.ts';
import type { Approvals } from '../approvals/approvals.ts';
import type { Actor, Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Schema } from '../database/schema.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { SessionHandle } from '../gateway/session-handle.ts';
import type { Grants } from '../grants/grants.ts';
import type { Members } from '../members/members.ts';
import type { Meter } from '../meter.ts';
import type { Offers } from '../packs/offers.ts';
import type { Policy } from '../policy/policy.ts';

export type RunRow = Selectable<Schema['runs']>;

export interface RunParts {
  database: Database;
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  offers: Offers;
  policy: Policy;
  grants: Pick<Grants, 'standing' | 'use'>;
  approvals: Pick<Approvals, 'request' | 'runEnded'>;
  members: Pick<Members, 'authority'>;
  meter: Meter;
  /** The live session of a runner, or null. */
  sessions: {
    find(runnerId: string): SessionHandle | null;
    /** Also when another node has its socket. */
    isOnline(runnerId: string): boolean;
  };
  /** Offers what is queued for them, in a transaction of its own: for after a commit. */
  offer(runnerIds: readonly string[]): void;
  /** Told of a failure that nobody waits for. */
  report(error: unknown, where: string): void;
}

/** What the control plane gives; the rest the door makes itself. */
export type RunGiven = Omit<RunParts, 'offer'>;

/** Tells viewers, after the commit, that a run and its runner's count of unfinished runs moved. */
export function tellRun(
  { outbox }: Pick<RunParts, 'outbox'>,
  tx: Tx,
  type: 'run.created' | 'run.updated' | 'run.finished',
  run: { id: string; account_id: string; runner_id: string },
): void {
  const { account_id: accountId, runner_id: runnerId } = run;
  outbox.add(tx, { topic: 'runs', type, accountId, runId: run.id, runnerId });
  if (type !== 'run.updated')
    outbox.add(tx, { topic: 'fleet', type: 'runner.state_changed', accountId, runnerId });
}

/** A runner as the audit trail names it. */
export function runnerActor({ runnerId, runnerName }: SessionHandle): Actor {
  return { kind: 'runner', id: runnerId, label: runnerName, tokenId: null, ipAddress: null };
}

export function runTarget(run: Pick<RunRow, 'id' | 'action_id' | 'runner_id' | 'runner_name' | 'pack_id'>) {
  const label = `${run.action_id} on ${run.runner_name}`;
  return { kind: 'run', id: run.id, label, runnerId: run.runner_id, packId: run.pack_id };
}
