// What waits for people, the most urgent first, and what was decided. Enter shows all that a decision needs.
import { useMemo, useState } from 'react';
import type { Approval } from '../../protocol/api/approvals.ts';
import type { Column } from '../components/table-layout.ts';
import { age, pastInstant, instantWidth, type TimeMode } from '../format/time.ts';
import { approvalColumns, createApprovalSelector, type ApprovalColumn } from '../store/approvals.ts';
import { approvalTokens, badge, riskTokens } from '../theme/tokens.ts';
import { approvalVerbs } from './approval-verbs.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { actionColumn, runnerColumn } from './run-columns.ts';

export function ApprovalsScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { go, openMenu, timeMode } = screen;
  const topic = useTopic('approvals');
  const settings = useListSettings(approvalColumns, filter);
  const [select] = useState(createApprovalSelector);
  const view = useConsoleState((state) =>
    select(state, {
      filter: settings.filter,
      sort: settings.sort as ApprovalColumn,
      reverse: settings.reverse,
    }),
  );
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  return (
    <ListScreen
      crumbs={['Approvals']}
      what="what waits for approval"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'Nothing waits for approval',
        hint: { text: 'Policy holds back what is risky; it shows up here', tone: 'dim' },
      }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : approvalVerbs(screen, cursor);
        return {
          'list.open': cursor === null ? undefined : () => go({ screen: 'approval', id: cursor.id }),
          'item.related': cursor === null ? undefined : () => go({ screen: 'run', id: cursor.run_id }),
          'item.act':
            cursor === null || verbs.length === 0
              ? undefined
              : () => openMenu(`${cursor.action_id} on ${cursor.runner_name}`, verbs),
        };
      }}
      copyText={(approval) => ({ text: approval.id, what: 'the id' })}
    />
  );
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
    { ...actionColumn, width: 23 },
    runnerColumn,
    { key: 'by', title: 'BY', width: 10, priority: 2, cell: (row) => row.requested_by },
    {
      key: 'tally',
      title: 'VOTES',
      width: 8,
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
      width: 20,
      grow: 1,
      priority: 3,
      cell: (row) => ({ text: row.reason, tone: 'dim' }),
    },
  ];
}
