// One dispatch on many runners: same answers together, what failed first. Enter opens a run, or the runners
// behind one answer.
import { Box } from 'ink';
import { useMemo } from 'react';
import {
  getOperation,
  listAnswers,
  type DispatchResult,
  type OperationDetail,
  type RunAnswer,
} from '../../protocol/api/runs.ts';
import { Line, Rule } from '../components/line.tsx';
import { useRemembered } from '../components/remembered.ts';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { useNow } from '../components/tick.tsx';
import { useFetched } from '../components/use-fetched.ts';
import { useList } from '../components/use-list.ts';
import { bytes, count, plural } from '../format/amount.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { finishedCount, latestResults, operationRows } from '../store/operation.ts';
import { spansOf } from '../theme/span.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { CompareDialog } from './operation-compare.tsx';
import {
  countSpans,
  operationFacts,
  operationItems,
  operationSpans,
  type OperationRow,
} from './operation-rows.ts';
import { operationVerbs, type AskReason } from './operation-verbs.ts';
import { ReasonDialog } from './reason-dialog.tsx';
import { saveOutput } from './run-save.ts';
import { ScreenFrame } from './screen-frame.tsx';

export function OperationScreen({ id }: { id: string }) {
  const { session, room, failureOf } = useConsole();
  useTopic('runs');
  const fetched = useFetched(id, '', () => session.call(getOperation, { params: { id } }));
  useCommands({
    'app.refresh': () => {
      session.refresh();
      fetched.again();
    },
  });
  if (fetched.value !== null) return <Known operation={fetched.value} />;
  return (
    <ScreenFrame crumbs={['Runs', id]}>
      {fetched.phase === 'error' ? (
        <Failed what="this dispatch" failure={failureOf(fetched.error)} {...room} />
      ) : (
        <Loading what="the dispatch" {...room} />
      )}
    </ScreenFrame>
  );
}

const noAnswers: ReadonlyMap<string, RunAnswer> = new Map();
const nothingOpen: ReadonlySet<string> = new Set();

function Known({ operation }: { operation: OperationDetail }) {
  const screen = useConsole();
  const { session, room } = screen;
  const now = useNow();
  const live = useConsoleState((state) => state.runs);
  const results = useMemo(() => latestResults(operation, live), [operation, live]);
  const finished = finishedCount(results);
  const answered = useFetched(operation.id, String(finished), async () => {
    const { items } = await session.call(listAnswers, { params: { id: operation.id } });
    return new Map(items.map((answer) => [answer.run_id, answer]));
  });
  const answers = answered.value ?? noAnswers;
  const [onlyFailed, setOnlyFailed] = useRemembered('failures', false);
  const [opened, setOpened] = useRemembered('opened', nothingOpen);
  const rows = useMemo(() => operationRows(results, answers, { onlyFailed }), [results, answers, onlyFailed]);
  const items = useMemo(() => operationItems(rows, opened), [rows, opened]);
  const facts = operationFacts(operation);
  const lines = Math.max(1, room.height - facts.length - 1);
  const orderKey = `${onlyFailed} ${[...opened].join(' ')}`;
  const list = useList({ items, lines, orderKey, markable: true });
  const askReason: AskReason = (title, consequence, onReason) =>
    screen.openOverlay((close) => (
      <ReasonDialog
        {...{ title, consequence, room, onReason }}
        failureOf={screen.failureOf}
        onClose={close}
      />
    ));
  const verbs = operationVerbs(screen, operation, rows, askReason);
  const toggle = (group: string) => {
    const next = new Set(opened);
    if (!next.delete(group)) next.add(group);
    setOpened(next);
  };
  const pair = list.marked.size === 2 ? list.targets().map(resultOf) : [];
  useCommands({
    ...list.handlers,
    ...rowCommands(screen, list.cursor, toggle),
    'operation.failures': () => setOnlyFailed(!onlyFailed),
    'operation.compare': () => compare(screen, pair),
    'item.act': verbs.length === 0 ? undefined : () => screen.openMenu(operation.action_id, verbs),
    'output.save': finished === 0 ? undefined : () => saveAll(screen, results),
    ...(onlyFailed ? { 'app.back': () => setOnlyFailed(false) } : {}),
  });
  const title = `output, same answers together${onlyFailed ? ' · failures only' : ''}`;
  return (
    <ScreenFrame
      crumbs={['Runs', `${operation.action_id} on ${plural(results.length, 'runner')}`]}
      right={countSpans(rows, room.width)}
    >
      {facts.map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
      <Rule title={{ text: title }} width={room.width} />
      <Box flexDirection="column" height={lines} overflowY="hidden">
        {list.items.length === 0 && (
          <Empty
            text="Nothing failed"
            hint={{ text: 'f shows all of them again', tone: 'dim' }}
            width={room.width}
            height={lines}
          />
        )}
        {list.items.slice(list.offset, list.offset + lines).map((item) => {
          const bar = item.id === list.cursorId ? '▌' : ' ';
          const mark = list.marked.has(item.id) ? '*' : ' ';
          return (
            <Line
              key={item.id}
              width={room.width}
              spans={[
                { text: ` ${bar}${mark}`, tone: 'focus' },
                ...(item.kind === 'row' ? spansOf(operationSpans(item.row, room.width - 4, now)) : []),
              ]}
            />
          );
        })}
      </Box>
    </ScreenFrame>
  );
}

/** The run that a line stands for: of several alike, the first. */
function resultOf(row: OperationRow): DispatchResult | null {
  return row.kind === 'result' ? row.result : (row.group.results[0] ?? null);
}

function rowCommands({ go, copy }: Console, cursor: OperationRow | null, toggle: (group: string) => void) {
  const result = cursor === null ? null : resultOf(cursor);
  const isMany = cursor?.kind === 'answer' && cursor.group.results.length > 1;
  const run = result?.run ?? null;
  const open = run === null ? undefined : () => go({ screen: 'run', id: run.id });
  return {
    'list.open': isMany ? () => toggle(cursor.group.id) : open,
    'item.related': result === null ? undefined : () => go({ screen: 'runner', id: result.runner_id }),
    'item.copy':
      cursor === null
        ? undefined
        : () =>
            isMany
              ? copy(
                  cursor.group.results.map((one) => one.runner_name).join('\n'),
                  'the names of the runners',
                )
              : copy(result?.runner_name ?? '', 'the name of the runner'),
    'item.copy_row': result === null ? undefined : () => copy(JSON.stringify(result), 'the result as JSON'),
  };
}

function compare({ session, openOverlay }: Console, pair: readonly (DispatchResult | null)[]): void {
  const [left, right] = pair;
  if (!left?.run || !right?.run) {
    session.notify({
      tone: 'plain',
      text: 'Mark two lines that ran with space, then = compares what they printed',
    });
    return;
  }
  openOverlay((close) => <CompareDialog left={left} right={right} onClose={close} />);
}

/** One file a run, in the folder the console was started in. */
function saveAll({ session }: Console, results: readonly DispatchResult[]): void {
  const runs = results.flatMap(({ run }) => (run === null || run.started_at === null ? [] : [run]));
  session.notify({ tone: 'plain', text: `Saving the output of ${plural(runs.length, 'run')}…` });
  const save = async () => {
    let sizeBytes = 0;
    for (const run of runs)
      sizeBytes += (await saveOutput(session, run.id, undefined, process.cwd())).sizeBytes;
    return sizeBytes;
  };
  save().then(
    (sizeBytes) =>
      session.notify({
        tone: 'good',
        text: `Saved ${bytes(sizeBytes)} in ${count(runs.length)} files run_….log to ${process.cwd()}`,
      }),
    (error: unknown) => session.notifyFailure(error),
  );
}
