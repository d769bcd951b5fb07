// One verb on all runners of a selection: one transaction, and one result or refusal for each, so that what is
// refused for one keeps nobody else from it.
import {
  MAX_SELECTED,
  type BulkResult,
  type FleetVerb,
  type FleetSelector,
} from '../../protocol/api/fleet-upkeep.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { reachesRunner, type Scoped } from '../../protocol/scope.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { hasLabel } from './fleet-filter.ts';
import { selectLive, type LiveRunner } from './store.ts';
import { refusedOnline, type VerbSteps } from './verbs.ts';

export interface BulkWish {
  selector: FleetSelector;
  verb: FleetVerb;
  dry_run?: boolean | undefined;
}

export interface BulkDone {
  verb: FleetVerb;
  dry_run: boolean;
  results: BulkResult[];
}

export type Bulk = (caller: Caller, wish: BulkWish) => Promise<BulkDone>;

export function createBulk({ database }: { database: Database }, steps: VerbSteps): Bulk {
  return async (caller, { selector, verb, dry_run: dryRun = false }) => {
    if (dryRun) {
      const { runners, unknown } = await select(database.read, caller, selector);
      return { verb, dry_run: true, results: [...runners.map((one) => foreseen(verb, one)), ...unknown] };
    }
    const results = await database.write(async (tx) => {
      const { runners, unknown } = await select(tx.sql, caller, selector);
      const done: BulkResult[] = [];
      for (const runner of runners) done.push(await take(steps, verb, tx, caller, runner));
      return [...done, ...unknown];
    });
    return { verb, dry_run: false, results };
  };
}

async function select(db: Tx['sql'] | Database['read'], asked: Scoped, { ids, group, label }: FleetSelector) {
  const live = (await selectLive(db, asked.accountId)).filter(({ id, group_name }) =>
    reachesRunner(asked.reach, { id, group: group_name }),
  );
  const named = ids === undefined ? null : new Set(ids);
  const runners = live.filter(
    (row) =>
      (named === null || named.has(row.id) || named.has(row.name)) &&
      (group === undefined || row.group_name === group) &&
      hasLabel(row, label),
  );
  if (runners.length > MAX_SELECTED) {
    const sentence = `Cannot do that to ${runners.length} runners at once: at most ${MAX_SELECTED}`;
    throw new Refusal('invalid_request', sentence, { field: 'selector' });
  }
  const known = new Set(live.flatMap(({ id, name }) => [id, name]));
  const unknown = [...(named ?? [])]
    .filter((reference) => !known.has(reference))
    .map((reference) =>
      resultOf({ id: bounded(reference, 128), name: null, group: null }, new Refusal('runner_not_found')),
    );
  return { runners, unknown };
}

async function take(
  steps: VerbSteps,
  verb: FleetVerb,
  tx: Tx,
  caller: Caller,
  row: LiveRunner,
): Promise<BulkResult> {
  try {
    return resultOf(namesOf(row), await steps[verb](tx, caller, row));
  } catch (error) {
    if (error instanceof Refusal) return resultOf(namesOf(row), error);
    throw error;
  }
}

/** What would become of it now. */
function foreseen(verb: FleetVerb, row: LiveRunner): BulkResult {
  const isOnline = row.connected === 1;
  const changes: Record<FleetVerb, boolean> = {
    hold: row.held_at === null,
    release: row.held_at !== null,
    disable: row.disabled_at === null,
    enable: row.disabled_at !== null,
    'revoke-token': row.revoked_at === null,
    delete: true,
  };
  return resultOf(namesOf(row), verb === 'delete' && isOnline ? refusedOnline(row.name) : changes[verb]);
}

function namesOf({ id, name, group_name: group }: LiveRunner) {
  return { id, name, group };
}

function resultOf(
  runner: { id: string; name: string | null; group: string | null },
  outcome: boolean | Refusal,
): BulkResult {
  if (typeof outcome === 'boolean') return { ...runner, changed: outcome, refusal: null };
  const { code, message: detail, fix } = outcome;
  return { ...runner, changed: false, refusal: { code, detail, fix } };
}
