// The rows of the fleet: which match, in what order. What is worst is decided here.
import type { Runner } from '../../protocol/api/runners.ts';
import { badgeOf, type BadgeWord } from '../../protocol/runner.ts';
import type { FilterFields } from './filter.ts';
import {
  byInstant,
  byText,
  createListSelector,
  type ListOptions,
  type ListView,
  type Order,
} from './list-selector.ts';
import { lastBeatAt, type ConsoleState } from './state.ts';

export const runnerColumns = [
  'worst',
  'name',
  'group',
  'state',
  'heartbeat',
  'runs',
  'version',
  'packs',
  'since',
] as const;
export type RunnerColumn = (typeof runnerColumns)[number];

const badgeRank: Record<BadgeWord, number> = {
  offline: 0,
  stale: 1,
  revoked: 4,
  held: 3.5,
  pending: 5,
  online: 6,
  disabled: 7,
};

/**
 * Smaller is worse: offline, stale, a conflict of two hosts, degraded, a pack that waits, held, then
 * revoked, pending, online, disabled.
 */
export function worstRank(runner: Runner): number {
  const badge = badgeOf(runner);
  if (badge !== 'online') return badgeRank[badge];
  if (runner.conflict !== null) return 1.5;
  if (runner.degraded_count > 0) return 2;
  return runner.packs_pending > 0 ? 3 : badgeRank.online;
}

/** The rank of a runner that shows this word and no other trouble. */
export function worstRankOf(word: BadgeWord): number {
  return badgeRank[word];
}

/** When it came into its present state, as far as the row tells; null when it never connected. */
export function sinceOf(runner: Runner): string | null {
  return runner.state === 'online' ? runner.last_connected_at : runner.last_disconnected_at;
}

const byName: Order<Runner> = (a, b) => byText(a.name, b.name);
/** Longest in its state first. */
const bySince: Order<Runner> = (a, b) => byText(sinceOf(a) ?? '~', sinceOf(b) ?? '~');

const orders: Record<RunnerColumn, Order<Runner>> = {
  worst: (a, b) => worstRank(a) - worstRank(b) || (worstRank(a) < 2 ? bySince(a, b) : 0) || byName(a, b),
  name: byName,
  group: (a, b) => byText(a.group, b.group) || byName(a, b),
  state: (a, b) => badgeRank[badgeOf(a)] - badgeRank[badgeOf(b)] || byName(a, b),
  heartbeat: (a, b) => byInstant(a.last_heartbeat_at, b.last_heartbeat_at) || byName(a, b),
  runs: (a, b) => b.unfinished_runs - a.unfinished_runs || byName(a, b),
  version: (a, b) => byText(a.version, b.version) || byName(a, b),
  packs: (a, b) => b.packs_pending - a.packs_pending || b.packs_count - a.packs_count || byName(a, b),
  since: (a, b) => bySince(a, b) || byName(a, b),
};

/** `status:` takes the badge words and the overlays held, degraded, conflict, waiting. */
export function statusWords(runner: Runner): string[] {
  const words: string[] = [badgeOf(runner)];
  if (runner.held && words[0] !== 'held') words.push('held');
  if (runner.degraded_count > 0) words.push('degraded');
  if (runner.conflict !== null) words.push('conflict');
  if (runner.packs_pending > 0) words.push('waiting');
  return words;
}

export const runnerFields: FilterFields<Runner> = {
  text: (runner) =>
    `${runner.name} ${runner.hostname} ${runner.group} ${runner.version} ${labelTexts(runner).join(' ')}`,
  terms: {
    group: { values: (runner) => [runner.group], exact: true },
    status: { values: statusWords, exact: true },
    label: { values: (runner) => [...labelTexts(runner), ...Object.keys(runner.labels)], exact: true },
    pack: { values: (runner) => (runner.packs_pending > 0 ? ['pending', 'waiting'] : []), exact: true },
    version: { values: (runner) => [runner.version, runner.version_class] },
    host: { values: (runner) => [runner.hostname] },
    name: { values: (runner) => [runner.name] },
    id: { values: (runner) => [runner.id], exact: true },
  },
};

function labelTexts(runner: Runner): string[] {
  return Object.entries(runner.labels).map(([key, value]) => `${key}=${value}`);
}

/** One per mounted list; see createListSelector. */
export function createRunnerSelector() {
  const select = createListSelector<Runner, RunnerColumn>({
    id: (runner) => runner.id,
    fields: runnerFields,
    orders,
    standard: 'worst',
  });
  return (state: Pick<ConsoleState, 'runners'>, options: ListOptions<RunnerColumn> = {}): ListView<Runner> =>
    select(state.runners, options);
}

/** Latest beat first, from the beats that came since the snapshot; for a list sorted on demand. */
export function byLatestBeat(state: ConsoleState): Order<Runner> {
  return (a, b) => (lastBeatAt(state, b) ?? 0) - (lastBeatAt(state, a) ?? 0) || byName(a, b);
}
