// Which runners a list's filters keep. Done over rows already read, as the badge is known to presence alone.
import { badgeWords, type BadgeWord, type VersionClass } from '../../protocol/runner.ts';
import { Refusal } from '../../protocol/errors.ts';
import { bounded } from '../../protocol/neutralise.ts';
import type { FleetRow } from './fleet-store.ts';

export interface FleetFilter {
  /** Part of name, host name, group or a label, whatever its case. */
  q?: string | undefined;
  group?: string | undefined;
  /** Badge words, separated by commas. */
  state?: string | undefined;
  /** `key`, or `key=value`. */
  label?: string | undefined;
  pack?: string | undefined;
  version?: VersionClass | undefined;
  degraded?: boolean | undefined;
  signed_only?: boolean | undefined;
}

/** Refuses `invalid_request` for a state that is none. `carriers`: runners with the wanted pack, null for any. */
export function matcherOf(
  filter: FleetFilter,
  carriers: ReadonlySet<string> | null,
  badge: (row: FleetRow) => BadgeWord,
  versionClass: (row: FleetRow) => VersionClass,
): (row: FleetRow) => boolean {
  const words =
    filter.state === undefined ? null : new Set(filter.state.split(',').map((word) => word.trim()));
  for (const word of words ?? []) {
    if (!badgeWords.some((known) => known === word)) {
      throw new Refusal(
        'invalid_request',
        `Cannot read state in the query: ${bounded(word, 40)} is none of ${badgeWords.join(', ')}`,
        { field: 'state' },
      );
    }
  }
  // A stale or held runner is an online one too; one that is held stays so while it is away.
  const hasState = (row: FleetRow) => {
    if (words === null) return true;
    const word = badge(row);
    const isOnline = word === 'stale' || word === 'held';
    return (
      words.has(word) || (isOnline && words.has('online')) || (row.held_at !== null && words.has('held'))
    );
  };
  const needle = filter.q?.trim().toLowerCase() ?? '';
  const contains = (row: FleetRow) =>
    [row.name, row.hostname, row.group_name, row.labels].some((text) => text.toLowerCase().includes(needle));
  return (row) =>
    (filter.group === undefined || row.group_name === filter.group) &&
    (carriers === null || carriers.has(row.id)) &&
    (needle === '' || contains(row)) &&
    (filter.version === undefined || versionClass(row) === filter.version) &&
    (filter.degraded === undefined || (row.degraded_packs !== '[]') === filter.degraded) &&
    (filter.signed_only === undefined || (row.signed_only === 1) === filter.signed_only) &&
    hasLabel(row, filter.label) &&
    hasState(row);
}

/** `key` or `key=value`; anything has none in particular. */
export function hasLabel(row: Pick<FleetRow, 'labels'>, wanted: string | undefined): boolean {
  if (wanted === undefined) return true;
  const [key = '', ...rest] = wanted.split('=');
  const labels = JSON.parse(row.labels) as Record<string, string>;
  if (!Object.hasOwn(labels, key)) return false;
  return rest.length === 0 || labels[key] === rest.join('=');
}
