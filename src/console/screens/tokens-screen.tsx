// What speaks for one: operator tokens, the one in use here among them. Who manages tokens sees those of others too.
import { useMemo } from 'react';
import type { OperatorToken } from '../../protocol/api/session.ts';
import { useRemembered } from '../components/remembered.ts';
import type { Column } from '../components/table-layout.ts';
import { accessText } from '../format/access.ts';
import { instant, instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { selectTokens, tokenColumns, tokensOf, tokenState, type TokenColumn } from '../store/tokens.ts';
import { badge, tokenTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { tokenVerbs } from './token-verbs.ts';

export function TokensScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { go, may, openMenu, timeMode, now } = screen;
  const [isEverybody, setEverybody] = useRemembered('everybody', false);
  const settings = useListSettings(tokenColumns, filter);
  const topic = useTopic('keys');
  const tokens = useConsoleState((state) => state.tokens);
  const me = useConsoleState((state) => state.me);
  const { filter: text, sort, reverse } = settings;
  const view = useMemo(
    () =>
      selectTokens(tokensOf(tokens, me, isEverybody), {
        filter: text,
        sort: sort as TokenColumn,
        reverse,
        now: now(),
      }),
    [tokens, me, isEverybody, text, sort, reverse, now],
  );
  const columns = useMemo(
    () => columnsFor(timeMode).filter(({ key }) => isEverybody || key !== 'by'),
    [timeMode, isEverybody],
  );
  return (
    <ListScreen
      crumbs={['Tokens', isEverybody ? 'everybody’s' : 'yours']}
      what="the tokens"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'No token', hint: { text: 'n mints one', tone: 'dim' } }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : tokenVerbs(screen, cursor);
        return {
          'tokens.mint': may('tokens.own') ? () => go({ screen: 'token-mint' }) : undefined,
          'tokens.everybody': may('tokens.manage') ? () => setEverybody(!isEverybody) : undefined,
          ...(isEverybody ? { 'app.back': () => setEverybody(false) } : {}),
          'item.related': () => go({ screen: 'devices', filter: '' }),
          'item.act': cursor === null || verbs.length === 0 ? undefined : () => openMenu(cursor.name, verbs),
          'item.events':
            cursor === null || !may('audit.view')
              ? undefined
              : () => go({ screen: 'audit', filter: `target:${cursor.id}` }),
        };
      }}
      copyText={(token) => ({ text: token.prefix, what: 'the beginning of the token' })}
    />
  );
}

function columnsFor(mode: TimeMode): readonly Column<OperatorToken>[] {
  const when = (
    title: string,
    key: string,
    priority: number,
    at: (token: OperatorToken) => string | null,
  ) => ({
    key,
    title,
    width: instantWidth(mode),
    priority,
    cell: (token: OperatorToken) => ({
      live: (now: number) => ({ text: pastInstant(at(token), mode, now), tone: 'dim' as const }),
    }),
  });
  return [
    {
      key: 'state',
      title: 'STATE',
      width: 13,
      priority: 0,
      cell: (token) => ({ live: (now) => badge(tokenTokens[tokenState(token, now)]) }),
    },
    { key: 'name', title: 'NAME', width: 14, grow: 2, max: 40, priority: 0, cell: ({ name }) => name },
    { key: 'by', title: 'OF', width: 10, grow: 1, max: 20, priority: 0, cell: (row) => row.member_name },
    {
      key: 'prefix',
      title: 'TOKEN',
      width: 13,
      priority: 4,
      cell: ({ prefix }) => ({ text: `${prefix}…`, tone: 'dim' }),
    },
    {
      key: 'scope',
      title: 'REACHES',
      width: 12,
      grow: 1,
      priority: 2,
      cell: ({ scope }) => (scope === null ? { text: 'as its member', tone: 'dim' } : accessText(scope)),
    },
    when('USED', 'used', 1, ({ last_used_at: at }) => at),
    {
      key: 'expires',
      title: 'EXPIRES',
      width: Math.max(9, instantWidth(mode)),
      priority: 1,
      cell: ({ expires_at: at }) =>
        at === null
          ? { text: 'no expiry', tone: 'dim' }
          : { live: (now) => ({ text: instant(at, mode, now), tone: 'dim' }) },
    },
    when('CREATED', 'newest', 5, ({ created_at: at }) => at),
  ];
}
