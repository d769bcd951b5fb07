// Pack versions as rows of a list. What a decision about one needs is shown-detail.ts.
import type { PackVersion } from '../../protocol/api/packs.ts';
import { shownState } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { findCataloguedPack, type Catalogue } from '../../packs/catalogue.ts';
import { instant } from '../clock.ts';
import { countAdvertisedActions, countAdvertisers } from './advertiser-store.ts';
import { newerVersionOf, retirementOf } from './retired.ts';
import type { PackVersionRow, Sql } from './store.ts';

/** Rows as the API shows them; three statements at most, however many there are. */
export async function showPackVersions(
  sql: Sql,
  catalogue: Catalogue,
  asked: Scoped,
  rows: readonly PackVersionRow[],
): Promise<PackVersion[]> {
  const first = rows[0];
  if (!first) return [];
  const packIds = [...new Set(rows.map((row) => row.pack_id))];
  const untrusted = [
    ...new Set(rows.filter((row) => row.trusted_contracts === null).map((row) => row.pack_id)),
  ];
  const advertisers = await countAdvertisers(sql, asked, packIds);
  const actions = await countAdvertisedActions(sql, first.account_id, untrusted);
  return rows.map((row) => {
    const carrying = advertisers.filter(
      (count) => count.pack_id === row.pack_id && count.version === row.version,
    );
    const pendingActions = actions.find(
      (count) =>
        count.pack_id === row.pack_id && count.version === row.version && count.hash === row.pending_hash,
    );
    return {
      ...shownRow(row, catalogue),
      actions_count:
        row.trusted_contracts === null ? Number(pendingActions?.actions ?? 0) : digestsOf(row).length,
      runners_count: carrying.reduce((sum, count) => sum + Number(count.runners), 0),
      pending_runners_count: Number(carrying.find((count) => count.hash === row.pending_hash)?.runners ?? 0),
    };
  });
}

function shownRow(row: PackVersionRow, catalogue: Catalogue) {
  const published = findCataloguedPack(catalogue, row.pack_id, row.version);
  return {
    id: row.id,
    pack_id: row.pack_id,
    version: row.version,
    state: shownState(row.state, retirementOf(row)),
    drifted: row.state === 'pending' && row.trusted_hash !== null,
    trusted_hash: row.trusted_hash,
    pending_hash: row.pending_hash,
    matches_catalogue: row.pending_hash !== null && published?.hash === row.pending_hash,
    first_seen_at: instant(row.first_seen_at),
    last_seen_at: instant(row.last_seen_at),
    decided_at: instant(row.decided_at),
    decided_by: row.decided_by,
    retired_at: instant(row.retired_at),
    retirement_overridden_at: instant(row.retirement_overridden_at),
    retirement_overridden_by: row.retirement_overridden_by,
    newer_version: newerVersionOf(catalogue, row.pack_id, row.version),
  };
}

/** Names of the contracts that were frozen at the moment of trust. */
export function digestsOf(row: PackVersionRow): string[] {
  return row.trusted_contracts === null ? [] : (JSON.parse(row.trusted_contracts) as string[]);
}
