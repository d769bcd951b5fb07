// What one runner offers: choose an action to run.
import { useMemo } from 'react';
import type { Runner, RunnerAction } from '../../protocol/api/runners.ts';
import { riskRank } from '../../protocol/risk.ts';
import type { Column } from '../components/table-layout.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import type { ListView } from '../store/list-selector.ts';
import { badge, riskTokens } from '../theme/tokens.ts';
import { ActionDialog } from './run-action-dialog.tsx';
import { useConsole, useTopic } from './console-context.ts';
import type { ManyRunners } from './new-run-many.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

interface Offered extends RunnerAction {
  readonly id: string;
}

interface ActionsProps {
  readonly runner: Runner;
  readonly actions: readonly RunnerAction[];
  /** The runner stands for these. */
  readonly many?: ManyRunners | undefined;
  readonly onChoose: (actionId: string) => void;
}

const fields: FilterFields<Offered> = {
  text: ({ action }) => `${action.id} ${action.title} ${action.summary} ${action.search_terms.join(' ')}`,
  terms: {
    risk: { values: ({ action }) => [action.risk], exact: true },
    pack: { values: ({ action }) => [action.pack_id] },
  },
};
const sorts = ['action', 'risk'] as const;

export function NewRunActions({ runner, actions, many, onChoose }: ActionsProps) {
  const { openOverlay, room } = useConsole();
  const topic = useTopic('fleet');
  const settings = useListSettings(sorts, '');
  const { filter, sort, reverse } = settings;
  const view = useMemo((): ListView<Offered> => {
    const { test, error } = parseFilter(filter, fields);
    const rows = actions.map((entry) => ({ ...entry, id: entry.action.id })).filter(test);
    const byName = (a: Offered, b: Offered) => (a.id < b.id ? -1 : 1);
    const byRisk = (a: Offered, b: Offered) =>
      riskRank(a.action.risk) - riskRank(b.action.risk) || byName(a, b);
    rows.sort(sort === 'risk' ? byRisk : byName);
    return { rows: reverse ? rows.reverse() : rows, total: actions.length, error };
  }, [actions, filter, sort, reverse]);
  return (
    <ListScreen
      crumbs={['Runs', `new run on ${many?.name ?? runner.name}`]}
      what="what this runner offers"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: `${runner.name} offers no action`,
        hint: {
          text: 'On the host: put a pack into /etc/emisar/packs, then sudo systemctl reload emisar',
          tone: 'dim',
        },
      }}
      handlers={({ cursor }) => ({
        'list.open': cursor === null ? undefined : () => onChoose(cursor.id),
        'item.related':
          cursor === null
            ? undefined
            : () =>
                openOverlay((close) => <ActionDialog action={cursor.action} room={room} onClose={close} />),
      })}
      copyText={({ id }) => ({ text: id, what: 'the name of the action' })}
    />
  );
}

const columns: readonly Column<Offered>[] = [
  {
    key: 'risk',
    title: 'RISK',
    width: 10,
    priority: 1,
    cell: ({ action }) =>
      action.risk === 'low' ? { text: '· low', tone: 'dim' } : badge(riskTokens[action.risk]),
  },
  { key: 'action', title: 'ACTION', width: 20, grow: 1, max: 36, priority: 0, cell: ({ id }) => id },
  {
    key: 'title',
    title: 'TITLE',
    width: 16,
    grow: 2,
    max: 60,
    priority: 2,
    cell: ({ action }) => action.title,
  },
  {
    key: 'blocked',
    title: 'BLOCKED BY',
    width: 17,
    grow: 1,
    max: 26,
    priority: 1,
    cell: ({ blocked_by: code }) =>
      code === null ? { text: '', tone: 'dim' } : { text: `! ${code.replaceAll('_', ' ')}`, tone: 'caution' },
  },
];
