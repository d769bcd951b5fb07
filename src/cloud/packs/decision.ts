// A person's decision about the exact hash that was on their screen (SPEC TR3), in one guarded statement.
import { Refusal, type RefusalCode } from '../../protocol/errors.ts';
import {
  nextUndecided,
  overrideRetirement,
  rejectHash,
  revokeHash,
  trustHash,
  type TrustDecision,
  type TrustRecord,
} from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { findCataloguedPack } from '../../packs/catalogue.ts';
import { systemActor, type Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { insertContracts } from './advertisement-store.ts';
import {
  disputesOf,
  selectAdvertisedHashes,
  selectAdvertiserIds,
  selectContractsOfHash,
  type AdvertisedContract,
} from './advertiser-store.ts';
import { cataloguedContracts, recordOf, targetOf, type IngestParts } from './ingest.ts';
import { retirementOf } from './retired.ts';
import {
  decidePackVersion,
  markPending,
  overrideVersion,
  selectPackVersion,
  type PackVersionRow,
} from './store.ts';

export interface Decide extends Scoped {
  /** Id, or `pack@version`. */
  reference: string;
  expectedHash: string;
  actor: Actor;
}

/**
 * Trusts exactly `expectedHash` for the whole account and freezes the contracts that came with it; returns
 * the row's id. Refuses `not_found`, `pack_moved`, `nothing_to_trust`, `descriptor_mismatch`.
 */
export async function trustPack(parts: IngestParts, tx: Tx, asked: Decide): Promise<string> {
  const row = await find(tx, asked);
  const record = decided(row, trustHash(recordOf(row), asked.expectedHash));
  const trustedContracts = await freezeContracts(parts, tx, row, asked);
  await settle(parts, tx, { asked, row, record, trustedContracts, event: 'pack_trust_adopted' });
  return row.id;
}

/** Refuses exactly `expectedHash`; what was trusted before stays. Refuses `not_found`, `pack_moved`, `nothing_to_trust`. */
export async function rejectPack(parts: IngestParts, tx: Tx, asked: Decide): Promise<string> {
  const row = await find(tx, asked);
  const record = decided(row, rejectHash(recordOf(row), asked.expectedHash));
  await settle(parts, tx, { asked, row, record, event: 'pack_trust_rejected' });
  return row.id;
}

/** Takes trust back from exactly `expectedHash`. Refuses `not_found`, `pack_moved`, `nothing_to_revoke`. */
export async function revokePack(parts: IngestParts, tx: Tx, asked: Decide): Promise<string> {
  const row = await find(tx, asked);
  const record = decided(row, revokeHash(recordOf(row), asked.expectedHash));
  await settle(parts, tx, { asked, row, record, trustedContracts: null, event: 'pack_trust_revoked' });
  return row.id;
}

/**
 * Lets a retired version run in exactly `expectedHash`. Refuses `not_found`, `pack_moved`, `nothing_to_override`.
 */
export async function overridePackRetirement(parts: IngestParts, tx: Tx, asked: Decide): Promise<string> {
  const row = await find(tx, asked);
  const allowed = overrideRetirement(recordOf(row), retirementOf(row), asked.expectedHash);
  if (!allowed.ok) throw refusal(row, allowed.because);
  const by = { at: parts.clock.now(), label: asked.actor.label };
  if (!(await overrideVersion(tx.sql, row, by))) throw refusal(row, 'pack_moved');
  await announce(parts, tx, { asked, row, event: 'pack_retirement_overridden' });
  return row.id;
}

async function find(tx: Tx, asked: Decide): Promise<PackVersionRow> {
  const row = await selectPackVersion(tx.sql, asked, asked.reference);
  if (!row) throw new Refusal('not_found', 'Cannot find this pack version');
  return row;
}

function decided(row: PackVersionRow, decision: TrustDecision): TrustRecord {
  if (decision.ok) return decision.record;
  throw refusal(row, decision.because);
}

function refusal(row: PackVersionRow, code: RefusalCode): Refusal {
  const { pending_hash, trusted_hash } = row;
  return new Refusal(code, undefined, { pack: `${row.pack_id}@${row.version}`, pending_hash, trusted_hash });
}

async function freezeContracts(
  parts: IngestParts,
  tx: Tx,
  row: PackVersionRow,
  { expectedHash: hash, reach }: Decide,
): Promise<string[]> {
  const of = { accountId: row.account_id, packId: row.pack_id, version: row.version, hash };
  const advertised = await selectContractsOfHash(tx.sql, of);
  const disputed = disputesOf(advertised);
  if (disputed.length > 0) {
    const named = await selectContractsOfHash(tx.sql, { ...of, reach });
    throw disagreement(row, disputed, named);
  }
  if (advertised.length > 0) return advertised.map((contract) => contract.contract_digest);
  const published = findCataloguedPack(parts.catalogue, row.pack_id, row.version);
  if (published?.hash !== hash) {
    throw new Refusal(
      'nothing_to_trust',
      'Cannot trust: no runner advertises an action of these bytes any more',
    );
  }
  const contracts = cataloguedContracts(published.actions);
  await insertContracts(tx.sql, contracts);
  return contracts.map((contract) => contract.digest);
}

// Names only runners in reach of who decides; others may be the ones that differ.
function disagreement(
  row: PackVersionRow,
  disputed: readonly AdvertisedContract[],
  inReach: readonly AdvertisedContract[],
): Refusal {
  const actions = [...new Set(disputed.map((contract) => contract.action_id))];
  const names = inReach.filter(({ action_id }) => actions.includes(action_id)).map((one) => one.runner_name);
  const runners = [...new Set(names)].slice(0, 20);
  return new Refusal(
    'descriptor_mismatch',
    `Cannot trust ${row.pack_id}@${row.version}: ${runners.join(', ') || 'runners'} advertise different contents for one hash`,
    { runners, actions: actions.slice(0, 20) },
  );
}

interface Settled {
  asked: Decide;
  row: PackVersionRow;
  record: TrustRecord;
  trustedContracts?: string[] | null;
  event: string;
}

async function settle(parts: IngestParts, tx: Tx, settled: Settled): Promise<void> {
  const { asked, row, record, trustedContracts } = settled;
  const done = await decidePackVersion(tx.sql, row, {
    record,
    ...(trustedContracts !== undefined && { trustedContracts }),
    // Running a retired version was allowed for the bytes that were trusted then.
    endsOverride: record.trustedHash !== row.trusted_hash,
    decidedAt: parts.clock.now(),
    decidedBy: asked.actor.label,
  });
  if (!done) throw new Refusal('pack_moved');
  await announce(parts, tx, settled);
  await askAboutNext(parts, tx, row, record);
}

async function announce(
  parts: IngestParts,
  tx: Tx,
  { asked, row, event }: Pick<Settled, 'asked' | 'row' | 'event'>,
): Promise<void> {
  const { accountId, actor, expectedHash: hash } = asked;
  await parts.audit.record(tx, {
    accountId,
    actor,
    event,
    target: targetOf(row.id, row),
    payload: { hash, previous_hash: row.trusted_hash },
  });
  await tellVersion(parts, tx, row);
}

/** The version, and the rows of its carriers, which count packs that wait for a decision. */
export async function tellVersion(
  { outbox }: Pick<IngestParts, 'outbox'>,
  tx: Tx,
  { id: packVersionId, account_id: accountId, pack_id: packId, version }: PackVersionRow,
): Promise<void> {
  outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId });
  for (const runnerId of await selectAdvertiserIds(tx.sql, { accountId, packId, version }))
    outbox.add(tx, { topic: 'fleet', type: 'runner.state_changed', accountId, runnerId });
}

// Other hosts may carry other bytes that nobody decided on, and they do not say so again by themselves.
async function askAboutNext(
  parts: IngestParts,
  tx: Tx,
  row: PackVersionRow,
  record: TrustRecord,
): Promise<void> {
  const { account_id: accountId, pack_id: packId, version } = row;
  const hashes = await selectAdvertisedHashes(tx.sql, { accountId, packId, version });
  const hash = nextUndecided(record, hashes);
  if (hash === null) return;
  await markPending(tx.sql, row.id, { ...record, state: 'pending', pendingHash: hash });
  await parts.audit.record(tx, {
    accountId,
    actor: systemActor,
    event: record.trustedHash === null ? 'pack_trust_review_required' : 'pack_trust_drift_detected',
    target: targetOf(row.id, row),
    payload: { hash, trusted_hash: record.trustedHash },
  });
}
