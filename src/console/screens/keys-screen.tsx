// Enrollment keys: which can still enroll a host, which host used which. Secrets are only ever on the mint screen.
import { useMemo } from 'react';
import { revokeEnrollmentKey, type EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import type { Column } from '../components/table-layout.ts';
import { count } from '../format/amount.ts';
import { instant, instantWidth, pastInstant } from '../format/time.ts';
import { createKeySelector, keyColumns, type KeyColumn } from '../store/enrollment-keys.ts';
import { badge, keyTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

export function KeysScreen({ filter }: { filter: string }) {
  const screen = useConsole();
  const { go, may, openMenu, timeMode } = screen;
  const topic = useTopic('enrollment_keys');
  useTopic('fleet');
  const settings = useListSettings(keyColumns, filter);
  const select = useMemo(() => createKeySelector(), []);
  const { filter: text, reverse } = settings;
  const view = useConsoleState((state) =>
    select(state, { filter: text, sort: settings.sort as KeyColumn, reverse }),
  );
  const runners = useConsoleState((state) => state.runners);
  const columns = useMemo(() => {
    const nameOf = (id: string | null) => (id === null ? '–' : (runners.get(id)?.name ?? 'removed runner'));
    return columnsOf(timeMode, nameOf);
  }, [timeMode, runners]);
  return (
    <ListScreen
      crumbs={['Keys']}
      what="the enrollment keys"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'No enrollment key yet', hint: { text: 'n mints one for a first host', tone: 'dim' } }}
      handlers={({ cursor }) => ({
        'keys.mint': may('enrollment_keys.mint') ? () => go({ screen: 'mint' }) : undefined,
        'item.related':
          cursor?.runner_id === null || cursor === null
            ? undefined
            : () => go({ screen: 'runner', id: cursor.runner_id ?? '' }),
        'item.act':
          cursor !== null && may('enrollment_keys.revoke')
            ? () => openMenu(keyName(cursor), [revokeItem(screen, cursor)])
            : undefined,
      })}
      copyText={(key) => ({ text: key.prefix, what: 'the beginning of the key' })}
    />
  );
}

function keyName(key: EnrollmentKey): string {
  return key.host === null ? `${key.prefix}…` : `${key.prefix}… for ${key.host}`;
}

function revokeItem({ session, confirm }: Console, key: EnrollmentKey) {
  const { state } = key;
  return {
    letter: 'x',
    label: 'Revoke…',
    tone: 'caution' as const,
    hint: 'it can enroll no host any more',
    ...(state === 'active' ? {} : { blocked: `nothing to revoke: it is ${keyTokens[state].word}` }),
    run: () =>
      confirm({
        title: `Revoke ${key.prefix}…`,
        consequence: [
          `No host can enroll with it any more${key.host === null ? '' : ` (it was minted for ${key.host})`}. Hosts that it enrolled stay.`,
        ],
        verb: 'Revoke',
        tone: 'caution',
        onConfirm: async () => {
          await session.call(revokeEnrollmentKey, { params: { id: key.id } });
          session.notify({ tone: 'good', text: `${key.prefix}… is revoked` });
        },
      }),
  };
}

function columnsOf(
  mode: Console['timeMode'],
  nameOf: (id: string | null) => string,
): readonly Column<EnrollmentKey>[] {
  return [
    { key: 'state', title: 'STATE', width: 10, priority: 0, cell: ({ state }) => badge(keyTokens[state]) },
    {
      key: 'host',
      title: 'HOST',
      width: 12,
      grow: 2,
      max: 40,
      cut: 'middle',
      priority: 0,
      cell: ({ host }) => host ?? '–',
    },
    {
      key: 'prefix',
      title: 'KEY',
      width: 20,
      grow: 1,
      max: 29,
      priority: 2,
      cell: ({ prefix }) => ({ text: `${prefix}…`, tone: 'dim' }),
    },
    { key: 'uses', title: 'USES', width: 6, align: 'right', priority: 4, cell: usesText },
    { key: 'by', title: 'BY', width: 8, grow: 1, max: 16, priority: 5, cell: (key) => key.created_by },
    {
      key: 'expires',
      title: 'EXPIRES',
      width: Math.max(12, instantWidth(mode)),
      priority: 3,
      cell: expiryCell(mode),
    },
    {
      key: 'runner',
      title: 'ENROLLED',
      width: 12,
      grow: 2,
      max: 40,
      cut: 'middle',
      priority: 1,
      cell: (key) => nameOf(key.runner_id),
    },
    {
      key: 'newest',
      title: 'CREATED',
      width: instantWidth(mode),
      priority: 6,
      cell: (key) => ({ live: (now) => ({ text: pastInstant(key.created_at, mode, now), tone: 'dim' }) }),
    },
  ];
}

function usesText({ reusable, uses_count: uses, max_uses: most }: EnrollmentKey): string {
  return `${count(uses)}/${reusable ? (most === null ? '∞' : count(most)) : '1'}`;
}

/** A key for many hosts that never ends deserves a look. */
function expiryCell(mode: Console['timeMode']): Column<EnrollmentKey>['cell'] {
  return (key) => {
    if (key.expires_at !== null)
      return { live: (now) => ({ text: instant(key.expires_at, mode, now), tone: 'dim' }) };
    const isOpen = key.reusable && key.state === 'active';
    return { text: isOpen ? '! no expiry' : 'no expiry', tone: isOpen ? 'caution' : 'dim' };
  };
}
