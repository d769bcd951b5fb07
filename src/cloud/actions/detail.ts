// One action: how runners carry it, and runner by runner whether it can be started there.
import type { z } from 'zod';
import type { ActionContract, ActionDetail, ActionRunner, getAction } from '../../protocol/api/actions.ts';
import { Refusal } from '../../protocol/errors.ts';
import { may } from '../../protocol/permission.ts';
import { runnerStateOf } from '../../protocol/runner.ts';
import type { Caller } from '../http/bound-route.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import type { KnownContract, Offer } from '../packs/offers.ts';
import type { ActionParts } from './actions.ts';
import { policyRunner } from './catalogue.ts';
import { classOf, standingOf } from './standing.ts';
import { selectCatalogueRunners, type CatalogueRunner } from './store.ts';
import { countRunners, openTally, shownTally } from './tally.ts';

interface Carrier {
  runner: CatalogueRunner;
  offer: Offer;
  contract: KnownContract;
}

/** Four statements, however many runners. */
export async function readAction(
  parts: ActionParts,
  caller: Caller,
  id: string,
  query: z.output<typeof getAction.query>,
): Promise<ActionDetail> {
  const sql = parts.database.read;
  const offers = new Map(
    (await parts.offers.findEverywhere(sql, caller, id)).map((offer) => [offer.runnerId, offer]),
  );
  const runners = await selectCatalogueRunners(sql, caller, query.group);
  const digests = [...offers.values()].map(({ contractDigest }) => contractDigest);
  const contracts = await parts.offers.contracts(sql, digests);
  const book = await parts.policy.read(sql, caller.accountId, runners.map(policyRunner));
  const carriers = runners.flatMap((runner): Carrier[] => {
    const offer = offers.get(runner.id);
    const contract = contracts.get(offer?.contractDigest ?? '');
    return offer && contract ? [{ runner, offer, contract }] : [];
  });
  const tally = openTally(id);
  const mayDispatch = may(caller.role, 'runs.dispatch');
  const stood = carriers.map((carrier) => {
    const { offer, contract, runner } = carrier;
    const of = classOf(runner, parts.presence.isOnline(runner.id), book);
    const { descriptor } = contract;
    const standing = standingOf(of, descriptor, { book, offerBlock: offer.blockedBy, mayDispatch });
    tally.contracts.set(descriptor, (tally.contracts.get(descriptor) ?? 0) + 1);
    tally.versions.add(offer.packVersion);
    countRunners(tally, 1, { standing, online: of.online });
    const shown = shownRunner(carrier, { ...standing, online: of.online });
    return { shown, order: standing.blockedBy !== null ? 2 : of.online ? 0 : 1 };
  });
  const action = shownTally(tally);
  if (!action) throw new Refusal('not_found', 'Cannot find this action');
  return { ...action, contracts: contractsOf(carriers), runners: pageOfRunners(stood, query) };
}

function shownRunner(
  { runner, offer }: Carrier,
  { blockedBy, policy, online }: ReturnType<typeof standingOf> & { online: boolean },
): ActionRunner {
  return {
    id: runner.id,
    name: runner.name,
    group: runner.group_name,
    state: runnerStateOf({
      disabled: runner.disabled_at !== null,
      revoked: runner.revoked_at !== null,
      connected: online,
      everConnected: runner.last_connected_at !== null,
    }),
    pack_id: offer.packId,
    pack_version: offer.packVersion,
    pack_hash: offer.packHash,
    blocked_by: blockedBy,
    missing_executable: offer.missingExecutable,
    policy,
  };
}

function contractsOf(carriers: readonly Carrier[]): ActionContract[] {
  const contracts = new Map<string, ActionContract>();
  for (const { offer, contract } of carriers) {
    const { packId: pack_id, packVersion: pack_version, packHash: pack_hash, packVersionId } = offer;
    const key = [pack_id, pack_version, pack_hash, offer.contractDigest].join('\n');
    const known = contracts.get(key);
    if (known) known.runners_count += 1;
    else {
      // A missing program is one host's matter: here the action counts as present.
      const blocked_by = offer.blockedBy === 'action_unavailable' ? null : offer.blockedBy;
      const of = { pack_id, pack_version, pack_hash, pack_version_id: packVersionId };
      contracts.set(key, { ...of, blocked_by, runners_count: 1, action: contract.descriptor });
    }
  }
  return [...contracts.values()].toSorted((a, b) => b.runners_count - a.runners_count);
}

type Stood = { shown: ActionRunner; order: number };

function pageOfRunners(
  stood: readonly Stood[],
  query: { cursor?: string | undefined; limit: number },
): ActionDetail['runners'] {
  const sorted = stood.toSorted((a, b) => compare(positionOf(a), positionOf(b)));
  const after = query.cursor === undefined ? null : readCursor(query.cursor, 4);
  const start = after === null ? 0 : sorted.findIndex((one) => compare(positionOf(one), after) > 0);
  const page = start < 0 ? [] : sorted.slice(start, start + query.limit);
  const last = page.at(-1);
  const more = start >= 0 && start + query.limit < sorted.length;
  return {
    items: page.map(({ shown }) => shown),
    next_cursor: more && last ? writeCursor(positionOf(last)) : null,
    total: sorted.length,
  };
}

function positionOf({ shown, order }: Stood): (string | number)[] {
  return [order, shown.group, shown.name, shown.id];
}

function compare(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? '';
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
