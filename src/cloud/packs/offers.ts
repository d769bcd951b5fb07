// Whether an advertised action may be handed to its runner as far as trust goes (SPEC TR1, TR5), and the
// contracts behind it. Asked at dispatch and again at hand-over, inside the transaction that decides.
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { ArgumentSpec } from '../../packs/argument-spec.ts';
import type { OutputCheck } from '../../packs/output-schema.ts';
import { selectAdvertised, selectOffers, type OfferRow } from './advertisement-store.ts';
import { argumentsOf, descriptorOf, outputCheckOf } from './contract.ts';
import { selectContracts, type Sql } from './store.ts';

/** One action as one runner advertises it now, with the trust in its pack. */
export interface Offer {
  runnerId: string;
  actionId: string;
  packId: string;
  packVersion: string;
  packHash: string;
  packVersionId: string | null;
  contractDigest: string;
  missingExecutable: string | null;
  /** What stands in the way, first reason first; null when it may run. */
  blockedBy: OfferBlock | null;
}

export type OfferBlock = 'pack_untrusted' | 'action_contract_changed' | 'action_unavailable';

export interface AdvertisedRef {
  actionId: string;
  contractDigest: string;
}

export interface KnownContract {
  descriptor: ActionDescriptor;
  args: readonly ArgumentSpec[];
  /** Judges structured output; null when the action promises none. Compiled at its first use. */
  outputCheck(): OutputCheck | null;
}

export interface Offers {
  /** Of these runners: one action, or every action when `actionId` is null. */
  find(
    sql: Sql,
    of: { accountId: string; runnerIds: readonly string[]; actionId: string | null },
  ): Promise<Offer[]>;
  /** Every action with each contract that runners in reach advertise for it. */
  advertised(sql: Sql, asked: Scoped): Promise<AdvertisedRef[]>;
  /** Contracts by digest; an unknown digest is left out. */
  contracts(sql: Sql, digests: readonly string[]): Promise<Map<string, KnownContract>>;
}

const MAX_KEPT_CONTRACTS = 5_000;

/** Contracts are named by their content, so what was read once is kept. */
export function createOffers(): Offers {
  const kept = new Map<string, KnownContract>();
  return {
    find: async (sql, of) => (await selectOffers(sql, of)).map(offerOf),
    advertised: async (sql, asked) =>
      (await selectAdvertised(sql, asked)).map((row) => ({
        actionId: row.action_id,
        contractDigest: row.contract_digest,
      })),
    contracts: async (sql, digests) => {
      const wanted = [...new Set(digests)];
      if (kept.size > MAX_KEPT_CONTRACTS) kept.clear();
      const texts = await selectContracts(
        sql,
        wanted.filter((digest) => !kept.has(digest)),
      );
      for (const [digest, text] of texts) kept.set(digest, knownContract(text));
      return new Map(
        wanted.flatMap((digest) => {
          const contract = kept.get(digest);
          return contract ? [[digest, contract] as const] : [];
        }),
      );
    },
  };
}

function knownContract(text: string): KnownContract {
  let check: OutputCheck | null | undefined;
  const outputCheck = () => (check === undefined ? (check = outputCheckOf(text)) : check);
  return { descriptor: descriptorOf(text), args: readArguments(text), outputCheck };
}

// A contract whose arguments this build cannot read takes none: the runner checks them in any case.
function readArguments(text: string): ArgumentSpec[] {
  try {
    return argumentsOf(text);
  } catch {
    return [];
  }
}

function offerOf(row: OfferRow): Offer {
  return {
    runnerId: row.runner_id,
    actionId: row.action_id,
    packId: row.pack_id,
    packVersion: row.version,
    packHash: row.hash,
    packVersionId: row.pack_version_id,
    contractDigest: row.contract_digest,
    missingExecutable: row.missing_executable,
    blockedBy: blockOf(row),
  };
}

function blockOf(row: OfferRow): OfferBlock | null {
  if (row.trusted_hash === null || row.trusted_hash !== row.hash) return 'pack_untrusted';
  if (!(row.trusted_contracts ?? '').includes(`"${row.contract_digest}"`)) return 'action_contract_changed';
  return row.available === 1 ? null : 'action_unavailable';
}
