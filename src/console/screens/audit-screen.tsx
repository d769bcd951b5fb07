// Who did what to what, newest first: live, with what the filter asks for read from the server behind it.
import { useMemo, useState } from 'react';
import { listAuditEvents, type AuditEvent } from '../../protocol/api/audit.ts';
import type { Column } from '../components/table-layout.ts';
import { useFetched } from '../components/use-fetched.ts';
import { instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { auditColumns, auditQuery, createAuditSelector, type AuditColumn } from '../store/audit.ts';
import { outcomeTokens } from '../theme/tokens.ts';
import { AuditDialog } from './audit-dialog.tsx';
import { useConsole, useConsoleState, useTopic } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import type { Place } from './place.ts';

const FETCHED = 500;

export function AuditScreen({ filter }: { filter: string }) {
  const { session, go, room, openOverlay, timeMode } = useConsole();
  const topic = useTopic('audit');
  const settings = useListSettings(auditColumns, filter);
  const live = useConsoleState((state) => state.auditEvents);
  const asked = useFetched(settings.filter, '', async () => {
    const query = auditQuery(settings.filter);
    if (Object.keys(query).length === 0) return [];
    return (await session.call(listAuditEvents, { query: { ...query, limit: FETCHED } })).items;
  });
  const events = useMemo(
    () => new Map([...(asked.value ?? []).map((event) => [event.id, event] as const), ...live]),
    [asked.value, live],
  );
  const [select] = useState(createAuditSelector);
  const { filter: text, reverse } = settings;
  const view = select(events, { filter: text, sort: settings.sort as AuditColumn, reverse });
  const columns = useMemo(() => columnsFor(timeMode), [timeMode]);
  const toggle = (term: string) => () =>
    settings.setFilter(text.includes(term) ? text.replace(term, '').trim() : `${text} ${term}`.trim());
  return (
    <ListScreen
      crumbs={['Audit']}
      what="the audit trail"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{ text: 'Nothing happened yet', hint: { text: 'Every change is written here', tone: 'dim' } }}
      handlers={({ cursor }) => {
        const place = cursor === null ? null : placeOf(cursor);
        return {
          'list.open':
            cursor === null
              ? undefined
              : () => openOverlay((close) => <AuditDialog event={cursor} room={room} onClose={close} />),
          'item.related': place === null ? undefined : () => go(place),
          'audit.problems': toggle('outcome:problems'),
        };
      }}
      copyText={(event) => ({ text: event.id, what: 'the id of the event' })}
    />
  );
}

/** What an event is about, where that has a screen. */
export function placeOf({ target, runner_id: runnerId }: AuditEvent): Place | null {
  if (target?.kind === 'run' && target.id !== null) return { screen: 'run', id: target.id };
  if (target?.kind === 'pack_version' && target.id !== null) return { screen: 'pack', id: target.id };
  if (target?.kind === 'enrollment_key') return { screen: 'keys', filter: target.label };
  return runnerId === null ? null : { screen: 'runner', id: runnerId };
}

function columnsFor(mode: TimeMode): readonly Column<AuditEvent>[] {
  return [
    {
      key: 'newest',
      title: 'WHEN',
      width: instantWidth(mode),
      priority: 1,
      cell: (event) => ({
        live: (now) => ({ text: pastInstant(event.occurred_at, mode, now), tone: 'dim' }),
      }),
    },
    {
      key: 'event',
      title: 'EVENT',
      width: 24,
      grow: 1,
      max: 44,
      priority: 0,
      cell: (event) => {
        const { glyph, tone } = outcomeTokens[event.outcome];
        return { text: `${glyph} ${event.event_type}`, tone };
      },
    },
    {
      key: 'actor',
      title: 'BY',
      width: 12,
      grow: 1,
      max: 24,
      priority: 0,
      cell: (event) => event.actor.label,
    },
    {
      key: 'target',
      title: 'TARGET',
      width: 16,
      grow: 2,
      max: 50,
      cut: 'middle',
      priority: 0,
      cell: (event) => event.target?.label ?? { text: '–', tone: 'dim' },
    },
    {
      key: 'from',
      title: 'FROM',
      width: 14,
      priority: 3,
      cell: (event) => ({ text: event.ip_address ?? '–', tone: 'dim' }),
    },
  ];
}
