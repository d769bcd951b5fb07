// Letting go of versions that nobody has shown for a time, trust included: once a day, or when somebody asks.
import type { PackCleanup } from '../../protocol/api/pack-settings.ts';
import { fullReach, type Scoped } from '../../protocol/scope.ts';
import type { z } from 'zod';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Database, Tx } from '../database/database.ts';
import { deleteVersion, rememberForgotten } from './deletion-store.ts';
import type { IngestParts } from './ingest.ts';
import { askCarriersAgain, selectUnseen, touchCarried } from './retention-store.ts';
import { selectForgettingAccounts, selectPackSettings } from './settings-store.ts';

const DAY_MS = 24 * 3600_000;

type Cleanup = z.output<typeof PackCleanup>;

/** Of every account that lets versions go. */
export async function sweepUnseenVersions(parts: IngestParts, database: Database): Promise<void> {
  for (const { id: accountId } of await selectForgettingAccounts(database.read)) {
    const asked = { accountId, reach: fullReach };
    await database.write((tx) => cleanUp(parts, tx, asked, { actor: systemActor, dryRun: false }));
  }
}

/** What is in reach of who asks; one event tells what went, none when nothing did. */
export async function cleanUp(
  { audit, clock, outbox }: IngestParts,
  tx: Tx,
  asked: Scoped,
  { actor, dryRun }: { actor: Actor; dryRun: boolean },
): Promise<Cleanup> {
  const { accountId } = asked;
  const { retentionDays: days } = await selectPackSettings(tx.sql, accountId);
  if (days === null) return { dry_run: dryRun, days, versions: [] };
  const now = clock.now();
  await touchCarried(tx.sql, accountId, now);
  const unseen = await selectUnseen(tx.sql, asked, now - days * DAY_MS);
  const versions = unseen.map(({ id, pack_id, version }) => ({ id, pack_id, version }));
  if (dryRun || versions.length === 0) return { dry_run: dryRun, days, versions };
  for (const { id, pack_id: packId, version } of versions) {
    await deleteVersion(tx.sql, id);
    await rememberForgotten(tx.sql, accountId, packId);
    await askCarriersAgain(tx.sql, { accountId, packId, version });
    outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId: id });
  }
  await audit.record(tx, {
    accountId,
    actor,
    event: 'pack_retention_swept',
    payload: { days, versions: versions.map(({ pack_id, version }) => `${pack_id}@${version}`) },
  });
  return { dry_run: false, days, versions };
}
