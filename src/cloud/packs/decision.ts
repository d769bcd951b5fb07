// A person's decision about the exact hash that was on their screen (SPEC TR3), in one guarded statement.
import { Refusal } from '../../protocol/errors.ts';
import { rejectHash, revokeHash, trustHash, type TrustDecision } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { findCataloguedPack } from '../../packs/catalogue.ts';
import type { Actor } from '../audit/audit.ts';
import type { Tx } from '../database/database.ts';
import { insertContracts } from './advertisement-store.ts';
import { cataloguedContracts, recordOf, type IngestParts } from './ingest.ts';
import {
  decidePackVersion,
  selectAdvertiserIds,
  selectContractsOfHash,
  selectPackVersion,
  type AdvertisedContract,
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
  const trustedContracts = await freezeContracts(parts, tx, row, asked.expectedHash);
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

async function find(tx: Tx, asked: Decide): Promise<PackVersionRow> {
  const row = await selectPackVersion(tx.sql, asked, asked.reference);
  if (!row) throw new Refusal('not_found', 'Cannot find this pack version');
  return row;
}

function decided(row: PackVersionRow, decision: TrustDecision) {
  if (decision.ok) return decision.record;
  const { pending_hash, trusted_hash } = row;
  const shown = { pack: `${row.pack_id}@${row.version}`, pending_hash, trusted_hash };
  throw new Refusal(decision.because, undefined, shown);
}

async function freezeContracts(
  parts: IngestParts,
  tx: Tx,
  row: PackVersionRow,
  hash: string,
): Promise<string[]> {
  const of = { accountId: row.account_id, packId: row.pack_id, version: row.version, hash };
  const advertised = await selectContractsOfHash(tx.sql, of);
  const disputed = advertised.filter((one) => advertised.some((other) => isDispute(one, other)));
  if (disputed.length > 0) throw disagreement(row, disputed);
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

function isDispute(one: AdvertisedContract, other: AdvertisedContract): boolean {
  return one.action_id === other.action_id && one.contract_digest !== other.contract_digest;
}

function disagreement(row: PackVersionRow, disputed: readonly AdvertisedContract[]): Refusal {
  const runners = [...new Set(disputed.map((contract) => contract.runner_name))].slice(0, 20);
  const actions = [...new Set(disputed.map((contract) => contract.action_id))].slice(0, 20);
  return new Refusal(
    'descriptor_mismatch',
    `Cannot trust ${row.pack_id}@${row.version}: ${runners.join(', ')} advertise different contents for one hash`,
    { runners, actions },
  );
}

interface Settled {
  asked: Decide;
  row: PackVersionRow;
  record: ReturnType<typeof recordOf>;
  trustedContracts?: string[] | null;
  event: string;
}

async function settle(
  parts: IngestParts,
  tx: Tx,
  { asked, row, record, trustedContracts, event }: Settled,
): Promise<void> {
  const done = await decidePackVersion(tx.sql, row, {
    record,
    ...(trustedContracts !== undefined && { trustedContracts }),
    decidedAt: parts.clock.now(),
    decidedBy: asked.actor.label,
  });
  if (!done) throw new Refusal('pack_moved');
  const { accountId } = asked;
  await parts.audit.record(tx, {
    accountId,
    actor: asked.actor,
    event,
    target: {
      kind: 'pack_version',
      id: row.id,
      label: `${row.pack_id}@${row.version}`,
      packId: row.pack_id,
    },
    payload: { hash: asked.expectedHash, previous_hash: row.trusted_hash },
  });
  parts.outbox.add(tx, { topic: 'packs', type: 'pack_version.changed', accountId, packVersionId: row.id });
  // Their rows count packs that wait for a decision.
  for (const runnerId of await selectAdvertiserIds(tx.sql, accountId, row.pack_id, row.version)) {
    parts.outbox.add(tx, { topic: 'fleet', type: 'runner.state_changed', accountId, runnerId });
  }
}
