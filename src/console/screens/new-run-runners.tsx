// Where to run: choose a runner. Those that are online stand first.
import { useMemo } from 'react';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Column } from '../components/table-layout.ts';
import { createRunnerSelector, runnerColumns, type RunnerColumn } from '../store/runners.ts';
import { runnerBadge } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

const sorts: readonly RunnerColumn[] = ['state', ...runnerColumns.filter((column) => column !== 'state')];

export function NewRunRunners({ actionId }: { actionId: string | null }) {
  const { go } = useConsole();
  const topic = useTopic('fleet');
  const settings = useListSettings(sorts, '');
  const select = useMemo(() => createRunnerSelector(), []);
  const { filter, reverse } = settings;
  const sort = settings.sort as RunnerColumn;
  const view = useConsoleState((state) => select(state, { filter, sort, reverse }));
  return (
    <ListScreen
      crumbs={['Runs', actionId === null ? 'new run' : `new run of ${actionId}`, 'where?']}
      what="the fleet"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'No runner yet',
        hint: { text: ':keys mint makes the key for a first one', tone: 'dim' },
      }}
      handlers={({ cursor }) => ({
        'list.open':
          cursor === null ? undefined : () => go({ screen: 'new-run', runnerId: cursor.id, actionId }),
      })}
      copyText={({ name }) => ({ text: name, what: 'the name' })}
    />
  );
}

const columns: readonly Column<Runner>[] = [
  {
    key: 'name',
    title: 'NAME',
    width: 16,
    grow: 1,
    max: 40,
    cut: 'middle',
    priority: 0,
    cell: ({ name }) => name,
  },
  {
    key: 'state',
    title: 'STATE',
    width: 11,
    priority: 0,
    cell: runnerBadge,
  },
  { key: 'group', title: 'GROUP', width: 12, grow: 1, max: 24, priority: 1, cell: ({ group }) => group },
];
