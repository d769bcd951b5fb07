// What can be done in this fleet: every action that runners advertise, where it can be started, and what stands in
// the way elsewhere.
import { useMemo } from 'react';
import { listActions, type CatalogueAction } from '../../protocol/api/actions.ts';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { useSettled } from '../components/use-settled.ts';
import { count } from '../format/amount.ts';
import { actionColumns, actionQuery, selectActions, type ActionColumn } from '../store/actions.ts';
import { packsNeedingDecision } from '../store/packs.ts';
import { readPages } from '../store/pages.ts';
import type { ConsoleState } from '../store/state.ts';
import type { Span } from '../theme/span.ts';
import { badge, riskTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { explain } from './troubleshooting-screen.tsx';

/** Changes when actions may have come or gone, or be ready where they were not. */
export function catalogueVersion(state: ConsoleState): string {
  let online = 0;
  let packs = 0;
  for (const runner of state.runners.values()) {
    if (runner.state === 'online' && !runner.held) online += 1;
    packs += runner.packs_count - runner.packs_pending - runner.degraded_count;
  }
  return `${state.runners.size} ${online} ${packs} ${packsNeedingDecision(state)}`;
}

export function ActionsScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { session, go, may, failureOf } = screen;
  useTopic('fleet');
  useTopic('packs');
  const version = useConsoleState(catalogueVersion);
  const settings = useListSettings(actionColumns, filter);
  const { sort, reverse } = settings;
  const { terms } = useMemo(() => actionQuery(settings.filter), [settings.filter]);
  const asked = useSettled(settings.filter);
  const { words, group } = useMemo(() => actionQuery(asked), [asked]);
  const fetched = useFetched('actions', `${version} ${group ?? ''} ${words}`, () =>
    readPages(session.call, listActions, {
      ...(words === '' ? {} : { q: words.slice(0, 200) }),
      ...(group === undefined ? {} : { group: group.slice(0, 80) }),
    }),
  );
  const view = useMemo(() => {
    const all = fetched.value?.items ?? [];
    const found = selectActions(all, { terms, sort: sort as ActionColumn, reverse });
    // Nothing found by the server is a filter that fits nothing, not an empty catalogue.
    const isSearched = words !== '' || group !== undefined;
    return { ...found, total: isSearched ? Math.max(1, found.total) : found.total };
  }, [fetched.value, terms, sort, reverse, words, group]);
  const failure = fetched.phase === 'error' ? failureOf(fetched.error) : null;
  return (
    <ListScreen
      crumbs={group === undefined ? ['Actions'] : ['Actions', `on ${group}`]}
      what="the catalogue"
      topic={{ phase: fetched.phase, at: null, failure, more: false }}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'No runner offers an action',
        hint: {
          text: 'Put a pack into the packs folder of a host, reload its runner, then trust it in Packs',
          tone: 'dim',
        },
      }}
      handlers={({ cursor }) => ({
        'list.open':
          cursor === null ? undefined : () => go({ screen: 'action', id: cursor.id, group: group ?? null }),
        'item.run':
          cursor === null || !may('runs.dispatch')
            ? undefined
            : () =>
                go({
                  screen: 'new-run',
                  runnerId: null,
                  actionId: cursor.id,
                  ...(group === undefined ? {} : { group }),
                }),
        'item.related': cursor === null ? undefined : () => go({ screen: 'packs', filter: cursor.pack_id }),
        'item.explain': cursor === null ? undefined : () => explain(screen, cursor.blocked[0]?.code ?? null),
        'app.refresh': () => {
          session.refresh();
          fetched.again();
        },
      })}
      copyText={({ id }) => ({ text: id, what: 'the name of the action' })}
    />
  );
}

/** `3 ready  1 away  2 blocked`, what is zero left out. */
function whereSpans(action: CatalogueAction): Span[] {
  const { ready_count: ready, queueable_count: away, runners_count: all } = action;
  const blocked = all - ready - away;
  return [
    { text: ready > 0 ? `● ${count(ready)} ready  ` : '', tone: 'good' },
    { text: away > 0 ? `○ ${count(away)} away  ` : '', tone: 'caution' },
    { text: blocked > 0 ? `! ${count(blocked)} ${reason(action)}` : '', tone: 'caution' },
  ];
}

/** The most frequent reason stands for all. */
function reason({ blocked }: CatalogueAction): string {
  const [first, ...rest] = blocked;
  if (first === undefined) return 'blocked';
  return `${first.code.replaceAll('_', ' ')}${rest.length > 0 ? ` +${rest.length}` : ''}`;
}

const columns: readonly Column<CatalogueAction>[] = [
  {
    key: 'risk',
    title: 'RISK',
    width: 10,
    priority: 1,
    cell: ({ risk }) => (risk === 'low' ? { text: '· low', tone: 'dim' } : badge(riskTokens[risk])),
  },
  { key: 'action', title: 'ACTION', width: 20, grow: 2, max: 40, priority: 0, cell: ({ id }) => id },
  {
    key: 'asks',
    title: 'POLICY',
    width: 8,
    priority: 2,
    cell: ({ approval_count: asks }) => (asks > 0 ? { text: '▲ asks', tone: 'caution' } : { text: '' }),
  },
  { key: 'ready', title: 'WHERE', width: 20, grow: 2, max: 44, priority: 0, cell: whereSpans },
  {
    key: 'title',
    title: 'TITLE',
    width: 16,
    grow: 3,
    priority: 3,
    cell: ({ title }) => ({ text: title, tone: 'dim' }),
  },
];
