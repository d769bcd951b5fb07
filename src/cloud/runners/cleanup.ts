// Letting go of runners that do not come back: every hour those that are offline for longer than the account says,
// and at once when an operator asks, as far as they reach. Never one that is online, was never connected, or that
// an operator has put aside (held, disabled, revoked): that is a decision, not an absence.
import type { ForgottenRunner, RunnerRetention } from '../../protocol/api/fleet-upkeep.ts';
import { Refusal } from '../../protocol/errors.ts';
import { fullReach, type Scoped } from '../../protocol/scope.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import { instant } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { repeat } from '../repeat.ts';
import * as store from './cleanup-store.ts';
import { removeRunner, type RemovalParts } from './removal.ts';

const HOUR_MS = 3_600_000;
const SWEEP_EVERY_MS = HOUR_MS;

export interface RunnerCleanup {
  retention(accountId: string): Promise<RunnerRetention>;
  /** Refuses `unrestricted_access_required`: what it does is done to the whole fleet. */
  setRetention(caller: Caller, retention: RunnerRetention): Promise<RunnerRetention>;
  /** Refuses `invalid_request` when no period is set and none is named. */
  cleanUp(
    caller: Caller,
    wish: { dry_run?: boolean | undefined; hours?: number | undefined },
  ): Promise<{ dry_run: boolean; hours: number; runners: ForgottenRunner[] }>;
  start(): void;
  stop(): Promise<void>;
}

export type CleanupParts = RemovalParts & { database: Database; onFault: (error: unknown) => void };

export function createRunnerCleanup(parts: CleanupParts): RunnerCleanup {
  const { database, clock, onFault } = parts;
  const hourly = repeat(clock, { everyMs: SWEEP_EVERY_MS, work: () => sweep(parts), failed: onFault });
  return {
    retention: async (accountId) => ({ hours: await store.selectHours(database.read, accountId) }),
    setRetention: (caller, retention) => setRetention(parts, caller, retention),
    cleanUp: async (caller, { dry_run: dryRun = false, hours: named }) => {
      const hours = named ?? (await store.selectHours(database.read, caller.accountId));
      if (hours === null) {
        const sentence = 'Cannot clean up: no period is set; set one, or name hours in the request body';
        throw new Refusal('invalid_request', sentence, { field: 'hours' });
      }
      const before = clock.now() - hours * HOUR_MS;
      const gone = dryRun
        ? await store.selectIdle(database.read, caller, before)
        : await database.write((tx) => forget(parts, tx, caller, caller.actor, { before, hours }));
      return { dry_run: dryRun, hours, runners: gone.map(shown) };
    },
    start: hourly.start,
    stop: hourly.stop,
  };
}

async function setRetention(
  { database, audit }: CleanupParts,
  caller: Caller,
  { hours }: RunnerRetention,
): Promise<RunnerRetention> {
  if (caller.reach.runners !== 'all') throw new Refusal('unrestricted_access_required');
  const { accountId, actor } = caller;
  await database.write(async (tx) => {
    const before = await store.selectHours(tx.sql, accountId);
    if (before === hours) return;
    await store.updateHours(tx.sql, accountId, hours);
    const payload = { before, after: hours };
    await audit.record(tx, { accountId, actor, event: 'runner.retention_set', payload });
  });
  return { hours };
}

async function sweep(parts: CleanupParts): Promise<void> {
  const { database, clock } = parts;
  for (const { id: accountId, hours } of await store.selectAccounts(database.read)) {
    const before = clock.now() - hours * HOUR_MS;
    const asked = { accountId, reach: fullReach };
    // Looked at first without the one writer: most hours there is nothing to do.
    if ((await store.selectIdle(database.read, asked, before)).length === 0) continue;
    await database.write((tx) => forget(parts, tx, asked, systemActor, { before, hours }));
  }
}

/** One event says that it was done; which runners went stands in an event each, for who reaches them. */
async function forget(
  parts: CleanupParts,
  tx: Tx,
  asked: Scoped,
  actor: Actor,
  { before, hours }: { before: number; hours: number },
): Promise<store.IdleRunner[]> {
  const { accountId } = asked;
  const gone: store.IdleRunner[] = [];
  for (const runner of await store.selectIdle(tx.sql, asked, before)) {
    const removal = { accountId, actor, runner, offlineSince: before, because: 'inactive' as const };
    if (await removeRunner(parts, tx, removal)) gone.push(runner);
  }
  if (gone.length > 0)
    await parts.audit.record(tx, { accountId, actor, event: 'runner.retention_swept', payload: { hours } });
  return gone;
}

function shown(runner: store.IdleRunner): ForgottenRunner {
  const { id, name, group_name: group, last_disconnected_at: at } = runner;
  return { id, name, group, offline_since: instant(at) };
}
