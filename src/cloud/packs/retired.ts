// What the catalogue says about a version that is not its newest: replaced by a security release, or merely older.
import type { Retirement } from '../../protocol/pack-trust.ts';
import { newestVersionFirst } from '../../protocol/pack-version-order.ts';
import type { Catalogue } from '../../packs/catalogue.ts';
import { isRetiredVersion } from '../../packs/retired-version.ts';
import type { PackVersionRow } from './store.ts';

export function retirementOf(
  row: Pick<PackVersionRow, 'retired_at' | 'retirement_overridden_at'>,
): Retirement {
  return { retiredAt: row.retired_at, overriddenAt: row.retirement_overridden_at };
}

/** True when the catalogue says that a security release replaced it. */
export function isRetiredBy(catalogue: Catalogue, packId: string, version: string): boolean {
  return catalogue.packs.some(
    ({ id, retired_below: below }) =>
      id === packId && below !== undefined && isRetiredVersion(version, below),
  );
}

/** The newest published version, when it is newer than this one. */
export function newerVersionOf(catalogue: Catalogue, packId: string, version: string): string | null {
  const published = catalogue.packs.filter(({ id }) => id === packId).map((pack) => pack.version);
  const [newest] = [...published, version].toSorted(newestVersionFirst);
  return newest === undefined || newest === version ? null : newest;
}
