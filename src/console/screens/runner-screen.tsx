// One runner: how it is and why, what it offers, what ran on it. Enter opens what the cursor is on.
import { Box } from 'ink';
import { useMemo } from 'react';
import { getRunner, listRunnerActions, type RunnerDetail } from '../../protocol/api/runners.ts';
import { listRuns, type Run } from '../../protocol/api/runs.ts';
import { Line, Rule } from '../components/line.tsx';
import { Empty, Failed, Loading } from '../components/states.tsx';
import type { ListItem } from '../components/table.tsx';
import { useNow } from '../components/tick.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { useList } from '../components/use-list.ts';
import { useRemembered } from '../components/remembered.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { faultOfRun, faultOfRunner } from '../store/explanations.ts';
import { lastBeatAt, type ConsoleState } from '../store/state.ts';
import { spansOf } from '../theme/span.ts';
import { ActionDialog } from './run-action-dialog.tsx';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { runnerFacts, stateSpans } from './runner-facts.ts';
import { rowSpans, runnerItems, RUNS_SHOWN, type RunnerLists, type RunnerRow } from './runner-rows.ts';
import { runnerVerbs } from './runner-verbs.ts';
import { explain } from './troubleshooting-screen.tsx';
import { ScreenFrame } from './screen-frame.tsx';

/** `id` is the id of the record or the exact name. */
export function RunnerScreen({ id }: { id: string }) {
  const { session, room, failureOf } = useConsole();
  const fleet = useTopic('fleet');
  useTopic('runs');
  const row = useConsoleState((state) => findRunner(state, id));
  // The row changes with whatever changes the record; what it offers also changes with a decision on a pack.
  const version = `${row?.state} ${row?.packs_count} ${row?.packs_pending} ${row?.degraded_count} ${row?.last_connected_at} ${row?.registered_at}`;
  const fetched = useFetched(id, version, async () => {
    const [detail, actions, runs] = await Promise.all([
      session.call(getRunner, { params: { id } }),
      session.call(listRunnerActions, { params: { id } }),
      session.call(listRuns, { query: { runner: id, limit: RUNS_SHOWN } }),
    ]);
    return { detail, actions: actions.items, runs: runs.items };
  });
  useCommands({
    'app.refresh': () => {
      session.refresh();
      fetched.again();
    },
  });
  const isGone = fleet.phase === 'ready' && row === undefined && fetched.value !== null;
  if (fetched.value !== null && !isGone) {
    // Between two answers the row is newer than the record.
    return <Known detail={{ ...fetched.value.detail, ...row }} {...pick(fetched.value)} />;
  }
  return (
    <ScreenFrame crumbs={['Fleet', fetched.value?.detail.name ?? row?.name ?? id]}>
      {isGone ? (
        <Empty
          text="This runner is gone"
          hint={{ text: 'It was deleted; its runs stay under Runs', tone: 'dim' }}
          {...room}
        />
      ) : fetched.phase === 'error' ? (
        <Failed what="this runner" failure={failureOf(fetched.error)} {...room} />
      ) : (
        <Loading what="this runner" {...room} />
      )}
    </ScreenFrame>
  );
}

function pick({ actions, runs }: Pick<KnownProps, 'actions' | 'runs'>) {
  return { actions, runs };
}

function findRunner(state: ConsoleState, id: string) {
  const known = state.runners.get(id);
  if (known !== undefined) return known;
  for (const runner of state.runners.values()) if (runner.name === id) return runner;
  return undefined;
}

interface KnownProps {
  readonly detail: RunnerDetail;
  readonly actions: RunnerLists['actions'];
  readonly runs: readonly Run[];
}

function Known({ detail, actions, runs: fetchedRuns }: KnownProps) {
  const screen = useConsole();
  const { room, timeMode, openMenu, openFilter } = screen;
  const now = useNow();
  const [filter, setFilter] = useRemembered('filter', '');
  const live = useConsoleState((state) => state.runs);
  const runs = useMemo(() => latestRuns(live, fetchedRuns, detail.id), [live, fetchedRuns, detail.id]);
  const { packs } = detail;
  const { items, error } = useMemo(
    () => runnerItems({ packs, actions, runs }, filter),
    [packs, actions, runs, filter],
  );
  const beatAt = useConsoleState((state) => lastBeatAt(state, detail));
  const at = { width: room.width, now, timeMode, beatAt };
  const facts = runnerFacts(detail, at).slice(0, Math.max(2, room.height - 6));
  const lines = Math.max(1, room.height - facts.length);
  const list = useList({ items, lines, orderKey: filter });
  const verbs = runnerVerbs(screen, [detail]);
  const toSection = (step: 1 | -1) => () => {
    const next = sectionFrom(list.items, list.cursorId, step);
    if (next !== null) list.focus(next);
  };
  useCommands({
    ...list.handlers,
    ...rowCommands(screen, detail, list.cursor),
    'detail.section': toSection(1),
    'detail.section_back': toSection(-1),
    'list.filter': () => openFilter(filter, setFilter),
    ...(filter === '' ? {} : { 'app.back': () => setFilter('') }),
    'item.act': verbs.length === 0 ? undefined : () => openMenu(detail.name, verbs),
  });
  return (
    <ScreenFrame
      crumbs={['Fleet', detail.name]}
      right={[
        { text: error === null ? '' : `${error}  `, tone: 'danger' },
        { text: filter === '' ? '' : `/${filter}  `, tone: 'focus' },
        ...stateSpans(detail, at),
      ]}
    >
      {facts.map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
      <Box flexDirection="column" height={lines} overflowY="hidden">
        {list.items.length === 0 && (
          <Line
            spans={{ text: '   Nothing matches the filter; esc takes it away', tone: 'dim' }}
            width={room.width}
          />
        )}
        {list.items.slice(list.offset, list.offset + lines).map((item) => (
          <RowLine
            key={item.id}
            item={item}
            isCursor={item.id === list.cursorId}
            width={room.width}
            now={now}
          />
        ))}
      </Box>
    </ScreenFrame>
  );
}

/** Id of the first row of the section after or before the cursor's, around the ends; null without rows. */
function sectionFrom(
  items: readonly ListItem<RunnerRow>[],
  cursorId: string | null,
  step: 1 | -1,
): string | null {
  const firsts = items.flatMap((item, at) =>
    item.kind === 'row' && items[at - 1]?.kind === 'heading' ? [{ at, id: item.id }] : [],
  );
  const cursorAt = items.findIndex(({ id }) => id === cursorId);
  const current = firsts.findLastIndex(({ at }) => at <= cursorAt);
  return firsts.at((current + step + firsts.length) % Math.max(1, firsts.length))?.id ?? null;
}

function RowLine(props: { item: ListItem<RunnerRow>; isCursor: boolean; width: number; now: number }) {
  const { item, isCursor, width, now } = props;
  const { timeMode } = useConsole();
  if (item.kind === 'heading') {
    return item.id.endsWith('.none') ? (
      <Line spans={item.spans} width={width} />
    ) : (
      <Rule title={item.spans} width={width} />
    );
  }
  const bar = { text: isCursor ? ' ▌ ' : '   ', tone: 'focus' } as const;
  return <Line width={width} spans={[bar, ...spansOf(rowSpans(item.row, width - 4, timeMode, now))]} />;
}

function rowCommands(screen: Console, detail: RunnerDetail, cursor: RunnerRow | null) {
  const { go, may, copy, openOverlay, room } = screen;
  const mayRun = may('runs.dispatch');
  const run = (actionId: string | null) => () => go({ screen: 'new-run', runnerId: detail.id, actionId });
  const action = cursor?.kind === 'action' ? cursor.offered.action : null;
  const copied = cursor === null ? null : copyOf(cursor);
  return {
    'list.open': cursor === null ? undefined : () => openRow(screen, detail, cursor),
    'item.run': mayRun ? run(action?.id ?? null) : undefined,
    'item.related':
      action === null
        ? () => go({ screen: 'runs', filter: `runner:${detail.name}` })
        : () => openOverlay((close) => <ActionDialog action={action} room={room} onClose={close} />),
    'item.explain': () => explain(screen, codeAt(cursor) ?? faultOfRunner(detail)),
    'item.events': may('audit.view')
      ? () => go({ screen: 'audit', filter: `target:${detail.id}` })
      : undefined,
    'item.copy': () => (copied === null ? copy(detail.name, 'the name') : copy(copied.text, copied.what)),
    'item.copy_row': () => copy(JSON.stringify(detail), 'the runner as JSON'),
  };
}

/** What stands in the way of the row under the cursor, if anything does. */
function codeAt(row: RunnerRow | null): string | null {
  if (row?.kind === 'action') return row.offered.blocked_by;
  if (row?.kind === 'run') return faultOfRun(row.run);
  return row?.kind === 'pack' && row.pack.trust !== 'trusted' ? 'pack.pending' : null;
}

function copyOf(row: RunnerRow): { text: string; what: string } {
  if (row.kind === 'pack') return { text: row.pack.hash, what: 'the hash' };
  if (row.kind === 'run') return { text: row.run.id, what: 'the id of the run' };
  return { text: row.offered.action.id, what: 'the name of the action' };
}

function openRow({ go, may, openOverlay, room }: Console, detail: RunnerDetail, row: RunnerRow): void {
  if (row.kind === 'pack')
    return go({ screen: 'pack', id: row.pack.pack_version_id ?? `${row.pack.pack_id}@${row.pack.version}` });
  if (row.kind === 'run') return go({ screen: 'run', id: row.run.id });
  const { action } = row.offered;
  if (may('runs.dispatch')) return go({ screen: 'new-run', runnerId: detail.id, actionId: action.id });
  openOverlay((close) => <ActionDialog action={action} room={room} onClose={close} />);
}

/** What was fetched, with what the stream told since; newest first. */
function latestRuns(live: ReadonlyMap<string, Run>, fetched: readonly Run[], runnerId: string): Run[] {
  const runs = new Map(fetched.map((run) => [run.id, run]));
  for (const run of live.values()) if (run.runner_id === runnerId) runs.set(run.id, run);
  return [...runs.values()].toSorted((a, b) => (a.queued_at < b.queued_at ? 1 : -1));
}
