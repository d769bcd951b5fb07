// What waits for people, the most urgent first, and what was decided. Enter shows all that a decision needs.
import { useMemo } from 'react';
import { listApprovals, type Approval } from '../../protocol/api/approvals.ts';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { age, pastInstant, instantWidth, type TimeMode } from '../format/time.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import type { ListView } from '../store/list-selector.ts';
import type { ConsoleState } from '../store/state.ts';
import { approvalTokens, badge, riskTokens } from '../theme/tokens.ts';
import { approvalVerbs } from './approval-verbs.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { actionColumn, runnerColumn } from './run-columns.ts';

const SHOWN = 200;

const fields: FilterFields<Approval> = {
  text: (approval) =>
    `${approval.action_id} ${approval.runner_name} ${approval.requested_by} ${approval.reason}`,
  terms: {
    status: { values: ({ status }) => [status], exact: true },
    risk: { values: ({ risk }) => [risk], exact: true },
    runner: { values: ({ runner_name: name, runner_id: id }) => [name, id], exact: true },
    by: { values: ({ requested_by: name }) => [name], exact: true },
    operation: { values: ({ operation_id: id }) => [id], exact: true },
  },
};
const sorts = ['urgent', 'newest'] as const;

/** Changes whenever a run begins or stops to wait for somebody. */
export function waitingRuns({ runs }: Pick<ConsoleState, 'runs'>): string {
  let ids = '';
  for (const run of runs.values()) if (run.status === 'pending_approval') ids += `${run.id} `;
  return ids;
}

export function ApprovalsScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { session, go, openMenu, timeMode, failureOf } = screen;
  const { phase } = useTopic('runs');
  // Asked anew once the runs are known: what changed before that is in the answer.
  const waiting = useConsoleState((state) => (phase === 'ready' ? waitingRuns(state) : phase));
  const settings = useListSettings(sorts, filter);
  const fetched = useFetched('approvals', waiting, async () => {
    return (await session.call(listApprovals, { query: { limit: SHOWN } })).items;
  });
  const { filter: text, sort, reverse } = settings;
  const view = useMemo((): ListView<Approval> => {
    const all = fetched.value ?? [];
    const { test, error } = parseFilter(text, fields);
    const rows = all.filter(test);
    if (sort === 'urgent')
      rows.sort((a, b) => urgency(a) - urgency(b) || (a.expires_at < b.expires_at ? -1 : 1));
    return { rows: reverse ? rows.reverse() : rows, total: all.length, error };
  }, [fetched.value, text, sort, reverse]);
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  const failure = fetched.phase === 'error' ? failureOf(fetched.error) : null;
  return (
    <ListScreen
      crumbs={['Approvals']}
      what="what waits for approval"
      topic={{ phase: fetched.phase, at: null, failure, more: false }}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'Nothing waits for approval',
        hint: { text: 'Policy holds back what is risky; it shows up here', tone: 'dim' },
      }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : approvalVerbs(screen, cursor, fetched.again);
        return {
          'list.open': cursor === null ? undefined : () => go({ screen: 'approval', id: cursor.id }),
          'item.related': cursor === null ? undefined : () => go({ screen: 'run', id: cursor.run_id }),
          'item.act':
            cursor === null || verbs.length === 0
              ? undefined
              : () => openMenu(`${cursor.action_id} on ${cursor.runner_name}`, verbs),
          'app.refresh': () => {
            session.refresh();
            fetched.again();
          },
        };
      }}
      copyText={(approval) => ({ text: approval.id, what: 'the id' })}
    />
  );
}

function urgency({ status }: Approval): number {
  return status === 'pending' ? 0 : 1;
}

/** `in 3h`, or nothing once it is decided. */
export function timeLeft(approval: Pick<Approval, 'status' | 'expires_at'>, now: number): string {
  if (approval.status !== 'pending') return '–';
  const left = Date.parse(approval.expires_at) - now;
  return left <= 0 ? 'overdue' : `in ${age(left)}`;
}

function columnsFor(mode: TimeMode): readonly Column<Approval>[] {
  return [
    {
      key: 'state',
      title: 'STATE',
      width: 11,
      priority: 0,
      cell: ({ status }) => badge(approvalTokens[status]),
    },
    { key: 'risk', title: 'RISK', width: 10, priority: 1, cell: ({ risk }) => badge(riskTokens[risk]) },
    actionColumn,
    runnerColumn,
    { key: 'by', title: 'BY', width: 10, priority: 2, cell: (row) => row.requested_by },
    {
      key: 'tally',
      title: 'VOTES',
      width: 5,
      priority: 3,
      cell: (row) => `${row.approvals_count} of ${row.min_approvals}`,
    },
    {
      key: 'left',
      title: 'ENDS',
      width: 8,
      priority: 1,
      cell: (row) => ({ live: (now) => timeLeft(row, now) }),
    },
    {
      key: 'when',
      title: 'ASKED',
      width: instantWidth(mode),
      priority: 4,
      cell: (row) => ({ live: (now) => ({ text: pastInstant(row.requested_at, mode, now), tone: 'dim' }) }),
    },
    {
      key: 'reason',
      title: 'REASON',
      width: 12,
      grow: 2,
      priority: 3,
      cell: (row) => ({ text: row.reason, tone: 'dim' }),
    },
  ];
}
