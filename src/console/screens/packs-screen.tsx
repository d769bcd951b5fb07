// Every pack version that was ever advertised, what waits for a decision first. Deciding is the pack version
// screen's: trust is only given where the whole difference is in sight.
import { useMemo, useState } from 'react';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Column } from '../components/table-layout.ts';
import { count, shortHash } from '../format/amount.ts';
import { instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import {
  createPackSelector,
  isWaiting,
  needsDecision,
  packColumns,
  type PackColumn,
} from '../store/packs.ts';
import { badge, trustTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

export function trustBadge(version: PackVersion): Span {
  return badge(trustTokens[version.drifted ? 'drifted' : version.state]);
}

export function PacksScreen({ filter }: { filter: string }) {
  const { go, timeMode } = useConsole();
  const topic = useTopic('packs');
  const settings = useListSettings(packColumns, filter);
  const [select] = useState(createPackSelector);
  const view = useConsoleState((state) =>
    select(state, { filter: settings.filter, sort: settings.sort as PackColumn, reverse: settings.reverse }),
  );
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  const open = (version: PackVersion | null | undefined) =>
    version === null || version === undefined ? undefined : () => go({ screen: 'pack', id: version.id });
  return (
    <ListScreen
      crumbs={['Packs']}
      what="the packs"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'No pack was advertised yet',
        hint: {
          text: 'A runner that connects advertises the packs on its host: 1 shows the fleet',
          tone: 'dim',
        },
      }}
      handlers={({ cursor }) => ({
        'list.open': open(cursor),
        'packs.next_waiting': open(view.rows.find(needsDecision)),
      })}
      copyText={(version) => ({ text: leadingHash(version) ?? '', what: 'the hash' })}
    />
  );
}

/** The hash that a decision is about; without one, the trusted hash. */
function leadingHash(version: PackVersion): string | null {
  return isWaiting(version) ? version.pending_hash : (version.trusted_hash ?? version.pending_hash);
}

function columnsFor(mode: TimeMode): Column<PackVersion>[] {
  return [
    {
      key: 'pack',
      title: 'PACK',
      width: 14,
      grow: 3,
      max: 34,
      priority: 0,
      cell: (version) => version.pack_id,
    },
    {
      key: 'version',
      title: 'VERSION',
      width: 8,
      grow: 1,
      max: 12,
      priority: 1,
      cell: (version) => version.version,
    },
    { key: 'state', title: 'STATE', width: 10, priority: 0, cell: stateCell },
    {
      key: 'hash',
      title: 'HASH',
      width: 24,
      priority: 3,
      cut: 'middle',
      cell: (version) => ({
        text: shortHash(leadingHash(version) ?? '–'),
        tone: isWaiting(version) ? 'plain' : 'dim',
      }),
    },
    { key: 'runners', title: 'RUNNERS', width: 8, align: 'right', priority: 2, cell: runnersText },
    {
      key: 'actions',
      title: 'ACTIONS',
      width: 7,
      align: 'right',
      priority: 5,
      cell: (version) => count(version.actions_count),
    },
    {
      key: 'seen',
      title: 'LAST SEEN',
      width: instantWidth(mode),
      priority: 4,
      cell: (version) => ({
        live: (now) => ({ text: pastInstant(version.last_seen_at, mode, now), tone: 'dim' }),
      }),
    },
  ];
}

function stateCell(version: PackVersion): Spans {
  return trustBadge(version);
}

/** How many have the bytes that wait, of those that have the version at all. */
function runnersText(version: PackVersion): string {
  const all = count(version.runners_count);
  return isWaiting(version) && version.pending_runners_count !== version.runners_count
    ? `${count(version.pending_runners_count)} of ${all}`
    : all;
}
