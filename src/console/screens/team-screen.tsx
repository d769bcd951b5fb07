// Who belongs to the account, what they may, and what they reach. Enter opens one to change that.
import { useMemo } from 'react';
import type { Column } from '../components/table-layout.ts';
import { accessText } from '../format/access.ts';
import { instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import { byText, type ListView } from '../store/list-selector.ts';
import { memberTokens, badge } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { memberVerbs, type TeamRow } from './member-verbs.ts';

const fields: FilterFields<TeamRow> = {
  text: (member) => `${member.name} ${member.role} ${member.access.runner_selectors.join(' ')}`,
  terms: {
    role: { values: ({ role }) => [role], exact: true },
    status: { values: ({ state }) => [state], exact: true },
    group: {
      values: ({ access }) => access.runner_selectors.map((text) => text.replace(/^group:/, '')),
      exact: true,
    },
  },
};
const sorts = ['name', 'role'] as const;

export function TeamScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { go, may, room, openMenu, openOverlay, timeMode } = screen;
  const settings = useListSettings(sorts, filter);
  const topic = useTopic('team');
  const members = useConsoleState((state) => state.members);
  const myId = useConsoleState((state) => state.me?.member.id);
  const { filter: text, sort, reverse } = settings;
  const view = useMemo((): ListView<TeamRow> => {
    const { test, error } = parseFilter(text, fields);
    const rows = [...members.values()]
      .map((member) => ({ ...member, you: member.id === myId }))
      .filter(test)
      .sort((a, b) => (sort === 'role' ? byText(a.role, b.role) : 0) || byText(a.name, b.name));
    return { rows: reverse ? rows.reverse() : rows, total: members.size, error };
  }, [members, myId, text, sort, reverse]);
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  return (
    <ListScreen
      crumbs={['Team']}
      what="the team"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'Nobody is here', hint: { text: 'n invites somebody', tone: 'dim' } }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : memberVerbs(screen, cursor);
        return {
          'list.open': cursor === null ? undefined : () => go({ screen: 'member', id: cursor.id }),
          'team.invite': may('members.manage')
            ? () => openOverlay((close) => <InviteDialog room={room} onClose={close} />)
            : undefined,
          'item.act': cursor === null || verbs.length === 0 ? undefined : () => openMenu(cursor.name, verbs),
          'item.events':
            cursor === null || !may('audit.view')
              ? undefined
              : () => go({ screen: 'audit', filter: `by:${cursor.id}` }),
        };
      }}
      copyText={(member) => ({ text: member.name, what: 'the name' })}
    />
  );
}

function columnsFor(mode: TimeMode): readonly Column<TeamRow>[] {
  return [
    {
      key: 'name',
      title: 'NAME',
      width: 16,
      grow: 1,
      max: 32,
      priority: 0,
      cell: ({ name, you }) => [{ text: name }, { text: you ? '  you' : '', tone: 'dim' }],
    },
    { key: 'role', title: 'ROLE', width: 8, priority: 0, cell: ({ role }) => role },
    { key: 'state', title: 'STATE', width: 11, priority: 1, cell: ({ state }) => badge(memberTokens[state]) },
    {
      key: 'reach',
      title: 'REACHES',
      width: 18,
      grow: 2,
      priority: 0,
      cell: ({ access }) => accessText(access),
    },
    {
      key: 'active',
      title: 'ACTIVE',
      width: instantWidth(mode),
      priority: 2,
      cell: (member) => ({
        live: (now) => ({ text: pastInstant(member.last_active_at, mode, now), tone: 'dim' }),
      }),
    },
    {
      key: 'tokens',
      title: 'TOKENS',
      width: 6,
      align: 'right',
      priority: 3,
      cell: ({ tokens }) => String(tokens),
    },
  ];
}
