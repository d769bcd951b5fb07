// The catalogue's rows: which match, in what order. Plain words are the server's business, which knows search
// terms and ranks; terms are tried here, at once.
import type { ActionRunner, CatalogueAction } from '../../protocol/api/actions.ts';
import { riskRank } from '../../protocol/risk.ts';
import { parseFilter, type FilterFields } from './filter.ts';
import { byText, type ListView, type Order } from './list-selector.ts';

export interface ActionQuery {
  /** Words for the server to search; empty for all. */
  readonly words: string;
  readonly group: string | undefined;
  /** What is left of the filter. */
  readonly terms: string;
}

/** Takes a filter apart: words and the group go to the server. */
export function actionQuery(filter: string): ActionQuery {
  const tokens = filter.split(/\s+/).filter((token) => token !== '');
  const isWord = (token: string) => !/^[-~]|^[a-z_]+:/i.test(token);
  const group = tokens.findLast((token) => /^group:./.test(token))?.slice('group:'.length);
  return {
    words: tokens.filter(isWord).join(' '),
    group,
    terms: tokens.filter((token) => !isWord(token) && !token.startsWith('group:')).join(' '),
  };
}

/** `ready` somewhere, else `waits` for a runner, else `blocked`; `asks` where people are asked first. */
export function actionStatus(action: CatalogueAction): string[] {
  const where = action.ready_count > 0 ? 'ready' : action.queueable_count > 0 ? 'waits' : 'blocked';
  return action.approval_count > 0 ? [where, 'asks'] : [where];
}

const fields: FilterFields<CatalogueAction> = {
  text: ({ id, title, summary }) => `${id} ${title} ${summary}`,
  terms: {
    risk: { values: ({ risk }) => [risk], exact: true },
    pack: { values: ({ pack_id: id }) => [id] },
    status: { values: actionStatus, exact: true },
    blocked: { values: ({ blocked }) => blocked.map(({ code }) => code) },
    kind: { values: ({ kind }) => [kind], exact: true },
  },
};

export const actionColumns = ['best', 'action', 'risk', 'pack', 'ready'] as const;
export type ActionColumn = (typeof actionColumns)[number];

const byId: Order<CatalogueAction> = (a, b) => byText(a.id, b.id);
const orders: Record<ActionColumn, Order<CatalogueAction>> = {
  // As the server ranks them.
  best: () => 0,
  action: byId,
  risk: (a, b) => riskRank(a.risk) - riskRank(b.risk) || byId(a, b),
  pack: (a, b) => byText(a.pack_id, b.pack_id) || byId(a, b),
  ready: (a, b) => b.ready_count - a.ready_count || byId(a, b),
};

export function selectActions(
  actions: readonly CatalogueAction[],
  options: { readonly terms: string; readonly sort: ActionColumn; readonly reverse: boolean },
): ListView<CatalogueAction> {
  const { test, error } = parseFilter(options.terms, fields);
  const rows = actions.filter(test).toSorted(orders[options.sort]);
  return { rows: options.reverse ? rows.toReversed() : rows, total: actions.length, error };
}

const runnerFields: FilterFields<ActionRunner> = {
  text: ({ name, group }) => `${name} ${group}`,
  terms: {
    group: { values: ({ group }) => [group], exact: true },
    status: {
      values: ({ blocked_by: code, state }) => [
        code !== null ? 'blocked' : state === 'online' ? 'ready' : 'waits',
        state,
      ],
      exact: true,
    },
    blocked: { values: ({ blocked_by: code }) => (code === null ? [] : [code]) },
    version: { values: ({ pack_version: version }) => [version] },
  },
};

export const actionRunnerColumns = ['ready', 'name', 'group'] as const;
export type ActionRunnerColumn = (typeof actionRunnerColumns)[number];

/** `ready` is the server's order: ready, away, then those where something stands in the way. */
export function selectActionRunners(
  runners: readonly ActionRunner[],
  options: { readonly filter: string; readonly sort: ActionRunnerColumn; readonly reverse: boolean },
): ListView<ActionRunner> {
  const { test, error } = parseFilter(options.filter, runnerFields);
  const rows = runners.filter(test);
  const byName: Order<ActionRunner> = (a, b) => byText(a.name, b.name);
  if (options.sort === 'name') rows.sort(byName);
  if (options.sort === 'group') rows.sort((a, b) => byText(a.group, b.group) || byName(a, b));
  return { rows: options.reverse ? rows.reverse() : rows, total: runners.length, error };
}
