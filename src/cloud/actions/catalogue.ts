// Every action that runners in reach advertise, counted by where it can be started. Runners that said the same
// are counted together, so that the work grows with the differences in a fleet and not with its size.
import type { CatalogueAction } from '../../protocol/api/actions.ts';
import { may } from '../../protocol/permission.ts';
import { reachesPack } from '../../protocol/scope.ts';
import type { Caller } from '../http/bound-route.ts';
import type { CarriedPack, Carrier, KnownContract, OfferedAction, Trust } from '../packs/offers.ts';
import type { PolicyBook } from '../policy/book.ts';
import type { ActionParts } from './actions.ts';
import { classOf, standingOf, type RunnerClass } from './standing.ts';
import { selectCatalogueRunners, type CatalogueRunner, type Sql } from './store.ts';
import { countRunners, openTally, shownTally, type Tally } from './tally.ts';

interface ClassCount {
  readonly of: RunnerClass;
  runners: number;
}
type Counts = Map<string, ClassCount>;

/** By id. `group` narrows the runners that count. */
export async function readCatalogue(
  parts: ActionParts,
  caller: Caller,
  group: string | undefined,
): Promise<{ action: CatalogueAction; tally: Tally }[]> {
  const sql = parts.database.read;
  const runners = await selectCatalogueRunners(sql, caller, group);
  const book = await parts.policy.read(sql, caller.accountId, runners.map(policyRunner));
  const carried = (await countCarried(parts, sql, runners, book)).filter(({ pack }) =>
    reachesPack(caller.reach, pack.packId),
  );
  const sets = await parts.offers.sets(sql, [...new Set(carried.map(({ pack }) => pack.actionsDigest))]);
  const digests = [...sets.values()].flatMap((set) => set.map(({ contractDigest }) => contractDigest));
  const contracts = await parts.offers.contracts(sql, digests);
  const trust = await parts.offers.trust(sql, caller.accountId);
  const mayDispatch = may(caller.role, 'runs.dispatch');
  const tallies = new Map<string, Tally>();
  for (const { pack, counts } of carried) {
    for (const offered of sets.get(pack.actionsDigest) ?? []) {
      const contract = contracts.get(offered.contractDigest);
      if (!contract) continue;
      const tally = tallies.get(offered.actionId) ?? openTally(offered.actionId);
      tallies.set(offered.actionId, tally);
      countOffer(tally, { pack, offered, contract, counts }, { trust, book, mayDispatch });
    }
  }
  return [...tallies.values()].flatMap((tally) => {
    const action = shownTally(tally);
    return action ? [{ action, tally }] : [];
  });
}

export function policyRunner({ id, group_name }: CatalogueRunner) {
  return { id, group: group_name };
}

interface CarriedCount {
  pack: CarriedPack;
  counts: Counts;
}

/** Each different pack with how many runners of which class carry it. */
async function countCarried(
  { offers, presence }: ActionParts,
  sql: Sql,
  runners: readonly CatalogueRunner[],
  book: PolicyBook,
): Promise<CarriedCount[]> {
  const alike = new Map<string, { carrier: Carrier; counts: Counts }>();
  for (const { id: runnerId, catalogue_digest: catalogueDigest, ...runner } of runners) {
    const key = catalogueDigest ?? runnerId;
    const group = alike.get(key) ?? { carrier: { runnerId, catalogueDigest }, counts: new Map() };
    alike.set(key, group);
    const of = classOf({ id: runnerId, ...runner }, presence.isOnline(runnerId), book);
    addCount(group.counts, of, 1);
  }
  const groups = [...alike.values()];
  const packs = await offers.carried(
    sql,
    groups.map(({ carrier }) => carrier),
  );
  const carried = new Map<CarriedPack, Counts>();
  for (const { carrier, counts } of groups) {
    for (const pack of packs.get(carrier.runnerId) ?? []) {
      const sum = carried.get(pack) ?? new Map<string, ClassCount>();
      carried.set(pack, sum);
      for (const { of, runners: count } of counts.values()) addCount(sum, of, count);
    }
  }
  return [...carried].map(([pack, counts]) => ({ pack, counts }));
}

function addCount(counts: Counts, of: RunnerClass, runners: number): void {
  const known = counts.get(of.key);
  if (known) known.runners += runners;
  else counts.set(of.key, { of, runners });
}

function countOffer(
  tally: Tally,
  {
    pack,
    offered,
    contract: { descriptor },
    counts,
  }: CarriedCount & { offered: OfferedAction; contract: KnownContract },
  { trust, ...parts }: { trust: Trust; book: PolicyBook; mayDispatch: boolean },
): void {
  const offerBlock = trust.blockOf(pack, offered);
  tally.packIds.add(pack.packId);
  tally.versions.add(pack.packVersion);
  for (const { of, runners } of counts.values()) {
    tally.contracts.set(descriptor, (tally.contracts.get(descriptor) ?? 0) + runners);
    const standing = standingOf(of, descriptor, { ...parts, offerBlock });
    countRunners(tally, runners, { standing, online: of.online });
  }
}
