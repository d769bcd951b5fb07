// What a new catalogue means for versions that are known already: a security release retires them, and bytes that
// wait may turn out to be published. Looked at once, when the control plane starts with that catalogue.
import { findCataloguedPack } from '../../packs/catalogue.ts';
import { systemActor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { insertContracts } from './advertisement-store.ts';
import { tellVersion } from './decision.ts';
import { selectForgotten } from './deletion-store.ts';
import { cataloguedContracts, recordOf, targetOf, type IngestParts } from './ingest.ts';
import { isRetiredBy } from './retired.ts';
import { markRetired, selectCatalogued, trustPublished, type PackVersionRow } from './store.ts';
import { selectPackSettings } from './settings-store.ts';

export async function reconcileWithCatalogue(parts: IngestParts, tx: Tx): Promise<void> {
  const packIds = [...new Set(parts.catalogue.packs.map(({ id }) => id))];
  for (const row of await selectCatalogued(tx.sql, packIds)) {
    await reconcileRetirement(parts, tx, row);
    await reconcileTrust(parts, tx, row);
  }
}

async function reconcileRetirement(parts: IngestParts, tx: Tx, row: PackVersionRow): Promise<void> {
  const isRetired = isRetiredBy(parts.catalogue, row.pack_id, row.version);
  if (isRetired === (row.retired_at !== null)) return;
  await markRetired(tx.sql, row.id, isRetired ? parts.clock.now() : null);
  await parts.audit.record(tx, {
    accountId: row.account_id,
    actor: systemActor,
    event: isRetired ? 'pack_version_retired' : 'pack_version_unretired',
    target: targetOf(row.id, row),
    payload: { trusted_hash: row.trusted_hash },
  });
  await tellVersion(parts, tx, row);
}

// Only where every published version is to be trusted, and only what no person ever decided on or took away.
async function reconcileTrust(parts: IngestParts, tx: Tx, row: PackVersionRow): Promise<void> {
  const { account_id: accountId, pack_id: packId, version } = row;
  const published = findCataloguedPack(parts.catalogue, packId, version);
  const { state, trustedHash, pendingHash } = recordOf(row);
  if (state !== 'pending' || trustedHash !== null || row.decided_at !== null) return;
  if (!published || published.hash !== pendingHash) return;
  if ((await selectPackSettings(tx.sql, accountId)).autoTrust !== 'catalogue') return;
  if ((await selectForgotten(tx.sql, accountId, [packId])).size > 0) return;
  const contracts = cataloguedContracts(published.actions);
  await insertContracts(tx.sql, contracts);
  const digests = contracts.map(({ digest }) => digest);
  await trustPublished(tx.sql, row.id, { hash: published.hash, digests });
  await parts.audit.record(tx, {
    accountId,
    actor: systemActor,
    event: 'pack_trust_baseline_reconciled',
    target: targetOf(row.id, row),
    payload: { hash: published.hash, trusted_hash: published.hash },
  });
  await tellVersion(parts, tx, row);
}
