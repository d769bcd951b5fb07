// One glance: is the fleet up, is anything waiting for me, what failed lately, where is trouble. Live throughout.
import { useMemo } from 'react';
import { listDevices } from '../../protocol/api/devices.ts';
import { useFetched } from '../components/use-fetched.ts';
import { useNow } from '../components/tick.tsx';
import { dashboardOf, type DashboardRow } from '../store/dashboard.ts';
import { selectGroups } from '../store/groups.ts';
import { parseFilter } from '../store/filter.ts';
import type { ListItem } from '../components/table.tsx';
import { approvalVerbs } from './approval-verbs.tsx';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { dashboardColumns, dashboardItems, placeOf, rowText, subject } from './dashboard-rows.ts';
import { deviceVerbs, useDevicesVersion } from './devices-screen.tsx';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { runVerbs } from './run-verbs.ts';

const noSorts: readonly string[] = [];
/** What failed within the hour changes with the clock; to the minute is enough. */
const STEP_MS = 60_000;

export function DashboardScreen() {
  const screen = useConsole();
  const { session, go, may, openMenu, timeMode } = screen;
  const topic = useTopic('fleet');
  const runners = useConsoleState((state) => state.runners);
  const { runs, packVersions, approvals } = useKnown();
  const now = Math.floor(useNow() / STEP_MS) * STEP_MS;
  const { handlers: listHandlers, ...settings } = useListSettings(noSorts, '');
  const fetched = useFetched('devices', useDevicesVersion(), async () => {
    return (await session.call(listDevices)).items;
  });
  const { filter } = settings;
  const devices = fetched.value;
  const { items, view } = useMemo(() => {
    const known = { runners, runs, packVersions, approvals };
    // Nothing is said of a fleet that was not heard of yet.
    if (runners.size === 0 && topic.phase !== 'ready') return filtered([], '');
    const all = dashboardItems(dashboardOf(known, devices ?? [], now), selectGroups(known));
    return filtered(all, filter);
  }, [runners, runs, packVersions, approvals, devices, now, filter, topic.phase]);
  const columns = useMemo(() => dashboardColumns(timeMode), [timeMode]);
  return (
    <ListScreen
      crumbs={['Dashboard']}
      what="the fleet"
      topic={topic}
      view={view}
      settings={{ ...settings, handlers: withoutOrder(listHandlers) }}
      columns={columns}
      items={items}
      empty={{
        text: 'No runner yet, and nothing waits',
        hint: { text: 'n mints a key and shows the line that connects a first host', tone: 'dim' },
      }}
      handlers={({ cursor }) => {
        const verbs = cursor === null ? [] : verbsOf(screen, cursor, fetched.again);
        return {
          'list.open': cursor === null ? undefined : () => go(placeOf(cursor)),
          'item.act':
            cursor === null || verbs.length === 0 ? undefined : () => openMenu(subject(cursor), verbs),
          'fleet.connect': may('enrollment_keys.mint') ? () => go({ screen: 'mint' }) : undefined,
          'app.refresh': () => {
            session.refresh();
            fetched.again();
          },
        };
      }}
      copyText={(row) => ({ text: subject(row), what: 'what it is' })}
    />
  );
}

/** All that the dashboard watches beside the fleet. */
function useKnown() {
  useTopic('packs');
  useTopic('runs');
  useTopic('approvals');
  return {
    runs: useConsoleState((state) => state.runs),
    packVersions: useConsoleState((state) => state.packVersions),
    approvals: useConsoleState((state) => state.approvals),
  };
}

function verbsOf(screen: Console, row: DashboardRow, lookAgain: () => void) {
  switch (row.kind) {
    case 'approval':
      return approvalVerbs(screen, row.approval);
    case 'device':
      return deviceVerbs(screen, row.device, lookAgain);
    case 'run':
      return runVerbs(screen, row.run);
    default:
      return [];
  }
}

/** The order is what matters first; there is no other. */
function withoutOrder(handlers: ReturnType<typeof useListSettings>['handlers']) {
  const { 'list.sort': _sort, 'list.reverse': _reverse, ...rest } = handlers;
  return rest;
}

function filtered(all: readonly ListItem<DashboardRow>[], filter: string) {
  const { test, error } = parseFilter(filter, {
    text: rowText,
    terms: { kind: { values: ({ kind }: DashboardRow) => [kind], exact: true } },
  });
  const items = all.filter((item) => item.kind === 'heading' || test(item.row));
  const rowsOf = (list: readonly ListItem<DashboardRow>[]) =>
    list.flatMap((item) => (item.kind === 'row' ? [item.row] : []));
  return { items, view: { rows: rowsOf(items), total: rowsOf(all).length, error } };
}
