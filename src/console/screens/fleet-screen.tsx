// The whole fleet, worst first: which runner is up, what waits, what it runs.
import { useMemo } from 'react';
import type { Runner } from '../../protocol/api/runners.ts';
import { disableRunner, enableRunner } from '../../protocol/api/runners.ts';
import { badgeOf } from '../../protocol/runner.ts';
import type { Column } from '../components/table-layout.ts';
import { age } from '../format/time.ts';
import { createRunnerSelector, runnerColumns, type RunnerColumn } from '../store/runners.ts';
import { lastBeatAt } from '../store/state.ts';
import { badge, runnerTokens } from '../theme/tokens.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { ListScreen, useListSettings } from './list-screen.tsx';

export function FleetScreen({ filter }: { filter: string }) {
  const console = useConsole();
  const topic = useTopic('fleet');
  const settings = useListSettings(runnerColumns, filter);
  const select = useMemo(() => createRunnerSelector(), []);
  const { filter: text, reverse } = settings;
  const sort = settings.sort as RunnerColumn;
  const view = useConsoleState((state) => select(state, { filter: text, sort, reverse }));
  const columns = useMemo(() => columnsOf(console), [console]);
  return (
    <ListScreen
      crumbs={['Fleet']}
      what="the fleet"
      topic={topic}
      view={view}
      settings={settings}
      columns={columns}
      empty={{
        text: 'No runner yet',
        hint: 'Mint a key with emisar-console keys mint, then start a runner with it',
      }}
      handlers={({ cursor }) => ({
        'item.run':
          cursor !== null && console.may('runs.dispatch')
            ? () => console.go({ screen: 'new-run', runnerId: cursor.id, actionId: null })
            : undefined,
        'item.act':
          cursor !== null && console.may('runners.manage')
            ? () => console.openMenu(cursor.name, verbsOf(console, cursor))
            : undefined,
      })}
      copyText={(runner) => ({ text: runner.name, what: 'the name' })}
    />
  );
}

function columnsOf({ session }: Console): readonly Column<Runner>[] {
  const heartbeat = (runner: Runner) => (now: number) => {
    const at = lastBeatAt(session.store.getState(), runner);
    if (at === null) return { text: '–', tone: 'dim' as const };
    return runner.state === 'online' ? age(now - at) : { text: `${age(now - at)} ago`, tone: 'dim' as const };
  };
  return [
    {
      key: 'name',
      title: 'NAME',
      width: 14,
      grow: 2,
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
      cell: (runner) => badge(runnerTokens[badgeOf(runner)]),
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
    { key: 'group', title: 'GROUP', width: 10, grow: 1, max: 24, priority: 2, cell: ({ group }) => group },
    {
      key: 'labels',
      title: 'LABELS',
      width: 8,
      grow: 1,
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

function verbsOf(console: Console, runner: Runner) {
  const { session, confirm } = console;
  const params = { id: runner.id };
  if (runner.state === 'disabled') {
    const enable = () => {
      session.call(enableRunner, { params }).then(
        () =>
          session.notify({ tone: 'good', text: `${runner.name} is enabled; start its service on the host` }),
        (error: unknown) => session.notifyFailure(error),
      );
    };
    return [{ letter: 'e', label: 'Enable', run: enable }];
  }
  const disable = () =>
    confirm({
      title: `Disable ${runner.name}`,
      verb: 'Disable',
      typeName: runner.name,
      tone: 'danger',
      consequence: [
        'Its session is closed and its service exits. Enabling alone does not bring it back: the service must be started again on the host.',
      ],
      facts: ['sudo systemctl start emisar'],
      onConfirm: async () => {
        await session.call(disableRunner, { params });
        session.notify({ tone: 'good', text: `${runner.name} is disabled` });
      },
    });
  return [{ letter: 'd', label: 'Disable…', tone: 'danger' as const, run: disable }];
}
