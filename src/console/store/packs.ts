// Pack versions: what waits for a decision first.
import type { PackVersion } from '../../protocol/api/packs.ts';
import { needsDecision as stateNeedsDecision } from '../../protocol/pack-trust.ts';
import { newestVersionFirst } from '../../protocol/pack-version-order.ts';
import type { FilterFields } from './filter.ts';
import {
  byInstant,
  byText,
  createListSelector,
  type ListOptions,
  type ListView,
  type Order,
} from './list-selector.ts';
import type { ConsoleState } from './state.ts';

export const packColumns = ['waiting', 'pack', 'state', 'runners', 'seen'] as const;
export type PackColumn = (typeof packColumns)[number];

/** True when a hash of this version waits for somebody to trust or reject it. */
export function isWaiting(version: PackVersion): boolean {
  return version.state === 'pending';
}

/** The same, or it is retired and somebody may let it run all the same. */
export function needsDecision(version: PackVersion): boolean {
  return stateNeedsDecision(version.state);
}

const byPack: Order<PackVersion> = (a, b) =>
  byText(a.pack_id, b.pack_id) || newestVersionFirst(a.version, b.version);

const orders: Record<PackColumn, Order<PackVersion>> = {
  waiting: (a, b) =>
    Number(needsDecision(b)) - Number(needsDecision(a)) ||
    Number(isWaiting(b)) - Number(isWaiting(a)) ||
    Number(b.drifted) - Number(a.drifted) ||
    byPack(a, b),
  pack: byPack,
  state: (a, b) => byText(a.state, b.state) || byPack(a, b),
  runners: (a, b) => b.runners_count - a.runners_count || byPack(a, b),
  seen: (a, b) => byInstant(a.last_seen_at, b.last_seen_at) || byPack(a, b),
};

export const packFields: FilterFields<PackVersion> = {
  text: (version) =>
    `${version.pack_id} ${version.version} ${version.state} ${version.trusted_hash ?? ''} ${version.pending_hash ?? ''}`,
  terms: {
    status: { values: (version) => [version.state, ...(version.drifted ? ['drifted'] : [])], exact: true },
    pack: { values: (version) => [version.pack_id] },
    version: { values: (version) => [version.version] },
    by: { values: (version) => (version.decided_by === null ? [] : [version.decided_by]) },
  },
};

/** One per mounted list; see createListSelector. */
export function createPackSelector() {
  const select = createListSelector<PackVersion, PackColumn>({
    id: (version) => version.id,
    fields: packFields,
    orders,
    standard: 'waiting',
  });
  return (
    state: Pick<ConsoleState, 'packVersions'>,
    options: ListOptions<PackColumn> = {},
  ): ListView<PackVersion> => select(state.packVersions, options);
}

/** Versions that wait, by the rows when they are here, otherwise by the server's count. */
export function packsNeedingDecision(state: ConsoleState): number {
  if (state.topics.get('packs')?.phase !== 'ready') return state.badges?.packs_needing_decision ?? 0;
  let waiting = 0;
  for (const version of state.packVersions.values()) if (needsDecision(version)) waiting += 1;
  return waiting;
}
