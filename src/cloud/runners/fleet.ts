// The fleet as an operator looks at it: what the store knows joined with who is present.
import type { FleetSummary, Group, Badges } from '../../protocol/api/session.ts';
import type { Runner, RunnerDetail, RunnerPack } from '../../protocol/api/runners.ts';
import { Refusal } from '../../protocol/errors.ts';
import { shownState } from '../../protocol/pack-trust.ts';
import { reachesRunner, type Scoped } from '../../protocol/scope.ts';
import { badgeOf, disconnectSentence, runnerStateOf, type RunnerState } from '../../protocol/runner.ts';
import { instant } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import * as store from './fleet-store.ts';
import { matcherOf, type FleetFilter } from './fleet-filter.ts';
import type { Presence } from './presence.ts';
import * as runnerStore from './store.ts';
import { newestOf } from './token-store.ts';
import { versionClassOf } from './version-class.ts';

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
  summary(asked: Scoped): Promise<FleetSummary>;
  groups(asked: Scoped): Promise<Group[]>;
  badges(asked: Scoped): Promise<Badges>;
  /** Ids of those in reach. */
  reached(asked: Scoped): Promise<string[]>;
  unfinishedByStatus(): Promise<ReadonlyMap<string, number>>;
}

/** `pendingApprovals` counts what waits for people: a badge, and approvals' business. */
export function createFleet(
  database: Database,
  presence: Presence,
  pendingApprovals: (asked: Scoped) => Promise<number>,
): Fleet {
  return new StoredFleet(database, presence, pendingApprovals);
}

class StoredFleet implements Fleet {
  readonly #db: Database['read'];
  readonly #presence: Presence;
  readonly #pendingApprovals: (asked: Scoped) => Promise<number>;

  constructor(database: Database, presence: Presence, pendingApprovals: (asked: Scoped) => Promise<number>) {
    this.#db = database.read;
    this.#presence = presence;
    this.#pendingApprovals = pendingApprovals;
  }

  async rows(asked: Scoped, ids: readonly string[] | null): Promise<Runner[]> {
    const { accountId } = asked;
    const found = await this.#found(asked, ids);
    const packs = await store.packCounts(this.#db, accountId, ids);
    const runs = await store.unfinishedRuns(this.#db, accountId, ids);
    return found.map((row) => shown(row, this.#presence, packs.get(row.id), runs.get(row.id) ?? 0));
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
    const matches = matcherOf(query, carriers, (row) => badgeOfRow(row, this.#presence));
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

  async detail(asked: Scoped, reference: string): Promise<RunnerDetail> {
    const record = await runnerStore.findByReference(this.#db, asked, reference);
    if (!record) throw new Refusal('runner_not_found');
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
    const counts = { online: 0, offline: 0, pending: 0, disabled: 0, revoked: 0 };
    let stale = 0;
    let degraded = 0;
    const found = await this.#found(asked, null);
    for (const row of found) {
      const state = stateOf(row, this.#presence);
      counts[state] += 1;
      if (state === 'online' && this.#presence.isStale(row.id)) stale += 1;
      if (row.degraded_packs !== '[]' && state !== 'disabled') degraded += 1;
    }
    const runs = await store.unfinishedRuns(this.#db, asked.accountId, null);
    const unfinished = found.reduce((sum, { id }) => sum + (runs.get(id) ?? 0), 0);
    const badges = await this.badges(asked);
    return { total: found.length, ...counts, stale, degraded, unfinished_runs: unfinished, badges };
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
      pending_approvals: await this.#pendingApprovals(asked),
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

function shownToken(
  token: NonNullable<Awaited<ReturnType<typeof newestOf>>>,
): NonNullable<RunnerDetail['token']> {
  return {
    issued_at: instant(token.issued_at),
    expires_at: instant(token.expires_at),
    last_used_at: instant(token.last_used_at),
    prefix: token.prefix,
  };
}

function stateOf(row: store.FleetRow, presence: Presence): RunnerState {
  return runnerStateOf({
    disabled: row.disabled_at !== null,
    revoked: row.revoked_at !== null,
    connected: presence.isOnline(row.id),
    everConnected: row.last_connected_at !== null,
  });
}

function badgeOfRow(row: store.FleetRow, presence: Presence) {
  const state = stateOf(row, presence);
  return badgeOf({ state, stale: presence.isStale(row.id), held: row.held_at !== null });
}

function shown(
  row: store.FleetRow,
  presence: Presence,
  packs: { packs: number; pending: number } | undefined,
  unfinished: number,
): Runner {
  const state = stateOf(row, presence);
  const present = state === 'online' ? presence.find(row.id) : null;
  const conflict = presence.conflictOf(row.id);
  return {
    id: row.id,
    name: row.name,
    group: row.group_name,
    hostname: row.hostname,
    labels: row.labels === '{}' ? {} : (JSON.parse(row.labels) as Record<string, string>),
    version: row.version,
    version_class: versionClassOf(row.version),
    state,
    stale: present !== null && presence.isStale(row.id),
    registered_at: instant(row.registered_at),
    last_heartbeat_at: instant(present ? present.heardAt : row.last_heartbeat_at),
    last_connected_at: instant(row.last_connected_at),
    last_disconnected_at: instant(row.last_disconnected_at),
    disconnect_note: present ? null : disconnectNote(row.last_disconnect_reason),
    action_load: present?.load ?? 0,
    unfinished_runs: unfinished,
    packs_count: packs?.packs ?? 0,
    packs_pending: packs?.pending ?? 0,
    degraded_count: degradedOf(row.degraded_packs).length,
    signed_only: row.signed_only === 1,
    held: row.held_at !== null,
    conflict: conflict ? { addresses: conflict.addresses, at: instant(conflict.at) } : null,
    reenrolled_at: instant(row.reenrolled_at),
  };
}

/** What an operator did says the state itself; only what the host or the line did is worth a note. */
function disconnectNote(reason: string | null): string | null {
  return reason === 'runner_disabled' || reason === 'runner_revoked' ? null : disconnectSentence(reason);
}

function degradedOf(text: string): { pack: string; reason: string }[] {
  return text === '[]' ? [] : (JSON.parse(text) as { pack: string; reason: string }[]);
}

function shownPack(row: Awaited<ReturnType<typeof store.packsOf>>[number]): RunnerPack {
  return {
    pack_id: row.pack_id,
    version: row.version,
    hash: row.hash,
    pack_version_id: row.pack_version_id,
    trust: trustIn(row),
    actions_count: Number(row.actions_count ?? 0),
  };
}

function trustIn(row: Awaited<ReturnType<typeof store.packsOf>>[number]): RunnerPack['trust'] {
  if (row.state === null) return 'unknown';
  if (row.hash !== row.trusted_hash) return row.state === 'pending' ? 'pending' : 'rejected';
  const { retired_at: retiredAt, retirement_overridden_at: overriddenAt } = row;
  return shownState('trusted', { retiredAt, overriddenAt });
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
