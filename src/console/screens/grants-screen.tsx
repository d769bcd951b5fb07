// Standing grants: what tokens may repeat without anybody being asked. They are made with an approval, ended here.
import { useMemo } from 'react';
import { getGrantCap, type Grant } from '../../protocol/api/grants.ts';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { count } from '../format/amount.ts';
import { instant, instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { createGrantSelector, grantColumns, type GrantColumn } from '../store/grants.ts';
import type { Span } from '../theme/span.ts';
import { badge, grantTokens, riskTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { capText, grantVerbs } from './grant-verbs.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { argumentText } from './run-facts.ts';

export function GrantsScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { session, go, may, openMenu, timeMode } = screen;
  const topic = useTopic('grants');
  const settings = useListSettings(grantColumns, filter);
  const select = useMemo(() => createGrantSelector(), []);
  const { filter: text, reverse } = settings;
  const sort = settings.sort as GrantColumn;
  const view = useConsoleState((state) => select(state, { filter: text, sort, reverse }));
  const cap = useFetched('grant cap', '', () => session.call(getGrantCap));
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  return (
    <ListScreen
      crumbs={['Grants', ...(cap.value === null ? [] : [capText(cap.value.max_seconds)])]}
      what="the standing grants"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      markable
      empty={{
        text: 'No grant stands: everything that policy holds back is asked for each time',
        hint: { text: 'One is made with an approval: a on what waits in Approvals', tone: 'dim' },
      }}
      handlers={(list) => {
        const { cursor } = list;
        const verbs = grantVerbs(screen, {
          chosen: list.targets(),
          capSeconds: cap.value?.max_seconds ?? null,
          onDone: () => {
            list.clearMarks();
            cap.again();
          },
        });
        return {
          'list.open': cursor === null ? undefined : () => go({ screen: 'approval', id: cursor.approval_id }),
          'item.related': cursor === null ? undefined : () => go({ screen: 'run', id: cursor.run_id }),
          'item.act': verbs.length === 0 ? undefined : () => openMenu('Standing grants', verbs),
          'item.events':
            cursor === null || !may('audit.view')
              ? undefined
              : () => go({ screen: 'audit', filter: `target:${cursor.id}` }),
          'app.refresh': () => {
            session.refresh();
            cap.again();
          },
        };
      }}
      copyText={({ id }) => ({ text: id, what: 'the id' })}
    />
  );
}

function argsSpan({ args }: Grant): Span {
  if (args === null) return { text: 'any arguments', tone: 'caution' };
  const text = Object.entries(args).map(([name, value]) => `${name}=${argumentText(value)}`);
  return text.length === 0 ? { text: 'no arguments', tone: 'dim' } : { text: text.join(' ') };
}

function columnsFor(mode: TimeMode): readonly Column<Grant>[] {
  return [
    { key: 'state', title: 'STATE', width: 10, priority: 0, cell: ({ state }) => badge(grantTokens[state]) },
    { key: 'risk', title: 'RISK', width: 10, priority: 4, cell: ({ risk }) => badge(riskTokens[risk]) },
    {
      key: 'action',
      title: 'ACTION',
      width: 20,
      grow: 6,
      max: 40,
      cut: 'middle',
      priority: 0,
      cell: ({ action_id: id }) => id,
    },
    {
      key: 'runner',
      title: 'ON',
      width: 10,
      grow: 1,
      max: 30,
      cut: 'middle',
      priority: 1,
      cell: ({ runner_name: name }) => name ?? { text: 'any runner', tone: 'caution' },
    },
    { key: 'args', title: 'WITH', width: 12, grow: 2, priority: 2, cell: argsSpan },
    {
      key: 'token',
      title: 'TOKEN',
      width: 10,
      grow: 1,
      max: 30,
      priority: 0,
      cell: ({ token_name: token, member_name: member }) => [
        { text: token },
        { text: `  ${member}`, tone: 'dim' },
      ],
    },
    {
      key: 'uses',
      title: 'USES',
      width: 7,
      align: 'right',
      priority: 1,
      cell: ({ uses_count: uses, max_uses: most }) =>
        `${count(uses)}${most === null ? '' : `/${count(most)}`}`,
    },
    {
      key: 'ends',
      title: 'ENDS',
      width: instantWidth(mode),
      priority: 1,
      cell: ({ expires_at: at }) => ({ live: (now) => ({ text: instant(at, mode, now), tone: 'dim' }) }),
    },
    {
      key: 'used',
      title: 'USED',
      width: instantWidth(mode),
      priority: 3,
      cell: (grant) => ({
        live: (now) => ({ text: pastInstant(grant.last_used_at, mode, now), tone: 'dim' }),
      }),
    },
    { key: 'by', title: 'GRANTED BY', width: 10, priority: 5, cell: ({ granted_by: by }) => by },
  ];
}
