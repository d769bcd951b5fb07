// The frame around every screen: which place is shown, what lies over it, where keys go.
import { Box, Text, useApp, useIsScreenReaderEnabled, useWindowSize } from 'ink';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { useStore } from 'zustand';
import { Foot, Head } from './app-frame.tsx';
import { useAttention, type Call } from './attention.ts';
import { Screen } from './app-screen.tsx';
import { ActMenu } from './components/act-menu.tsx';
import { ConfirmDialog } from './components/confirm-dialog.tsx';
import { MemoryContext, type Memory } from './components/remembered.ts';
import { nextTimeMode, type TimeMode } from './format/time.ts';
import { Keyed } from './keyed.tsx';
import type { KeyTable } from './keymap/commands.ts';
import { useCommands } from './keymap/use-keys.ts';
import { ConsoleContext, type Console, type Looking, type ProfilesDoor } from './screens/console-context.ts';
import { completionsOf } from './screens/completions.ts';
import { HelpOverlay } from './screens/help-overlay.tsx';
import { MORE_KEY, parsePlace, tabs, type Place } from './screens/place.ts';
import { learnMembers } from './screens/member-names.ts';
import { moreItems } from './screens/more-menu.ts';
import type { PromptWish } from './screens/prompt.tsx';
import { isOutdated } from './store/link-state.ts';
import type { Session } from './store/session.ts';
import { settingCompletions, type SettingWord } from './console-settings.ts';
import { useSettingCommands } from './setting-commands.ts';
import { clipboardCaveat, copyToClipboard } from './terminal/clipboard.ts';
import { suspendGroup, watchStops } from './terminal/terminal.ts';
import { fadedTheme } from './theme/theme.ts';
import { ThemeContext, useTheme } from './theme/theme-context.ts';
import type { FailureWords } from './components/states.tsx';

const CHROME_LINES = 6;
const SPOKEN_COLUMNS = 200;
/** Whole forms: what is said needs no window to be seen in. */
const SPOKEN_ROWS = 40;
const LEAST = { columns: 40, rows: 10 };

export interface AppProps {
  readonly session: Session;
  readonly server: string;
  readonly first: Place;
  readonly readOnly: boolean;
  readonly now: () => number;
  readonly failureOf: (error: unknown) => FailureWords;
  readonly profiles: ProfilesDoor;
  readonly looking: Looking;
  readonly keyTable: KeyTable;
  /** Keeps a setting for the next time; throws where it cannot. */
  readonly keepSetting: (word: SettingWord, value: string) => void;
  /** Names the window of the terminal. */
  readonly setTitle: (text: string) => void;
  /** Told of new pages, when the screen is read aloud. */
  readonly reader: Reader | null;
  /** Calls whoever looks elsewhere. */
  readonly call: Call;
}

export interface Reader {
  readonly turnPage: () => void;
  readonly repeat: () => void;
}

interface Visit {
  readonly place: Place;
  readonly memory: Memory;
}

export function App(props: AppProps) {
  const { session, keyTable, now } = props;
  const sayUnknown = (name: string) =>
    session.notify({
      tone: 'plain',
      text: `${name} does nothing here; ${keyTable['app.help'].keys[0] ?? ''} shows the keys`,
    });
  return (
    <Keyed keyTable={keyTable} now={now} onUnknown={sayUnknown}>
      <Places {...props} />
    </Keyed>
  );
}

/** Giving the terminal away for a moment draws everything anew. */
const nothing = () => Promise.resolve();

function Places(props: AppProps) {
  const { session, server, first, now, failureOf, profiles, looking } = props;
  const readOnly = props.readOnly || looking.as !== null;
  const { exit, suspendTerminal } = useApp();
  const isSpoken = useIsScreenReaderEnabled();
  const window = useWindowSize();
  // What is read aloud has no width; the terminal wraps it.
  const columns = isSpoken ? SPOKEN_COLUMNS : window.columns;
  const rows = isSpoken ? Math.max(window.rows, SPOKEN_ROWS) : window.rows;
  const [visits, setVisits] = useState<readonly Visit[]>([{ place: first, memory: new Map() }]);
  const [ahead, setAhead] = useState<readonly Visit[]>([]);
  const [timeMode, setTimeMode] = useState<TimeMode>('relative');
  const [overlay, setOverlay] = useState<{ draw: () => ReactNode } | null>(null);
  const [prompt, setPrompt] = useState<PromptWish | null>(null);
  const [history, setHistory] = useState<readonly string[]>([]);
  const here = visits.at(-1) ?? { place: first, memory: new Map() };
  const room = useMemo(() => ({ width: columns, height: Math.max(1, rows - CHROME_LINES) }), [columns, rows]);

  const theme = useTheme();
  const isFaded = useStore(session.store, (state) => isOutdated(state.link));
  // Verbs appear when it is known who asks, so this is read here and not when a key is pressed.
  const permissions = useStore(session.store, (state) => state.me?.permissions.join(' ') ?? '');
  // What the command line completes may come while it is open.
  useStore(session.store, (state) => state.memberNames);
  const console = useMemo((): Console => {
    const close = () => setOverlay(null);
    const allowed = new Set(permissions.split(' '));
    const visit = (place: Place): Visit => ({ place, memory: new Map() });
    const open = (draw: (close: () => void) => ReactNode) => setOverlay({ draw: () => draw(close) });
    return {
      session,
      server,
      timeMode,
      now,
      room,
      failureOf,
      profiles,
      lookAs: (member) =>
        void looking.start(member, here.place).catch((error: unknown) => session.notifyFailure(error)),
      may: (permission) => {
        const isReading = permission.endsWith('.view');
        return (isReading || !readOnly) && allowed.has(permission);
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
            ? { tone: 'plain', text: `Sent ${what} to the clipboard of the terminal`, fix: clipboardCaveat() }
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
  }, [session, server, timeMode, room, failureOf, profiles, readOnly, permissions, now, looking, here.place]);

  useAttention(session, permissions, { now, call: props.call });
  useEffect(
    () =>
      watchStops(
        () => void suspendTerminal(suspendGroup),
        // Taken anew: whoever had the terminal meanwhile has drawn on it.
        () => void suspendTerminal(nothing),
      ),
    [suspendTerminal],
  );
  const { reader } = props;
  useEffect(() => reader?.turnPage(), [reader, visits]);
  const goBack = () => {
    if (visits.length < 2) return;
    setAhead([here, ...ahead]);
    console.back();
  };
  const runSetting = useSettingCommands(session, props.keepSetting);
  const openProfile = (name: string) => {
    try {
      profiles.open(name);
    } catch (error) {
      session.notifyFailure(error);
    }
  };
  const lookOrStop = (member: string) => {
    if (member !== '') return console.lookAs(member);
    if (looking.as !== null) return looking.stop(here.place);
    session.notify({ tone: 'plain', text: 'You look with your own eyes; :as MEMBER looks as somebody else' });
  };
  const runCommand = (text: string) => {
    if (text.trim() === '') return;
    setHistory([text, ...history.filter((line) => line !== text)].slice(0, 100));
    if (/^:?\s*(q|quit)$/.test(text)) return exit(0);
    if (runSetting(text)) return;
    const [isAs, member = ''] = /^:?\s*as(?:\s+(.+))?$/.exec(text) ?? [];
    if (isAs !== undefined) return lookOrStop(member.trim());
    const wanted = /^:?\s*profile\s+(\S+)\s*$/.exec(text)?.[1];
    if (wanted !== undefined) return openProfile(wanted);
    const parsed = parsePlace(text);
    if ('error' in parsed) return session.notify({ tone: 'caution', text: parsed.error });
    console.go(parsed.place);
  };
  useCommands(
    {
      'app.back': (key) => {
        if (visits.length > 1) return goBack();
        if (key.name !== 'esc') return exit(0);
        if (looking.as !== null) looking.stop(here.place);
      },
      'app.history_back': goBack,
      'app.history_forward': () => {
        const [next, ...rest] = ahead;
        if (next === undefined) return;
        setAhead(rest);
        setVisits([...visits, next]);
      },
      'app.tab': (key) => {
        const tab = tabs.find(({ number }) => String(number) === key.name);
        if (tab !== undefined) console.go(tab.place);
        else if (key.name === String(MORE_KEY)) console.openMenu('More', moreItems(console));
      },
      'app.command': () => {
        learnMembers(session);
        setPrompt({
          sign: ':',
          text: '',
          change: () => {},
          accept: runCommand,
          cancel: () => {},
          completions: (text) =>
            [...completionsOf(text, session.store.getState()), ...settingCompletions(text)].toSorted(),
          history,
        });
      },
      'app.help': () => console.openOverlay((close) => <HelpOverlay room={room} onClose={close} />),
      'app.refresh': () => session.refresh(),
      'app.times': () => setTimeMode(nextTimeMode(timeMode)),
      'app.redraw': () => (reader === null ? void suspendTerminal(nothing) : reader.repeat()),
      'app.suspend': () => void suspendTerminal(suspendGroup),
      'app.quit': () => exit(0),
    },
    'frame',
  );

  if (columns < LEAST.columns || rows < LEAST.rows) {
    return <Text wrap="truncate">{`needs ${LEAST.columns}×${LEAST.rows}, has ${columns}×${rows}`}</Text>;
  }
  return (
    <ConsoleContext value={console}>
      <Box flexDirection="column" width={columns} height={rows} overflowY="hidden">
        <Head
          readOnly={readOnly}
          as={looking.as}
          width={columns}
          screen={here.place.screen}
          setTitle={props.setTitle}
        />
        <MemoryContext value={here.memory}>
          <Box flexDirection="column" height={room.height + 2}>
            <ThemeContext value={isFaded ? fadedTheme(theme) : theme}>
              <Screen key={visits.length} place={here.place} />
            </ThemeContext>
            {overlay?.draw()}
          </Box>
        </MemoryContext>
        <Foot width={columns} prompt={prompt} closePrompt={() => setPrompt(null)} />
      </Box>
    </ConsoleContext>
  );
}
