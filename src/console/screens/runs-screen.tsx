// Runs, newest first, as they move.
import { useMemo } from 'react';
import type { Run } from '../../protocol/api/runs.ts';
import type { Column } from '../components/table-layout.ts';
import { duration, instant } from '../format/time.ts';
import { createRunSelector, runColumns, type RunColumn } from '../store/runs.ts';
import { badge, runTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

export function RunsScreen({ filter }: { filter: string }) {
  const { timeMode } = useConsole();
  const topic = useTopic('runs');
  const settings = useListSettings(runColumns, filter);
  const select = useMemo(createRunSelector, []);
  const { filter: text, reverse } = settings;
  const view = useConsoleState((state) =>
    select(state, { filter: text, sort: settings.sort as RunColumn, reverse }),
  );
  const columns = useMemo((): readonly Column<Run>[] => {
    const when = (run: Run) => (now: number) => instant(run.queued_at, timeMode, now);
    return [
      { key: 'when', title: 'WHEN', width: 12, priority: 1, cell: (run) => ({ live: when(run) }) },
      { key: 'status', title: 'STATUS', width: 16, priority: 0, cell: (run) => badge(runTokens[run.status]) },
      {
        key: 'action',
        title: 'ACTION',
        width: 16,
        grow: 1,
        max: 36,
        priority: 0,
        cell: (run) => run.action_id,
      },
      {
        key: 'runner',
        title: 'RUNNER',
        width: 12,
        grow: 1,
        max: 30,
        priority: 0,
        cell: (run) => run.runner_name,
      },
      { key: 'by', title: 'BY', width: 10, priority: 3, cell: (run) => run.requested_by },
      {
        key: 'duration',
        title: 'TOOK',
        width: 7,
        align: 'right',
        priority: 2,
        cell: (run) => (run.duration_ms === null ? '–' : duration(run.duration_ms)),
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
        hint: 'emisar-console runs start ACTION --on RUNNER --reason WHY',
      }}
      handlers={() => ({})}
      copyText={(run) => ({ text: run.id, what: 'the id' })}
    />
  );
}
