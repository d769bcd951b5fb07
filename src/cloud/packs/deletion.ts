// Deleting a pack version, trust included. What hosts still carry comes back at once as a new decision.
import { Refusal } from '../../protocol/errors.ts';
import { createId } from '../../protocol/ids.ts';
import { fullReach, type Scoped } from '../../protocol/scope.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { deleteVersion, rememberForgotten } from './deletion-store.ts';
import type { IngestParts } from './ingest.ts';
import {
  countAdvertisers,
  insertPackVersion,
  selectAdvertiserIds,
  selectPackVersion,
  type PackVersionRow,
} from './store.ts';

export interface DeleteVersion extends Scoped {
  /** Id, or `pack@version`. */
  reference: string;
  actor: Actor;
}

/** Refuses `not_found`. */
export async function deletePackVersion(
  parts: IngestParts,
  tx: Tx,
  asked: DeleteVersion,
): Promise<{ id: string; pack_id: string; version: string }> {
  const { accountId, reference, actor } = asked;
  const row = await selectPackVersion(tx.sql, asked, reference);
  if (!row || !(await deleteVersion(tx.sql, row.id)))
    throw new Refusal('not_found', 'Cannot find this pack version');
  await rememberForgotten(tx.sql, accountId, row.pack_id);
  await parts.audit.record(tx, {
    accountId,
    actor,
    event: 'pack_version_deleted',
    target: targetOf(row.id, row),
    payload: { state: row.state, trusted_hash: row.trusted_hash, pending_hash: row.pending_hash },
  });
  parts.outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId: row.id });
  await askAnew(parts, tx, row);
  for (const runnerId of await selectAdvertiserIds(tx.sql, accountId, row.pack_id, row.version))
    parts.outbox.add(tx, { topic: 'fleet', type: 'runner.state_changed', accountId, runnerId });
  return { id: row.id, pack_id: row.pack_id, version: row.version };
}

// Never trusted by itself, whatever the catalogue says: somebody has just taken it away.
async function askAnew(parts: IngestParts, tx: Tx, row: PackVersionRow): Promise<void> {
  const { account_id: accountId, pack_id: packId, version } = row;
  const [most] = (await countAdvertisers(tx.sql, { accountId, reach: fullReach }, [packId]))
    .filter((count) => count.version === version)
    .sort((a, b) => Number(b.runners) - Number(a.runners) || (a.hash < b.hash ? -1 : 1));
  if (!most) return;
  const id = createId('pack_version', parts.random);
  const record = { state: 'pending' as const, trustedHash: null, pendingHash: most.hash };
  const now = parts.clock.now();
  await insertPackVersion(tx.sql, { id, accountId, packId, version, record, trustedContracts: null, now });
  await parts.audit.record(tx, {
    accountId,
    actor: systemActor,
    event: 'pack_trust_review_required',
    target: targetOf(id, row),
    payload: { hash: most.hash, trusted_hash: null },
  });
  parts.outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId: id });
}

function targetOf(id: string, { pack_id, version }: PackVersionRow) {
  return { kind: 'pack_version', id, label: `${pack_id}@${version}`, packId: pack_id };
}
