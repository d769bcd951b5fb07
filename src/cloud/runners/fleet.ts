// The fleet as an operator looks at it: what the store knows joined with who is present.
import type { FleetSummary, Group, Badges } from '../../protocol/api/session.ts';
import type { Runner, RunnerDetail, RunnerToken } from '../../protocol/api/runners.ts';
import { Refusal } from '../../protocol/errors.ts';
import { reachesRunner, type Scoped } from '../../protocol/scope.ts';
import { rollUpFleet } from '../../protocol/fleet-rollup.ts';
import { versionClassOf } from '../../protocol/runner-version.ts';
import type { Database } from '../database/database.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import * as store from './fleet-store.ts';
import { matcherOf, type FleetFilter } from './fleet-filter.ts';
import * as runnerStore from './store.ts';
import {
  badgeOfRow,
  degradedOf,
  shownPack,
  shownRunner,
  shownToken,
  stateOf,
  type Known,
} from './runner-shown.ts';
import { newestOf, tokensOf } from './token-store.ts';

export interface FleetQuery extends FleetFilter {
  cursor?: string | undefined;
  limit: number;
}

export interface FleetPage {
  items: Runner[];
  next_cursor: string | null;
  /** Of all pages. */
  total: number;
}

export interface Fleet {
  /** Rows by group and name; all of the account when `ids` is null. Three statements whatever their number. */
  rows(asked: Scoped, ids: readonly string[] | null): Promise<Runner[]>;
  list(asked: Scoped, query: FleetQuery): Promise<FleetPage>;
  row(asked: Scoped, id: string): Promise<Runner>;
  /** By id or exact name. Refuses `runner_not_found`. */
  detail(asked: Scoped, reference: string): Promise<RunnerDetail>;
  /** Every token it was given, newest first. Refuses `runner_not_found`. */
  tokens(asked: Scoped, reference: string): Promise<RunnerToken[]>;
  /** The id of the runner meant by an id or exact name. Refuses `runner_not_found`. */
  idOf(asked: Scoped, reference: string): Promise<string>;
  summary(asked: Scoped): Promise<FleetSummary>;
  groups(asked: Scoped): Promise<Group[]>;
  badges(asked: Scoped): Promise<Badges>;
  /** Ids of those in reach. */
  reached(asked: Scoped): Promise<string[]>;
  unfinishedByStatus(): Promise<ReadonlyMap<string, number>>;
}

export function createFleet(database: Database, known: Known): Fleet {
  return new StoredFleet(database, known);
}

class StoredFleet implements Fleet {
  readonly #db: Database['read'];
  readonly #known: Known;

  constructor(database: Database, known: Known) {
    this.#db = database.read;
    this.#known = known;
  }

  get #presence(): Known['presence'] {
    return this.#known.presence;
  }

  async rows(asked: Scoped, ids: readonly string[] | null): Promise<Runner[]> {
    const { accountId } = asked;
    const found = await this.#found(asked, ids);
    // Runners that said the same carry the same: one of them is counted for all.
    const examples = new Map(found.map((row) => [row.catalogue_digest ?? row.id, row.id]));
    const packs = await store.packCounts(this.#db, accountId, [...examples.values()]);
    const runs = await store.unfinishedRuns(this.#db, accountId, ids);
    return found.map((row) =>
      shownRunner(
        row,
        this.#known,
        packs.get(examples.get(row.catalogue_digest ?? row.id) ?? ''),
        runs.get(row.id) ?? 0,
      ),
    );
  }

  /** Live rows in reach: groups are in the rows, so nothing more is asked of the store. */
  async #found(asked: Scoped, ids: readonly string[] | null): Promise<store.FleetRow[]> {
    const { accountId, reach } = asked;
    if (reach.runners === 'none') return [];
    const found = await store.rows(this.#db, accountId, ids);
    if (reach.runners === 'all') return found;
    return found.filter(({ id, group_name: group }) => reachesRunner(reach, { id, group }));
  }

  async reached(asked: Scoped): Promise<string[]> {
    return (await this.#found(asked, null)).map(({ id }) => id);
  }

  async row(asked: Scoped, id: string): Promise<Runner> {
    const [runner] = await this.rows(asked, [id]);
    if (!runner) throw new Refusal('runner_not_found');
    return runner;
  }

  async list(asked: Scoped, query: FleetQuery): Promise<FleetPage> {
    const carriers =
      query.pack === undefined ? null : await store.carriersOf(this.#db, asked.accountId, query.pack);
    const { presence, versions } = this.#known;
    const matches = matcherOf(
      query,
      carriers,
      (row) => badgeOfRow(row, presence),
      (row) => versionClassOf(row.version, versions),
    );
    const found = (await this.#found(asked, null)).filter(matches);
    const start = query.cursor === undefined ? 0 : startAfter(found, query.cursor);
    const page = found.slice(start, start + query.limit);
    const last = page.at(-1);
    const more = start + query.limit < found.length;
    return {
      items: await this.rows(
        asked,
        page.map((row) => row.id),
      ),
      next_cursor: more && last ? writeCursor([last.group_name, last.name, last.id]) : null,
      total: found.length,
    };
  }

  async #record(asked: Scoped, reference: string) {
    const record = await runnerStore.findByReference(this.#db, asked, reference);
    if (!record) throw new Refusal('runner_not_found');
    return record;
  }

  async idOf(asked: Scoped, reference: string): Promise<string> {
    return (await this.#record(asked, reference)).id;
  }

  async tokens(asked: Scoped, reference: string): Promise<RunnerToken[]> {
    const { id } = await this.#record(asked, reference);
    return (await tokensOf(this.#db, id)).map(shownToken);
  }

  async detail(asked: Scoped, reference: string): Promise<RunnerDetail> {
    const record = await this.#record(asked, reference);
    const token = await newestOf(this.#db, record.id);
    return {
      ...(await this.row(asked, record.id)),
      external_id: record.external_id,
      address: record.last_address,
      packs: (await store.packsOf(this.#db, record.id)).map(shownPack),
      degraded_packs: degradedOf(record.degraded_packs),
      token: token ? shownToken(token) : null,
      enrollment_key: (await store.bootstrapKeyOf(this.#db, record.id)) ?? null,
    };
  }

  async summary(asked: Scoped): Promise<FleetSummary> {
    const { presence, versions } = this.#known;
    const found = await this.#found(asked, null);
    const counted = found.map((row) => ({
      state: stateOf(row, presence),
      stale: presence.isStale(row.id),
      held: row.held_at !== null,
      signedOnly: row.signed_only === 1,
      degradedPacks: degradedOf(row.degraded_packs).length,
      versionClass: versionClassOf(row.version, versions),
    }));
    const runs = await store.unfinishedRuns(this.#db, asked.accountId, null);
    return {
      ...rollUpFleet(counted),
      unfinished_runs: found.reduce((sum, { id }) => sum + (runs.get(id) ?? 0), 0),
      badges: await this.badges(asked),
      versions: {
        minimum: versions.minimum,
        recommended: versions.recommended,
        is_enforced: versions.isEnforced,
      },
    };
  }

  async groups(asked: Scoped): Promise<Group[]> {
    const groups = new Map<string, Group>();
    for (const row of await this.#found(asked, null)) {
      const group = groups.get(row.group_name) ?? { name: row.group_name, total: 0, online: 0 };
      group.total += 1;
      if (stateOf(row, this.#presence) === 'online') group.online += 1;
      groups.set(group.name, group);
    }
    return [...groups.values()];
  }

  async badges(asked: Scoped): Promise<Badges> {
    return {
      pending_approvals: await this.#known.pendingApprovals(asked),
      packs_needing_decision: await store.countPacksNeedingDecision(this.#db, asked),
      all_offline: await this.#isAllOffline(asked),
    };
  }

  /** Of those that could be there; an empty fleet is not offline. */
  async #isAllOffline(asked: Scoped): Promise<boolean> {
    const { accountId, reach } = asked;
    if (reach.runners === 'all') {
      if (this.#presence.onlineCount(accountId) > 0) return false;
      return (await store.countExpected(this.#db, accountId)) > 0;
    }
    const expected = (await this.#found(asked, null)).filter((row) => {
      const state = stateOf(row, this.#presence);
      return state === 'online' || state === 'offline';
    });
    return expected.length > 0 && expected.every((row) => stateOf(row, this.#presence) === 'offline');
  }

  unfinishedByStatus(): Promise<ReadonlyMap<string, number>> {
    return store.unfinishedByStatus(this.#db);
  }
}

/** The first row after the cursor's position, also when its own row is gone. */
function startAfter(found: readonly store.FleetRow[], cursor: string): number {
  const [group = '', name = '', id = ''] = readCursor(cursor, 3).map(String);
  const same = found.findIndex((row) => row.id === id);
  if (same >= 0) return same + 1;
  const next = found.findIndex(
    (row) => row.group_name > group || (row.group_name === group && row.name > name),
  );
  return next < 0 ? found.length : next;
}
