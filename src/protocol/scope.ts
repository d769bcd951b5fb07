// Who reaches which runners and packs (operator model A3). A reach has two sides, and both must hold. Pure: the
// membership says what was granted, a token may narrow it, and what counts is the intersection of the two.

export type RunnerReach =
  | 'none'
  | 'all'
  /** A runner is reached by its own id or by the group that it declares. */
  | { readonly groups: ReadonlySet<string>; readonly runners: ReadonlySet<string> }
  /** Both must reach it: a group of one side and an id of the other still meet in a runner. */
  | { readonly every: readonly RunnerReach[] };

export type PackReach = 'all' | ReadonlySet<string>;

export interface Reach {
  readonly runners: RunnerReach;
  readonly packs: PackReach;
}

export const fullReach: Reach = { runners: 'all', packs: 'all' };

export function reachesAll({ runners, packs }: Reach): boolean {
  return runners === 'all' && packs === 'all';
}

export function reachesRunner(reach: Reach, runner: { id: string; group: string }): boolean {
  return reachesIn(reach.runners, runner);
}

function reachesIn(reach: RunnerReach, runner: { id: string; group: string }): boolean {
  if (reach === 'all') return true;
  if (reach === 'none') return false;
  if ('every' in reach) return reach.every.every((one) => reachesIn(one, runner));
  return reach.runners.has(runner.id) || reach.groups.has(runner.group);
}

/** Groups that are reached whoever is in them, now or later; null for all. */
export function groupsReached(reach: RunnerReach): ReadonlySet<string> | null {
  if (reach === 'all') return null;
  if (reach === 'none') return new Set();
  if (!('every' in reach)) return reach.groups;
  return reach.every.map(groupsReached).reduce((one, other) => {
    if (one === null || other === null) return one ?? other;
    return new Set([...one].filter((group) => other.has(group)));
  }, null);
}

export function reachesPack(reach: Reach, packId: string): boolean {
  return reach.packs === 'all' || reach.packs.has(packId);
}

/** What both reach. */
export function intersectReach(one: Reach, other: Reach): Reach {
  return {
    runners: intersectRunners(one.runners, other.runners),
    packs: intersectPacks(one.packs, other.packs),
  };
}

function intersectRunners(one: RunnerReach, other: RunnerReach): RunnerReach {
  if (one === 'all') return other;
  if (other === 'all') return one;
  return one === 'none' || other === 'none' ? 'none' : { every: [one, other] };
}

function intersectPacks(one: PackReach, other: PackReach): PackReach {
  if (one === 'all') return other;
  if (other === 'all') return one;
  return new Set([...one].filter((id) => other.has(id)));
}

/** Whose things are meant: an account, as far as somebody reaches into it. */
export interface Scoped {
  readonly accountId: string;
  readonly reach: Reach;
}
