// Runs, newest first, as they move.
import { useMemo } from 'react';
import type { Run } from '../../protocol/api/runs.ts';
import { isTerminal } from '../../protocol/run.ts';
import type { Column } from '../components/table-layout.ts';
import { instantWidth, pastInstant } from '../format/time.ts';
import { faultOfRun } from '../store/explanations.ts';
import { createRunSelector, runColumns, type RunColumn } from '../store/runs.ts';
import { badge, runTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { elapsed } from './run-facts.ts';
import { runAgain, runVerbs } from './run-verbs.ts';
import { explain } from './troubleshooting-screen.tsx';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { actionColumn, runnerColumn } from './run-columns.ts';

export function RunsScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { go, may, openMenu, timeMode } = screen;
  const topic = useTopic('runs');
  const settings = useListSettings(runColumns, filter);
  const select = useMemo(() => createRunSelector(), []);
  const { filter: text, reverse } = settings;
  const view = useConsoleState((state) =>
    select(state, { filter: text, sort: settings.sort as RunColumn, reverse }),
  );
  const columns = useMemo((): readonly Column<Run>[] => {
    const when = (run: Run) => (now: number) => pastInstant(run.queued_at, timeMode, now);
    return [
      {
        key: 'when',
        title: 'WHEN',
        width: instantWidth(timeMode),
        priority: 1,
        cell: (run) => ({ live: when(run) }),
      },
      { key: 'status', title: 'STATUS', width: 16, priority: 0, cell: (run) => badge(runTokens[run.status]) },
      actionColumn,
      runnerColumn,
      { key: 'by', title: 'BY', width: 10, priority: 3, cell: (run) => run.requested_by },
      {
        key: 'duration',
        title: 'TOOK',
        width: 7,
        align: 'right',
        priority: 2,
        cell: (run) => (isTerminal(run.status) ? elapsed(run, 0) : { live: (now) => elapsed(run, now) }),
      },
      {
        key: 'reason',
        title: 'REASON',
        width: 10,
        grow: 2,
        priority: 4,
        cell: (run) => ({ text: run.reason, tone: 'dim' }),
      },
    ];
  }, [timeMode]);
  const verbsOf = (run: Run) => runVerbs(screen, run);
  return (
    <ListScreen
      crumbs={['Runs']}
      what="the runs"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'Nothing was run yet',
        hint: { text: 'r runs something: choose a runner, then an action', tone: 'dim' },
      }}
      handlers={({ cursor }) => ({
        'list.open': cursor === null ? undefined : () => go({ screen: 'run', id: cursor.id }),
        'item.run': may('runs.dispatch')
          ? () => go({ screen: 'new-run', runnerId: null, actionId: null })
          : undefined,
        'runs.again': cursor === null || !may('runs.dispatch') ? undefined : () => runAgain(screen, cursor),
        'item.explain': cursor === null ? undefined : () => explain(screen, faultOfRun(cursor)),
        'item.related': cursor === null ? undefined : () => go({ screen: 'runner', id: cursor.runner_id }),
        'item.act':
          cursor === null || verbsOf(cursor).length === 0
            ? undefined
            : () => openMenu(`${cursor.action_id} on ${cursor.runner_name}`, verbsOf(cursor)),
      })}
      copyText={(run) => ({ text: run.id, what: 'the id' })}
    />
  );
}
