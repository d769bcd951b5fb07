// Groups as the fleet's rows declare them, with what a row of the grouped list needs.
import type { Runner } from '../../protocol/api/runners.ts';
import { badgeOf, type BadgeWord } from '../../protocol/runner.ts';
import { byText } from './list-selector.ts';
import { worstRank } from './runners.ts';
import type { ConsoleState } from './state.ts';

export interface GroupRow extends Readonly<Record<BadgeWord, number>> {
  readonly name: string;
  readonly total: number;
  readonly unfinished_runs: number;
  readonly packs_pending: number;
  readonly degraded: number;
  /** The smallest worstRank of its runners. */
  readonly worst: number;
}

type Counting = { -readonly [Key in keyof GroupRow]: GroupRow[Key] };

const remembered = new WeakMap<ReadonlyMap<string, Runner>, readonly GroupRow[]>();

/** Every group, by name. The same object while no row changed. */
export function selectGroups({ runners }: Pick<ConsoleState, 'runners'>): readonly GroupRow[] {
  const known = remembered.get(runners);
  if (known !== undefined) return known;
  const groups = new Map<string, Counting>();
  for (const runner of runners.values()) {
    const group = groups.get(runner.group) ?? emptyGroup(runner.group);
    groups.set(runner.group, group);
    count(group, runner);
  }
  const rows = [...groups.values()].sort((a, b) => byText(a.name, b.name));
  remembered.set(runners, rows);
  return rows;
}

function emptyGroup(name: string): Counting {
  return {
    name,
    total: 0,
    online: 0,
    held: 0,
    stale: 0,
    offline: 0,
    pending: 0,
    disabled: 0,
    revoked: 0,
    unfinished_runs: 0,
    packs_pending: 0,
    degraded: 0,
    worst: Number.POSITIVE_INFINITY,
  };
}

function count(group: Counting, runner: Runner): void {
  group.total += 1;
  group[badgeOf(runner)] += 1;
  group.unfinished_runs += runner.unfinished_runs;
  group.packs_pending += runner.packs_pending;
  if (runner.degraded_count > 0) group.degraded += 1;
  group.worst = Math.min(group.worst, worstRank(runner));
}
