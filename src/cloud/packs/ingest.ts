// Taking in what a runner advertises, inside the transaction of its session: packs, actions, contracts,
// and what seeing a hash does to the trust in it (SPEC TR1–TR4).
import { createId, type RandomBytes } from '../../protocol/ids.ts';
import { bounded } from '../../protocol/neutralise.ts';
import { observeHash, PACK_HASH, type AutoTrust, type TrustRecord } from '../../protocol/pack-trust.ts';
import type { PackAdvertisement } from '../../protocol/frames.ts';
import type { z } from 'zod';
import { findCataloguedPack, type Catalogue } from '../../packs/catalogue.ts';
import { isPackId } from '../../packs/text-rule.ts';
import { systemActor, type Audit } from '../audit/audit.ts';
import type { Clock } from '../clock.ts';
import type { Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import {
  deleteAllOfRunner,
  deleteRunnerPacks,
  insertActionSets,
  insertContracts,
  selectRunnerPacks,
  upsertRunnerPacks,
  type AdvertisedPack,
  type CarriedPack,
  type RunnerRef,
} from './advertisement-store.ts';
import { selectForgotten } from './deletion-store.ts';
import { actionSetOf, contractOfDescriptor, readActions } from './contract.ts';
import { selectAdvertiserIds } from './advertiser-store.ts';
import { isRetiredBy } from './retired.ts';
import { selectPackSettings } from './settings-store.ts';
import {
  insertPackVersion,
  markPending,
  selectPackVersionsOf,
  touchPackVersions,
  type PackVersionRow,
} from './store.ts';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';

export const MAX_PACKS = 128;
const UNKNOWN_VERSION = 'unknown';

export interface Advertisement {
  packs: Record<string, z.infer<typeof PackAdvertisement>>;
  actions: readonly unknown[];
}

export interface IngestParts {
  clock: Clock;
  random: RandomBytes;
  audit: Audit;
  outbox: Outbox;
  catalogue: Catalogue;
}

/** Writes what `from` advertises now; what it no longer advertises goes. */
export async function ingestAdvertisement(
  parts: IngestParts,
  tx: Tx,
  from: RunnerRef,
  said: Advertisement,
): Promise<void> {
  const packs = readPacks(said.packs);
  const carried = await storeOffers(tx, packs, said.actions);
  const before = await selectRunnerPacks(tx.sql, from.runnerId);
  const moved = packs.filter((pack) => !before.some((old) => isSamePack(old, pack)));
  const gone = before.filter((old) => !packs.some((pack) => pack.packId === old.packId));
  await deleteRunnerPacks(
    tx.sql,
    from.runnerId,
    gone.map((pack) => pack.packId),
  );
  await upsertRunnerPacks(
    tx.sql,
    from,
    carried.filter((pack) => !before.some((old) => isSameOffer(old, pack))),
  );

  const known = await selectPackVersionsOf(
    tx.sql,
    from.accountId,
    unique([...packs, ...before].map((pack) => pack.packId)),
  );
  const { autoTrust } = await selectPackSettings(tx.sql, from.accountId);
  const forgotten = await selectForgotten(
    tx.sql,
    from.accountId,
    packs.map((pack) => pack.packId),
  );
  const changed = new Set<string>();
  const seen: string[] = [];
  for (const pack of packs) {
    const row = known.find((candidate) => isVersionOf(candidate, pack));
    const firstOfPack =
      !forgotten.has(pack.packId) && !known.some((candidate) => candidate.pack_id === pack.packId);
    const touched = await observe(parts, tx, from, { pack, row, firstOfPack, autoTrust });
    if (row) seen.push(row.id);
    if (touched === null) continue;
    changed.add(touched);
    await tellCarriers(parts.outbox, tx, from.accountId, pack);
  }
  await touchPackVersions(tx.sql, seen, parts.clock.now());
  // A count on the screen moved for every version that this runner took up or left.
  const left = before.filter((old) => !packs.some((pack) => isSamePack(old, pack)));
  for (const pack of [...moved, ...left]) {
    const row = known.find((candidate) => isVersionOf(candidate, pack));
    if (row) changed.add(row.id);
  }
  tellChanged(parts.outbox, tx, from.accountId, changed);
  if (changed.size > 0) tellRunner(parts.outbox, tx, from.accountId, from.runnerId);
}

// What each pack offers on this host, stored under its name.
async function storeOffers(
  tx: Tx,
  packs: readonly AdvertisedPack[],
  said: readonly unknown[],
): Promise<CarriedPack[]> {
  const actions = Map.groupBy(
    readActions(said, new Set(packs.map((pack) => pack.packId))),
    (action) => action.packId,
  );
  const offers = packs.map((pack) => ({ pack, set: actionSetOf(actions.get(pack.packId) ?? []) }));
  await insertActionSets(
    tx.sql,
    offers.map(({ set }) => set),
  );
  return offers.map(({ pack, set }) => ({ ...pack, actionsDigest: set.digest }));
}

/** Forgets everything that a deleted runner advertised. */
export async function forgetRunner(
  outbox: Outbox,
  tx: Tx,
  accountId: string,
  runnerId: string,
): Promise<void> {
  const packs = await selectRunnerPacks(tx.sql, runnerId);
  await deleteAllOfRunner(tx.sql, runnerId);
  const rows = await selectPackVersionsOf(
    tx.sql,
    accountId,
    packs.map((pack) => pack.packId),
  );
  const changed = rows.filter((row) => packs.some((pack) => isVersionOf(row, pack))).map((row) => row.id);
  tellChanged(outbox, tx, accountId, new Set(changed));
}

interface Seen {
  pack: AdvertisedPack;
  row: PackVersionRow | undefined;
  firstOfPack: boolean;
  autoTrust: AutoTrust;
}

// Returns the id of the pack version that it changed or made, or null.
async function observe(
  parts: IngestParts,
  tx: Tx,
  from: RunnerRef,
  { pack, row, firstOfPack, autoTrust }: Seen,
) {
  const published = findCataloguedPack(parts.catalogue, pack.packId, pack.version);
  const catalogueHash = published?.hash ?? null;
  const sighting = { advertisedHash: pack.hash, catalogueHash, firstOfPack, autoTrust };
  const { record, event } = observeHash(row ? recordOf(row) : null, sighting);
  if (event === null) return null;
  const id = row?.id ?? createId('pack_version', parts.random);
  if (row) await markPending(tx.sql, row.id, record);
  else {
    const contracts = record.trustedHash === null ? [] : cataloguedContracts(published?.actions ?? []);
    await insertContracts(tx.sql, contracts);
    const trustedContracts =
      record.trustedHash === null ? null : contracts.map((contract) => contract.digest);
    const { packId, version } = pack;
    const { accountId } = from;
    await insertPackVersion(tx.sql, {
      id,
      accountId,
      packId,
      version,
      record,
      trustedContracts,
      isRetired: isRetiredBy(parts.catalogue, packId, version),
      now: parts.clock.now(),
    });
  }
  await parts.audit.record(tx, {
    accountId: from.accountId,
    actor: systemActor,
    event,
    target: targetOf(id, { pack_id: pack.packId, version: pack.version }),
    payload: { runner_id: from.runnerId, hash: pack.hash, trusted_hash: record.trustedHash },
  });
  return id;
}

/** The contracts that a published pack stands for. */
export function cataloguedContracts(actions: readonly unknown[]) {
  return actions.map((action) => contractOfDescriptor(action as ActionDescriptor));
}

export function recordOf(row: PackVersionRow): TrustRecord {
  const refusedHashes = JSON.parse(row.refused_hashes) as string[];
  return { state: row.state, trustedHash: row.trusted_hash, pendingHash: row.pending_hash, refusedHashes };
}

/** As the audit trail names a pack version. */
export function targetOf(id: string, { pack_id, version }: { pack_id: string; version: string }) {
  return { kind: 'pack_version', id, label: `${pack_id}@${version}`, packId: pack_id };
}

function readPacks(said: Advertisement['packs']): AdvertisedPack[] {
  const packs: AdvertisedPack[] = [];
  for (const [packId, { version, hash }] of Object.entries(said)) {
    if (packs.length === MAX_PACKS) break;
    // Without a well-formed hash there is nothing that anybody could trust.
    if (!isPackId(packId) || hash === undefined || !PACK_HASH.test(hash)) continue;
    packs.push({ packId, version: readVersion(version), hash });
  }
  return packs;
}

function readVersion(version: string | undefined): string {
  const text = bounded((version ?? '').trim(), 64);
  return text === '' ? UNKNOWN_VERSION : text;
}

function isSamePack(a: AdvertisedPack, b: AdvertisedPack): boolean {
  return a.packId === b.packId && a.version === b.version && a.hash === b.hash;
}

function isSameOffer(a: CarriedPack, b: CarriedPack): boolean {
  return isSamePack(a, b) && a.actionsDigest === b.actionsDigest;
}

function isVersionOf(row: PackVersionRow, pack: AdvertisedPack): boolean {
  return row.pack_id === pack.packId && row.version === pack.version;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

function tellChanged(outbox: Outbox, tx: Tx, accountId: string, ids: ReadonlySet<string>): void {
  for (const packVersionId of ids)
    outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId });
}

// The row of each runner that carries a version counts whether it waits for a decision.
async function tellCarriers(outbox: Outbox, tx: Tx, accountId: string, pack: AdvertisedPack): Promise<void> {
  for (const runnerId of await selectAdvertiserIds(tx.sql, { accountId, ...pack }))
    tellRunner(outbox, tx, accountId, runnerId);
}

function tellRunner(outbox: Outbox, tx: Tx, accountId: string, runnerId: string): void {
  outbox.add(tx, { topic: 'fleet', type: 'runner.state_changed', accountId, runnerId });
}
