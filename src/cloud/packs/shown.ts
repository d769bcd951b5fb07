// Pack versions as operators see them: the row of the list, and the detail that a decision needs.
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import type { PackVersion, PackVersionDetail } from '../../protocol/api/packs.ts';
import { diffActions } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { findCataloguedPack, type Catalogue } from '../../packs/catalogue.ts';
import { instant } from '../clock.ts';
import { descriptorOf } from './contract.ts';
import {
  countAdvertisedActions,
  countAdvertisers,
  selectAdvertisers,
  selectContracts,
  selectContractsOfHash,
  type PackVersionRow,
  type Sql,
} from './store.ts';

const MAX_SHOWN_RUNNERS = 100;

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
    state: row.state,
    drifted: row.state === 'pending' && row.trusted_hash !== null,
    trusted_hash: row.trusted_hash,
    pending_hash: row.pending_hash,
    matches_catalogue: row.pending_hash !== null && published?.hash === row.pending_hash,
    first_seen_at: instant(row.first_seen_at),
    last_seen_at: instant(row.last_seen_at),
    decided_at: instant(row.decided_at),
    decided_by: row.decided_by,
  };
}

function digestsOf(row: PackVersionRow): string[] {
  return row.trusted_contracts === null ? [] : (JSON.parse(row.trusted_contracts) as string[]);
}

/** Everything that a decision about this version needs. */
export async function showPackVersion(
  sql: Sql,
  catalogue: Catalogue,
  asked: Scoped,
  row: PackVersionRow,
): Promise<PackVersionDetail> {
  const [shown] = await showPackVersions(sql, catalogue, asked, [row]);
  if (!shown) throw new Error('a pack version that was just read has no row');
  const of = { accountId: row.account_id, packId: row.pack_id, version: row.version };
  const trustedActions = row.trusted_hash === null ? [] : await readDescriptors(sql, digestsOf(row));
  const pendingActions =
    row.pending_hash === null ? [] : await readPending(sql, catalogue, { ...of, hash: row.pending_hash });
  const waits = pendingActions.length > 0;
  const changes = waits ? diffActions(trustedActions, pendingActions) : [];
  const touched = new Set(changes.map((change) => change.id));
  return {
    ...shown,
    trusted_actions: trustedActions,
    pending_actions: pendingActions,
    changes,
    unchanged_count: (waits ? pendingActions : trustedActions).filter((action) => !touched.has(action.id))
      .length,
    runners: await selectAdvertisers(sql, {
      ...of,
      reach: asked.reach,
      firstHash: row.pending_hash,
      limit: MAX_SHOWN_RUNNERS,
    }),
  };
}

async function readPending(
  sql: Sql,
  catalogue: Catalogue,
  of: { accountId: string; packId: string; version: string; hash: string },
): Promise<ActionDescriptor[]> {
  const advertised = await selectContractsOfHash(sql, of);
  if (advertised.length > 0) {
    // Where runners disagree the first contract is shown; trusting is refused and names them.
    const byAction = new Map(advertised.map((contract) => [contract.action_id, contract.contract_digest]));
    return readDescriptors(sql, [...byAction.values()]);
  }
  const published = findCataloguedPack(catalogue, of.packId, of.version);
  return published?.hash === of.hash ? (published.actions as unknown as ActionDescriptor[]) : [];
}

async function readDescriptors(sql: Sql, digests: readonly string[]): Promise<ActionDescriptor[]> {
  const texts = await selectContracts(sql, digests);
  return [...texts.values()].map(descriptorOf).sort((a, b) => (a.id < b.id ? -1 : 1));
}
