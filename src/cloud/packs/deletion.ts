// Deleting pack versions, trust included. What hosts still carry comes back at once as a new decision.
import { Refusal } from '../../protocol/errors.ts';
import { createId } from '../../protocol/ids.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { selectAdvertisedHashes } from './advertiser-store.ts';
import { tellVersion } from './decision.ts';
import { deleteVersion, rememberForgotten } from './deletion-store.ts';
import { targetOf, type IngestParts } from './ingest.ts';
import { isRetiredBy } from './retired.ts';
import { insertPackVersion, selectPackVersion, selectPackVersions, type PackVersionRow } from './store.ts';

export interface Delete extends Scoped {
  /** Of a version: id, or `pack@version`; of a pack: its id. */
  reference: string;
  actor: Actor;
}

/** Refuses `not_found`. */
export async function deletePackVersion(
  parts: IngestParts,
  tx: Tx,
  asked: Delete,
): Promise<{ id: string; pack_id: string; version: string }> {
  const row = await selectPackVersion(tx.sql, asked, asked.reference);
  if (!row || !(await deleteVersion(tx.sql, row.id)))
    throw new Refusal('not_found', 'Cannot find this pack version');
  await parts.audit.record(tx, {
    accountId: asked.accountId,
    actor: asked.actor,
    event: 'pack_version_deleted',
    target: targetOf(row.id, row),
    payload: { state: row.state, trusted_hash: row.trusted_hash, pending_hash: row.pending_hash },
  });
  await forgetVersion(parts, tx, row);
  return { id: row.id, pack_id: row.pack_id, version: row.version };
}

/** Every version in reach. Refuses `not_found`. */
export async function deletePack(
  parts: IngestParts,
  tx: Tx,
  asked: Delete,
): Promise<{ id: string; versions: string[] }> {
  const { accountId, actor, reference: packId } = asked;
  const gone: PackVersionRow[] = [];
  for (const row of await selectPackVersions(tx.sql, asked, { packId }))
    if (await deleteVersion(tx.sql, row.id)) gone.push(row);
  if (gone.length === 0) throw new Refusal('not_found', 'Cannot find this pack');
  const versions = gone.map(({ version }) => version);
  await parts.audit.record(tx, {
    accountId,
    actor,
    event: 'pack_deleted',
    target: { kind: 'pack', id: packId, label: packId, packId },
    payload: { versions, trusted_hashes: gone.map((row) => row.trusted_hash) },
  });
  for (const row of gone) await forgetVersion(parts, tx, row);
  return { id: packId, versions };
}

async function forgetVersion(parts: IngestParts, tx: Tx, row: PackVersionRow): Promise<void> {
  await rememberForgotten(tx.sql, row.account_id, row.pack_id);
  await askAnew(parts, tx, row);
  await tellVersion(parts, tx, row);
}

// Never trusted by itself, whatever the catalogue says: somebody has just taken it away.
async function askAnew(parts: IngestParts, tx: Tx, row: PackVersionRow): Promise<void> {
  const { account_id: accountId, pack_id: packId, version } = row;
  const [hash] = await selectAdvertisedHashes(tx.sql, { accountId, packId, version });
  if (hash === undefined) return;
  const id = createId('pack_version', parts.random);
  await insertPackVersion(tx.sql, {
    ...{ id, accountId, packId, version },
    record: { state: 'pending', trustedHash: null, pendingHash: hash, refusedHashes: [] },
    trustedContracts: null,
    isRetired: isRetiredBy(parts.catalogue, packId, version),
    now: parts.clock.now(),
  });
  await parts.audit.record(tx, {
    accountId,
    actor: systemActor,
    event: 'pack_trust_review_required',
    target: targetOf(id, row),
    payload: { hash, trusted_hash: null },
  });
  parts.outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId: id });
}
