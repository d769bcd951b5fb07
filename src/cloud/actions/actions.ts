// The door to the catalogue of actions: what the fleet can do as far as somebody reaches it, found by words, and
// where each action can be started. Trust is the packs' word, rules are policy's, presence the runners'.
import type { z } from 'zod';
import type { ActionDetail, CatalogueAction, getAction, listActions } from '../../protocol/api/actions.ts';
import { rankAction } from '../../protocol/action-search.ts';
import type { Database } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { readCursor, writeCursor } from '../http/page-cursor.ts';
import type { Offers } from '../packs/offers.ts';
import type { Policy } from '../policy/policy.ts';
import type { Presence } from '../runners/presence.ts';
import { readCatalogue } from './catalogue.ts';
import { readAction } from './detail.ts';
import { searchTermsOf } from './tally.ts';

export interface ActionParts {
  database: Database;
  offers: Offers;
  policy: Pick<Policy, 'read'>;
  presence: Pick<Presence, 'isOnline'>;
}

type ListQuery = z.output<typeof listActions.query>;
type DetailQuery = z.output<typeof getAction.query>;

export interface Actions {
  /** The best match first, then by id. Statements grow with how hosts differ, not with runners or actions. */
  list(
    caller: Caller,
    query: ListQuery,
  ): Promise<{ items: CatalogueAction[]; next_cursor: string | null; total: number }>;
  /** Refuses `not_found`, also for an action that nobody in reach advertises. */
  detail(caller: Caller, id: string, query: DetailQuery): Promise<ActionDetail>;
}

export function createActions(parts: ActionParts): Actions {
  return {
    list: (caller, query) => list(parts, caller, query),
    detail: (caller, id, query) => readAction(parts, caller, id, query),
  };
}

async function list(parts: ActionParts, caller: Caller, query: ListQuery) {
  const { q = '', risk, pack } = query;
  const found = (await readCatalogue(parts, caller, query.group))
    .filter(({ action, tally }) => {
      const isRisk = risk === undefined || action.risk === risk;
      return isRisk && (pack === undefined || tally.packIds.has(pack));
    })
    .flatMap(({ action, tally }) => {
      const rank = rankAction({ ...action, search_terms: searchTermsOf(tally) }, q);
      return rank === null ? [] : [{ action, rank }];
    })
    .toSorted((a, b) => a.rank - b.rank || (a.action.id < b.action.id ? -1 : 1));
  const start = query.cursor === undefined ? 0 : startAfter(found, query.cursor);
  const page = found.slice(start, start + query.limit);
  const last = page.at(-1);
  const more = start + query.limit < found.length;
  return {
    items: page.map(({ action }) => action),
    next_cursor: more && last ? writeCursor([last.rank, last.action.id]) : null,
    total: found.length,
  };
}

function startAfter(found: readonly { action: CatalogueAction; rank: number }[], cursor: string): number {
  const [rank = 0, id = ''] = readCursor(cursor, 2);
  const next = found.findIndex(
    (one) => one.rank > Number(rank) || (one.rank === Number(rank) && one.action.id > String(id)),
  );
  return next < 0 ? found.length : next;
}
