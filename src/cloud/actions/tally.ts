// One action of the catalogue while runners are counted: where it is ready, where it would wait, what blocks it.
import type { CatalogueAction } from '../../protocol/api/actions.ts';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import type { RefusalCode } from '../../protocol/errors.ts';
import { newestVersionFirst } from '../../protocol/pack-version-order.ts';
import { riskRank } from '../../protocol/risk.ts';
import type { Standing } from './standing.ts';

export interface Tally {
  readonly id: string;
  /** How many runners carry which contract. */
  readonly contracts: Map<ActionDescriptor, number>;
  readonly packIds: Set<string>;
  readonly versions: Set<string>;
  ready: number;
  queueable: number;
  approval: number;
  readonly blocked: Map<RefusalCode, number>;
}

export function openTally(id: string): Tally {
  const none = { ready: 0, queueable: 0, approval: 0 };
  return { id, contracts: new Map(), packIds: new Set(), versions: new Set(), ...none, blocked: new Map() };
}

export function countRunners(
  tally: Tally,
  runners: number,
  { standing: { blockedBy, policy }, online }: { standing: Standing; online: boolean },
): void {
  if (blockedBy !== null) {
    tally.blocked.set(blockedBy, (tally.blocked.get(blockedBy) ?? 0) + runners);
    return;
  }
  if (online) tally.ready += runners;
  else tally.queueable += runners;
  if (policy === 'require_approval') tally.approval += runners;
}

/** Null while no contract was counted. */
export function shownTally(tally: Tally): CatalogueAction | null {
  const contracts = [...tally.contracts].toSorted(([, a], [, b]) => b - a);
  const most = contracts[0]?.[0];
  if (!most) return null;
  const [first, ...others] = contracts.map(([{ risk }]) => risk);
  const risk = others.reduce((a, b) => (riskRank(b) > riskRank(a) ? b : a), first ?? most.risk);
  return {
    id: tally.id,
    pack_id: most.pack_id,
    title: most.title,
    summary: most.summary,
    kind: most.kind,
    risk,
    pack_versions: [...tally.versions].toSorted(newestVersionFirst),
    runners_count: contracts.reduce((sum, [, runners]) => sum + runners, 0),
    ready_count: tally.ready,
    queueable_count: tally.queueable,
    approval_count: tally.approval,
    blocked: [...tally.blocked]
      .toSorted(([a, most_], [b, least]) => least - most_ || (a < b ? -1 : 1))
      .map(([code, runners_count]) => ({ code, runners_count })),
  };
}

/** Of every contract: whoever searches does not know the versions. */
export function searchTermsOf({ contracts }: Tally): string[] {
  return [...contracts.keys()].flatMap(({ search_terms }) => search_terms);
}
