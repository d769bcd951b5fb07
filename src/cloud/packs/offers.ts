// Whether an advertised action may be handed to its runner as far as trust goes (SPEC TR1, TR5), and the
// contracts behind it. Asked at dispatch and again at hand-over, inside the transaction that decides.
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import { isBlockedByRetirement } from '../../protocol/pack-trust.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { ArgumentSpec } from '../../packs/argument-spec.ts';
import type { OutputCheck } from '../../packs/output-schema.ts';
import {
  selectActionSets,
  selectAdvertised,
  selectCarriersOf,
  selectContracts,
  selectOffers,
  selectSetsWith,
  selectTrust,
  type OfferRow,
  type TrustRow,
} from './advertisement-store.ts';
import { carriedOf, createCarried } from './carried.ts';
import { argumentsOf, descriptorOf, outputCheckOf } from './contract.ts';
import type { Sql } from './store.ts';

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

export type OfferBlock = 'pack_untrusted' | 'pack_retired' | 'action_contract_changed' | 'action_unavailable';

/** A pack as runners carry it; the same object for all that carry the same. */
export interface CarriedPack {
  packId: string;
  packVersion: string;
  packHash: string;
  /** What is offered of it, in `sets`. */
  actionsDigest: string;
}

/** A runner, and the name of what it said last: runners with one name carry the same. */
export interface Carrier {
  runnerId: string;
  catalogueDigest: string | null;
}

/** What trust and the host's programs say to an action that is offered of a pack. */
export interface Trust {
  blockOf(pack: CarriedPack, offered: OfferedAction): OfferBlock | null;
  /** Of the record of its version; null when there is none. */
  versionIdOf(pack: CarriedPack): string | null;
}

export interface OfferedAction {
  actionId: string;
  contractDigest: string;
  available: boolean;
}

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
  /** One action on every runner in reach. */
  findEverywhere(sql: Sql, asked: Scoped, actionId: string): Promise<Offer[]>;
  /** The packs of each of these runners. */
  carried(sql: Sql, carriers: readonly Carrier[]): Promise<Map<string, readonly CarriedPack[]>>;
  trust(sql: Sql, accountId: string): Promise<Trust>;
  /** What is offered under these names. */
  sets(sql: Sql, digests: readonly string[]): Promise<Map<string, readonly OfferedAction[]>>;
  /** Every action with each contract that runners in reach advertise for it. */
  advertised(sql: Sql, asked: Scoped): Promise<AdvertisedRef[]>;
  /** Contracts by digest; an unknown digest is left out. */
  contracts(sql: Sql, digests: readonly string[]): Promise<Map<string, KnownContract>>;
}

const MAX_KEPT_CONTRACTS = 5_000;
const MAX_KEPT_SETS = 2_000;
const SETS_A_PART = 500;

/** Contracts and sets are named by their content, so what was read once is kept. */
export function createOffers(): Offers {
  const kept = new Map<string, KnownContract>();
  const sets = new Map<string, readonly OfferedAction[]>();
  return {
    find: async (sql, of) => (await selectOffers(sql, of)).map(offerOf),
    findEverywhere: (sql, asked, actionId) => findEverywhere(sql, asked, actionId),
    carried: createCarried(),
    trust: async (sql, accountId) => trustOf(await selectTrust(sql, accountId)),
    sets: async (sql, digests) => {
      if (sets.size > MAX_KEPT_SETS) sets.clear();
      const fresh = digests.filter((digest) => !sets.has(digest));
      for (let from = 0; from < fresh.length; from += SETS_A_PART) {
        const part = fresh.slice(from, from + SETS_A_PART);
        const rows = Map.groupBy(await selectActionSets(sql, part), (row) => row.digest);
        for (const digest of part) sets.set(digest, (rows.get(digest) ?? []).map(offeredOf));
      }
      return new Map(digests.map((digest) => [digest, sets.get(digest) ?? []]));
    },
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
    blockedBy: blockOf(row, offeredOf(row)),
  };
}

function offeredOf(row: { action_id: string; contract_digest: string; available: 0 | 1 }): OfferedAction {
  return { actionId: row.action_id, contractDigest: row.contract_digest, available: row.available === 1 };
}

async function findEverywhere(sql: Sql, asked: Scoped, actionId: string): Promise<Offer[]> {
  const sets = new Map((await selectSetsWith(sql, actionId)).map((row) => [row.digest, row]));
  const trust = trustOf(await selectTrust(sql, asked.accountId));
  return (await selectCarriersOf(sql, asked, actionId)).flatMap((row) => {
    const set = sets.get(row.actions_digest);
    if (!set) return [];
    const pack = carriedOf(row);
    const { packId, packVersion, packHash } = pack;
    return [
      {
        ...{ runnerId: row.runner_id, actionId, packId, packVersion, packHash },
        packVersionId: trust.versionIdOf(pack),
        contractDigest: set.contract_digest,
        missingExecutable: set.missing_executable,
        blockedBy: trust.blockOf(pack, offeredOf(set)),
      },
    ];
  });
}

function trustOf(rows: readonly TrustRow[]): Trust {
  const versions = new Map(rows.map((row) => [`${row.pack_id}@${row.version}`, row]));
  const versionOf = ({ packId, packVersion }: CarriedPack) => versions.get(`${packId}@${packVersion}`);
  return {
    versionIdOf: (pack) => versionOf(pack)?.id ?? null,
    blockOf: (pack, offered) => {
      const version = versionOf(pack);
      return version ? blockOf({ ...version, hash: pack.packHash }, offered) : 'pack_untrusted';
    },
  };
}

type TrustedBytes = Pick<
  OfferRow,
  'hash' | 'trusted_hash' | 'trusted_contracts' | 'retired_at' | 'retirement_overridden_at'
>;

function blockOf(row: TrustedBytes, offered: OfferedAction): OfferBlock | null {
  if (row.trusted_hash === null || row.trusted_hash !== row.hash) return 'pack_untrusted';
  const retirement = { retiredAt: row.retired_at, overriddenAt: row.retirement_overridden_at };
  if (isBlockedByRetirement(retirement)) return 'pack_retired';
  if (!(row.trusted_contracts ?? '').includes(`"${offered.contractDigest}"`))
    return 'action_contract_changed';
  return offered.available ? null : 'action_unavailable';
}
