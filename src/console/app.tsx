// The frame around every screen: which place is shown, what lies over it, where keys go.
import { Box, Text, useApp, useWindowSize } from 'ink';
import { useMemo, useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { may } from '../protocol/permission.ts';
import { ActMenu } from './components/act-menu.tsx';
import { ConfirmDialog } from './components/confirm-dialog.tsx';
import { KeyInput } from './components/key-input.tsx';
import { HeaderLine, KeyLine, NoticeLine, TabsLine } from './components/frame-lines.tsx';
import { MemoryContext, type Memory } from './components/remembered.ts';
import { TickProvider } from './components/tick.tsx';
import { nextTimeMode, type TimeMode } from './format/time.ts';
import { commands } from './keymap/commands.ts';
import { bottomHints } from './keymap/hints.ts';
import { createKeyRouter } from './keymap/router.ts';
import { KeyRouterContext, useActiveCommands, useCommands } from './keymap/use-keys.ts';
import { ConsoleContext, useConsoleState, type Console } from './screens/console-context.ts';
import { FleetScreen } from './screens/fleet-screen.tsx';
import { HelpOverlay } from './screens/help-overlay.tsx';
import { KeysScreen } from './screens/keys-screen.tsx';
import { MintScreen } from './screens/mint-screen.tsx';
import { NewRunScreen } from './screens/new-run-screen.tsx';
import { PackVersionScreen } from './screens/pack-version-screen.tsx';
import { PacksScreen } from './screens/packs-screen.tsx';
import { tabs, parsePlace, type Place } from './screens/place.ts';
import { Prompt, type PromptWish } from './screens/prompt.tsx';
import { RunScreen } from './screens/run-screen.tsx';
import { RunnerScreen } from './screens/runner-screen.tsx';
import { RunsScreen } from './screens/runs-screen.tsx';
import { packsNeedingDecision } from './store/packs.ts';
import type { Session } from './store/session.ts';
import { copyToClipboard, suspendGroup } from './terminal/terminal.ts';
import type { FailureWords } from './components/states.tsx';

const CHROME_LINES = 6;
const LEAST = { columns: 40, rows: 10 };

export interface AppProps {
  readonly session: Session;
  readonly server: string;
  readonly first: Place;
  readonly readOnly: boolean;
  readonly now: () => number;
  readonly failureOf: (error: unknown) => FailureWords;
}

interface Visit {
  readonly place: Place;
  readonly memory: Memory;
}

export function App(props: AppProps) {
  const { session } = props;
  const router = useMemo(
    () =>
      createKeyRouter(commands, (key) =>
        session.notify({ tone: 'plain', text: `${key.name} does nothing here; ? shows the keys` }),
      ),
    [session],
  );
  return (
    <KeyRouterContext value={router}>
      <KeyInput router={router} />
      <TickProvider clock={props.now}>
        <Places {...props} />
      </TickProvider>
    </KeyRouterContext>
  );
}

function Places({ session, server, first, readOnly, now, failureOf }: AppProps) {
  const { exit, suspendTerminal } = useApp();
  const { columns, rows } = useWindowSize();
  const [visits, setVisits] = useState<readonly Visit[]>([{ place: first, memory: new Map() }]);
  const [ahead, setAhead] = useState<readonly Visit[]>([]);
  const [timeMode, setTimeMode] = useState<TimeMode>('relative');
  const [overlay, setOverlay] = useState<{ draw: () => ReactNode } | null>(null);
  const [prompt, setPrompt] = useState<PromptWish | null>(null);
  const here = visits.at(-1) ?? { place: first, memory: new Map() };
  const room = useMemo(() => ({ width: columns, height: Math.max(1, rows - CHROME_LINES) }), [columns, rows]);

  // Verbs appear when it is known who asks, so this is read here and not when a key is pressed.
  const role = useStore(session.store, (state) => state.me?.member.role);
  const console = useMemo((): Console => {
    const close = () => setOverlay(null);
    const visit = (place: Place): Visit => ({ place, memory: new Map() });
    const open = (draw: (close: () => void) => ReactNode) => setOverlay({ draw: () => draw(close) });
    return {
      session,
      server,
      timeMode,
      room,
      failureOf,
      may: (permission) => {
        const isReading = permission.endsWith('.view');
        return role !== undefined && (isReading || !readOnly) && may(role, permission);
      },
      go: (place) => {
        setAhead([]);
        setVisits((all) => [...all.slice(-50), visit(place)]);
      },
      replace: (place) => setVisits((all) => [...all.slice(0, -1), visit(place)]),
      back: () => setVisits((all) => (all.length > 1 ? all.slice(0, -1) : all)),
      copy: (text, what) =>
        session.notify(
          copyToClipboard(text)
            ? { tone: 'plain', text: `Sent ${what} to the clipboard of the terminal` }
            : { tone: 'caution', text: `Cannot copy ${what}: it is too long for a terminal's clipboard` },
        ),
      openMenu: (title, items) =>
        open((done) => <ActMenu title={title} items={items} room={room} onClose={done} />),
      confirm: (wish) =>
        open((done) => (
          <ConfirmDialog
            {...wish}
            now={now}
            server={server}
            room={room}
            failureOf={failureOf}
            onClose={done}
          />
        )),
      openOverlay: open,
      openFilter: (text, apply) =>
        setPrompt({ sign: '/', text, change: apply, accept: apply, cancel: () => apply(text) }),
    };
  }, [session, server, timeMode, room, failureOf, readOnly, role, now]);

  const goBack = () => {
    if (visits.length < 2) return;
    setAhead([here, ...ahead]);
    console.back();
  };
  const runCommand = (text: string) => {
    if (/^:?\s*(q|quit)$/.test(text)) return exit(0);
    const parsed = parsePlace(text);
    if ('error' in parsed) return session.notify({ tone: 'caution', text: parsed.error });
    console.go(parsed.place);
  };
  useCommands(
    {
      'app.back': (key) => (visits.length < 2 && key.name === 'q' ? exit(0) : goBack()),
      'app.history_back': goBack,
      'app.history_forward': () => {
        const [next, ...rest] = ahead;
        if (next === undefined) return;
        setAhead(rest);
        setVisits([...visits, next]);
      },
      'app.tab': (key) => {
        const tab = tabs.find(({ number }) => String(number) === key.name && drawn.has(tabScreen(number)));
        if (tab !== undefined) console.go(tab.place);
      },
      'app.command': () =>
        setPrompt({ sign: ':', text: '', change: () => {}, accept: runCommand, cancel: () => {} }),
      'app.help': () => console.openOverlay((close) => <HelpOverlay room={room} onClose={close} />),
      'app.refresh': () => session.refresh(),
      'app.times': () => setTimeMode(nextTimeMode(timeMode)),
      'app.suspend': () => void suspendTerminal(suspendGroup),
      'app.quit': () => exit(0),
    },
    'frame',
  );

  if (columns < LEAST.columns || rows < LEAST.rows) {
    return (
      <Text wrap="truncate">{`The console needs ${LEAST.columns}×${LEAST.rows}; this is ${columns}×${rows}`}</Text>
    );
  }
  return (
    <ConsoleContext value={console}>
      <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
        <Head readOnly={readOnly} width={columns} screen={here.place.screen} />
        <MemoryContext value={here.memory}>
          <Box flexDirection="column" height={room.height + 2}>
            <Screen key={visits.length} place={here.place} />
            {overlay?.draw()}
          </Box>
        </MemoryContext>
        <Foot width={columns} prompt={prompt} closePrompt={() => setPrompt(null)} />
      </Box>
    </ConsoleContext>
  );
}

/** Screens that are drawn; a tab of another screen is not shown. */
const drawn: ReadonlySet<Place['screen']> = new Set([
  'fleet',
  'runner',
  'packs',
  'pack',
  'runs',
  'run',
  'new-run',
  'keys',
  'mint',
]);

function tabScreen(number: number): Place['screen'] {
  return tabs.find((tab) => tab.number === number)?.place.screen ?? 'fleet';
}

function Screen({ place }: { place: Place }) {
  switch (place.screen) {
    case 'packs':
      return <PacksScreen filter={place.filter} />;
    case 'pack':
      return <PackVersionScreen id={place.id} />;
    case 'runs':
      return <RunsScreen filter={place.filter} />;
    case 'run':
      return <RunScreen id={place.id} />;
    case 'new-run':
      return <NewRunScreen runnerId={place.runnerId} actionId={place.actionId} fromRunId={place.fromRunId} />;
    case 'keys':
      return <KeysScreen filter={place.filter} />;
    case 'mint':
      return <MintScreen />;
    case 'runner':
      return <RunnerScreen id={place.id} />;
    case 'fleet':
      return <FleetScreen filter={place.filter} />;
    default:
      return <FleetScreen filter="" />;
  }
}

function Head({ readOnly, width, screen }: { readOnly: boolean; width: number; screen: Place['screen'] }) {
  const link = useConsoleState((state) => state.link);
  const me = useConsoleState((state) => state.me);
  const waiting = useConsoleState(packsNeedingDecision);
  const words = { kind: link.kind, since: link.since, retryAt: 'retryAt' in link ? link.retryAt : null };
  return (
    <>
      <HeaderLine
        account={me === null ? '' : `${me.account.name} ${me.member.name}`}
        role={me?.member.role ?? null}
        readOnly={readOnly}
        link={words}
        width={width}
      />
      <TabsLine
        width={width}
        tabs={tabs
          .filter(({ place }) => drawn.has(place.screen))
          .map(({ number, title, screens }) => ({
            number,
            title,
            current: screens.includes(screen),
            badge:
              title === 'Packs' && waiting > 0
                ? { text: `▲${waiting}`, tone: 'caution' as const }
                : undefined,
          }))}
      />
    </>
  );
}

function Foot(props: { width: number; prompt: PromptWish | null; closePrompt: () => void }) {
  const notice = useConsoleState((state) => state.notice);
  const active = useActiveCommands();
  return (
    <>
      <NoticeLine notice={notice} width={props.width} />
      {props.prompt === null ? (
        <KeyLine hints={bottomHints(commands, active)} width={props.width} />
      ) : (
        <Prompt wish={props.prompt} width={props.width} onClose={props.closePrompt} />
      )}
    </>
  );
}
