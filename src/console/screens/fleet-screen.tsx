// The whole fleet, worst first: which runner is up, what waits, what it runs.
import { useMemo } from 'react';
import type { Runner } from '../../protocol/api/runners.ts';
import { useRemembered } from '../components/remembered.ts';
import type { Column } from '../components/table-layout.ts';
import type { ListModel } from '../components/use-list.ts';
import { age } from '../format/time.ts';
import type { CommandHandlers } from '../keymap/router.ts';
import { createRunnerSelector, runnerColumns, type RunnerColumn } from '../store/runners.ts';
import { lastBeatAt } from '../store/state.ts';
import { runnerBadge } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { groupedItems, groupOfHeading, headingOf, isHealthy, oncallItems } from './fleet-groups.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';
import { faultOfRunner } from '../store/explanations.ts';
import type { Place } from './place.ts';
import { explain } from './troubleshooting-screen.tsx';
import { runnerVerbs, targetsTitle } from './runner-verbs.ts';

export function FleetScreen({ filter, arranged }: { filter: string; arranged?: 'oncall' | undefined }) {
  const console = useConsole();
  const { go, may, openMenu } = console;
  const topic = useTopic('fleet');
  const settings = useListSettings(runnerColumns, filter);
  const select = useMemo(() => createRunnerSelector(), []);
  const { filter: text, reverse } = settings;
  const sort = settings.sort as RunnerColumn;
  const view = useConsoleState((state) => select(state, { filter: text, sort, reverse }));
  const columns = useMemo(() => columnsOf(console), [console]);
  // Under its heading a runner need not say its group again.
  const inGroups = useMemo(() => columns.filter(({ key }) => key !== 'group'), [columns]);
  const groups = useGroups(view.rows, arranged ?? 'flat');
  const handlers = (list: ListModel<Runner>): CommandHandlers => {
    const { cursor, cursorId } = list;
    const group = groups.of(cursorId, cursor);
    const onHeading = cursor === null && group !== null;
    const targets = onHeading && list.marked.size === 0 ? groups.under(group) : list.targets();
    const verbs = runnerVerbs(console, targets);
    const fold = (name: string) => () => {
      groups.fold(name);
      list.focus(headingOf(name));
    };
    const open = cursor === null ? undefined : () => go({ screen: 'runner', id: cursor.id });
    return {
      'list.open': onHeading ? fold(group) : open,
      'fleet.group': groups.toggle,
      'fleet.fold': group === null ? undefined : fold(group),
      'fleet.connect': may('enrollment_keys.mint') ? () => go({ screen: 'mint' }) : undefined,
      'item.run':
        targets.length > 0 && may('runs.dispatch')
          ? () =>
              go(newRunOn(targets, onHeading && !groups.saysGroup && list.marked.size === 0 ? group : null))
          : undefined,
      'item.related':
        cursor === null ? undefined : () => go({ screen: 'runs', filter: `runner:${cursor.name}` }),
      'item.explain': cursor === null ? undefined : () => explain(console, faultOfRunner(cursor)),
      'item.events':
        cursor === null || !may('audit.view')
          ? undefined
          : () => go({ screen: 'audit', filter: `target:${cursor.id}` }),
      'item.act': verbs.length === 0 ? undefined : () => openMenu(targetsTitle(targets), verbs),
    };
  };
  return (
    <ListScreen
      crumbs={['Fleet']}
      what="the fleet"
      topic={topic}
      view={view}
      settings={settings}
      columns={groups.saysGroup ? columns : inGroups}
      empty={{
        text: 'No runner yet',
        hint: { text: 'n mints a key and shows the line that connects a first host', tone: 'dim' },
      }}
      items={groups.items}
      arrangement={groups.arrangement}
      markable
      handlers={handlers}
      copyText={(runner) => ({ text: runner.name, what: 'the name' })}
    />
  );
}

/** A form for the runner, the marked ones, or the group whose heading the cursor is on. */
function newRunOn(targets: readonly Runner[], group: string | null): Place {
  const place = { screen: 'new-run', runnerId: null, actionId: null } as const;
  if (group !== null) return { ...place, group };
  const [only] = targets;
  if (targets.length === 1 && only !== undefined) return { ...place, runnerId: only.id };
  return { ...place, runnerIds: targets.map(({ id }) => id) };
}

const nothingTurned: ReadonlySet<string> = new Set();

const arrangements = ['flat', 'groups', 'oncall'] as const;
type Arrangement = (typeof arrangements)[number];

/**
 * Flat, by group, or for somebody on call: what is in trouble row by row, the healthy ones a line for each group.
 * Which groups are turned from folded to open, or back, stays with the place.
 */
function useGroups(rows: readonly Runner[], first: Arrangement) {
  const [arrangement, setArrangement] = useRemembered<Arrangement>('arrangement', first);
  const [turned, setTurned] = useRemembered('folded', nothingTurned);
  const items = useMemo(() => {
    if (arrangement === 'flat') return undefined;
    return arrangement === 'groups' ? groupedItems(rows, turned) : oncallItems(rows, turned);
  }, [arrangement, rows, turned]);
  return {
    items,
    arrangement: `${arrangement} ${[...turned].join(' ')}`,
    toggle: () => {
      setArrangement(arrangements[(arrangements.indexOf(arrangement) + 1) % arrangements.length] ?? 'flat');
      setTurned(nothingTurned);
    },
    /** The group of the heading or of the runner under the cursor; null in a flat list. */
    of: (cursorId: string | null, cursor: Runner | null) => {
      if (arrangement === 'flat') return null;
      return groupOfHeading(cursorId) ?? (arrangement === 'groups' ? (cursor?.group ?? null) : null);
    },
    fold: (group: string) => {
      const next = new Set(turned);
      if (!next.delete(group)) next.add(group);
      setTurned(next);
    },
    /** Beside the groups' headings a runner need not say its group again. */
    saysGroup: arrangement !== 'groups',
    /** What a heading stands for. */
    under: (group: string) =>
      rows.filter((row) => row.group === group && (arrangement === 'groups' || isHealthy(row))),
  };
}

/** Beats come every 30 s: a column of ages that all change every second would be unrest and nothing more. */
const BEAT_STEP_MS = 5000;

function inSteps(ms: number): number {
  return Math.floor(Math.max(0, ms) / BEAT_STEP_MS) * BEAT_STEP_MS;
}

function columnsOf({ session }: Console): readonly Column<Runner>[] {
  const heartbeat = (runner: Runner) => (now: number) => {
    const at = lastBeatAt(session.store.getState(), runner);
    if (at === null) return { text: '–', tone: 'dim' as const };
    const text = age(inSteps(now - at));
    return runner.state === 'online' ? text : { text: `${text} ago`, tone: 'dim' as const };
  };
  return [
    {
      key: 'name',
      title: 'NAME',
      width: 14,
      grow: 1,
      max: 40,
      cut: 'middle',
      priority: 0,
      cell: ({ name }) => name,
    },
    {
      key: 'state',
      title: 'STATE',
      width: 11,
      priority: 0,
      cell: runnerBadge,
    },
    {
      key: 'heartbeat',
      title: 'HEARTBEAT',
      width: 9,
      priority: 1,
      cell: (runner) => ({ live: heartbeat(runner) }),
    },
    {
      key: 'runs',
      title: 'RUNS',
      width: 4,
      align: 'right',
      priority: 3,
      cell: (runner) => String(runner.unfinished_runs),
    },
    { key: 'version', title: 'VERSION', width: 8, priority: 4, cell: ({ version }) => version },
    {
      key: 'packs',
      title: 'PACKS',
      width: 7,
      priority: 2,
      cell: (runner) => [
        { text: String(runner.packs_count) },
        { text: runner.packs_pending > 0 ? ` ▲${runner.packs_pending}` : '', tone: 'caution' },
      ],
    },
    { key: 'group', title: 'GROUP', width: 14, grow: 1, max: 24, priority: 2, cell: ({ group }) => group },
    {
      key: 'labels',
      title: 'LABELS',
      width: 8,
      grow: 2,
      priority: 6,
      cell: ({ labels }) => ({
        text: Object.entries(labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
        tone: 'dim',
      }),
    },
  ];
}
