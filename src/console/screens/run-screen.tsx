// One run: why it was asked for, how it stands, and its output as it comes.
import { Box } from 'ink';
import { Line } from '../components/line.tsx';
import { useRemembered } from '../components/remembered.ts';
import { Empty, Failed, Loading } from '../components/states.tsx';
import { useNow } from '../components/tick.tsx';
import { bytes, count } from '../format/amount.ts';
import { useCommands } from '../keymap/use-keys.ts';
import { lineTotal } from '../store/run-output.ts';
import { faultOfRun } from '../store/explanations.ts';
import type { RunView } from '../store/state.ts';
import { isTerminal } from '../../protocol/run.ts';
import { useConsole, useConsoleState, useTopic, type Console } from './console-context.ts';
import { endMarks, runFacts, silence, statusSpans } from './run-facts.ts';
import { OutputPane } from './run-output-pane.tsx';
import { outputTail, structuredLog } from './run-output-text.ts';
import { useOutputView } from './run-output-view.ts';
import { saveOutput } from './run-save.ts';
import type { Stream } from './run-rows.ts';
import { ScreenFrame } from './screen-frame.tsx';
import { explain } from './troubleshooting-screen.tsx';
import { runVerbs } from './run-verbs.ts';

export function RunScreen({ id }: { id: string }) {
  const { room } = useConsole();
  const topic = useTopic(`run:${id}`);
  const view = useConsoleState((state) => state.openRuns.get(id));
  if (view !== undefined) return <OpenRun view={view} />;
  return (
    <ScreenFrame crumbs={['Runs', id]}>
      {topic.phase === 'error' ? (
        <Failed what="this run" failure={topic.failure} {...room} />
      ) : (
        <Loading what="the run" {...room} />
      )}
    </ScreenFrame>
  );
}

function OpenRun({ view: { run, output } }: { view: RunView }) {
  const screen = useConsole();
  const { session, room, timeMode, openFilter } = screen;
  const now = useNow();
  const facts = runFacts(run, room.width).slice(0, Math.max(2, room.height - 4));
  const lines = Math.max(1, room.height - facts.length - 1);
  const [isTable, setTable] = useRemembered('output.table', false);
  const log = isTable ? structuredLog(run.structured_output, run.queued_at) : output;
  const view = useOutputView({
    log,
    marks: isTable ? [] : endMarks(run),
    width: room.width,
    lines,
    timeMode,
    load: (direction) =>
      session.loadOutput(run.id, direction).catch((error: unknown) => session.notifyFailure(error)),
    latestLog: () => session.store.getState().openRuns.get(run.id)?.output,
    openSearch: openFilter,
    say: (text) => session.notify({ tone: 'plain', text }),
  });
  const verbs = runVerbs(screen, run);
  useCommands({
    ...view.handlers,
    'item.act':
      verbs.length === 0 ? undefined : () => screen.openMenu(`${run.action_id} on ${run.runner_name}`, verbs),
    'item.explain': () => explain(screen, faultOfRun(run, run.cause)),
    'item.events': screen.may('audit.view')
      ? () => screen.go({ screen: 'audit', filter: `request:${run.request_id}` })
      : undefined,
    'item.copy': () => screen.copy(run.id, 'the id of the run'),
    'item.related': () => screen.go({ screen: 'runner', id: run.runner_id }),
    'output.copy': lineTotal(log) === 0 ? undefined : () => copyText(screen, log, view.stream),
    'output.save':
      run.output_chunks === 0 && lineTotal(output) === 0
        ? undefined
        : () => save(screen, run.id, view.stream),
    'output.view': run.structured_output === null ? undefined : () => setTable(!isTable),
  });
  const isSilent = lineTotal(log) === 0 && !output.moreBefore;
  return (
    <ScreenFrame crumbs={['Runs', `${run.action_id} on ${run.runner_name}`]} right={statusSpans(run, now)}>
      {facts.map((spans, index) => (
        <Line key={index} spans={spans} width={room.width} />
      ))}
      {isSilent ? (
        <Box flexDirection="column" height={lines + 1}>
          <Empty
            text={
              silence(run.status) ??
              (isTerminal(run.status) ? 'It printed nothing' : 'Nothing was printed yet')
            }
            width={room.width}
            height={lines + 1}
          />
        </Box>
      ) : (
        <OutputPane
          view={view}
          log={log}
          isLive={!isTerminal(run.status)}
          timeMode={timeMode}
          width={room.width}
          lines={lines}
        />
      )}
    </ScreenFrame>
  );
}

function copyText({ copy }: Console, log: RunView['output'], stream: Stream | undefined): void {
  const { text, lines, isAll } = outputTail(log, stream);
  copy(text, isAll ? `${count(lines)} lines` : `the last ${count(lines)} lines (ctrl-s saves all of it)`);
}

function save({ session }: Console, runId: string, stream: Stream | undefined): void {
  session.notify({ tone: 'plain', text: 'Saving the output…' });
  saveOutput(session, runId, stream, process.cwd()).then(
    ({ path, sizeBytes }) => session.notify({ tone: 'good', text: `Saved ${bytes(sizeBytes)} to ${path}` }),
    (error: unknown) => session.notifyFailure(error),
  );
}
