// Opens the screen on a control plane, or the first screen when none is known; each resolves once it is left.
import chalk from 'chalk';
import { render, type Instance } from 'ink';
import type { ReactNode } from 'react';
import { App } from './app.tsx';
import type { Profile, Profiles } from './client/profiles.ts';
import { failureOf } from './client/remote-refusal.ts';
import { createSession } from './client/session.ts';
import { nameLookedAs, signIn } from './client/sign-in.ts';
import { readSettings, storedSetting, type ConsoleSettings } from './console-settings.ts';
import { Keyed } from './keyed.tsx';
import { rebind } from './keymap/commands.ts';
import type { ScreenOptions } from './screen-options.ts';
import type { Looking, ProfilesDoor } from './screens/console-context.ts';
import { FirstScreen } from './screens/first-screen.tsx';
import type { Place } from './screens/place.ts';
import type { SignInWish } from './screens/sign-in-form.tsx';
import { systemClock } from './store/clock.ts';
import { SettingsFrame } from './settings-frame.tsx';
import type { SessionProfile } from './store/session.ts';
import { notifyDesktop, ringBell } from './terminal/bell.ts';
import { crashSentence, writeCrashReport } from './terminal/crash-report.ts';
import { createBackgroundQuestion, drainAnswer, mayAskBackground } from './terminal/background.ts';
import { createAnswerFilter, withoutLateAnswers } from './terminal/late-answers.ts';
import { guardTerminal, setWindowTitle } from './terminal/terminal.ts';
import { createSpokenOutput, type SpokenOutput } from './terminal/spoken-output.ts';
import { writingThrough } from './terminal/written-output.ts';
import { toAscii } from './theme/ascii.ts';
import { spokenLine, spokenNews } from './theme/spoken.ts';
import { groundByEnvironment, isColourless, type TerminalColours } from './theme/choose-theme.ts';

/** Runs until the screen is left; resolves with the exit code. Another profile chosen there opens in its place. */
export async function openConsole(
  profile: SessionProfile,
  options: ScreenOptions,
  profiles: Profiles,
): Promise<number> {
  if (!isTerminal()) return 2;
  const { as } = options;
  if (as !== null) await nameLookedAs({ url: profile.url, token: profile.token, as });
  let opened: Opened = { profile, as, place: options.place };
  for (;;) {
    const { exitCode, next } = await showConsole(opened, options, profiles);
    if (next === null) return exitCode;
    opened = next;
  }
}

/** Another one ends this console's session: nothing of what was seen is carried over. */
interface Opened {
  readonly profile: SessionProfile;
  /** Who is looked as. */
  readonly as: string | null;
  readonly place: Place | null;
}

/** What was chosen on the first screen; null: nothing, leave with `exitCode`. */
export interface FirstChoice {
  readonly chosen: Profile | 'local' | null;
  readonly exitCode: number;
}

export async function openFirstScreen(options: ScreenOptions, profiles: Profiles): Promise<FirstChoice> {
  let chosen: FirstChoice['chosen'] = null;
  const { settings } = settingsOf(options, profiles);
  const exitCode = await show(settings, (leave) => (
    <Keyed keyTable={rebind(profiles.setting('keys')).table} now={systemClock.now} onUnknown={() => {}}>
      <FirstScreen
        signIn={async (wish) => {
          chosen = await signInAndStore(wish, profiles);
          leave();
        }}
        startLocal={() => {
          chosen = 'local';
          leave();
        }}
        failureOf={failureOf}
      />
    </Keyed>
  ));
  return { chosen: exitCode === 0 ? chosen : null, exitCode };
}

async function showConsole(
  { profile, as, place }: Opened,
  options: ScreenOptions,
  profiles: Profiles,
): Promise<{ exitCode: number; next: Opened | null }> {
  const session = createSession({ profile, as: as ?? undefined });
  const { settings, complaints } = settingsOf(options, profiles);
  if (as !== null)
    session.notify({
      tone: 'plain',
      text: `What ${as} reaches; nothing can be changed`,
      fix: ':as leaves it',
    });
  const keys = rebind(profiles.setting('keys'));
  for (const text of [...complaints, ...keys.faults])
    session.notify({ tone: 'caution', text, fix: profiles.file });
  let next: Opened | null = null;
  try {
    const exitCode = await show(settings, (leave, reader) => {
      const reopen = (other: Opened) => {
        next = other;
        leave();
      };
      const open = (other: SessionProfile) => reopen({ profile: other, as: null, place: null });
      const looking: Looking = {
        as,
        start: async (member, from) => {
          const name = await nameLookedAs({ url: profile.url, token: profile.token, as: member });
          reopen({ profile, as: name, place: from });
        },
        stop: (from) => reopen({ profile, as: null, place: from }),
      };
      const door: ProfilesDoor = {
        current: profile.name,
        list: () => profiles.list().map(({ token: _token, ...shown }) => shown),
        open: (name) => open(profiles.use(name)),
        forget: (name) => void profiles.remove(name),
        signIn: async (wish) => open(await signInAndStore(wish, profiles)),
      };
      return (
        <App
          session={session}
          server={new URL(profile.url).host}
          first={place ?? { screen: 'fleet', filter: '' }}
          looking={looking}
          readOnly={options.readOnly}
          now={systemClock.now}
          failureOf={failureOf}
          profiles={door}
          keyTable={keys.table}
          keepSetting={(word, value) => {
            const stored = storedSetting(word, value);
            profiles.saveSetting(stored.key, stored.value);
          }}
          setTitle={setWindowTitle}
          reader={reader}
          call={(way, text) => (way === 'notify' ? notifyDesktop(text) : ringBell())}
        />
      );
    });
    return { exitCode, next: exitCode === 0 ? next : null };
  } finally {
    await session.close();
  }
}

/** Draws until the screen leaves or cannot go on; then the terminal is as it was. */
async function show(
  settings: ConsoleSettings,
  draw: (leave: () => void, reader: SpokenOutput | null) => ReactNode,
): Promise<number> {
  const { stdin, stdout, env } = process;
  let exitCode = 0;
  let failure: unknown;
  let app: Instance | null = null;
  const leave = () => app?.unmount();
  const guard = await guardTerminal((code, error) => {
    exitCode = code;
    failure ??= error;
    leave();
  });
  const colours = coloursOf(env);
  const background = createBackgroundQuestion((text) => stdout.write(text));
  const filter = createAnswerFilter(systemClock.now, background.hear);
  const ascii = settings.ascii ? toAscii : (text: string) => text;
  const reader = settings.screenReader
    ? createSpokenOutput({
        output: (text) => stdout.write(ascii(text)),
        spokenLine,
        news: spokenNews,
      })
    : null;
  app = render(
    <SettingsFrame first={settings} env={env} colours={colours} background={background}>
      {draw(leave, reader)}
    </SettingsFrame>,
    {
      stdin: withoutLateAnswers(stdin, filter),
      stdout: writingThrough(stdout, (text) => (reader === null ? ascii(text) : reader.write(text))),
      ...(reader === null ? {} : { isScreenReaderEnabled: true, debug: true }),
      alternateScreen: true,
      incrementalRendering: true,
      exitOnCtrlC: false,
      interactive: true,
      maxFps: 100,
    },
  );
  void app.waitUntilRenderFlush().then(() => {
    guard.drawn();
    if (colours.ground === null && !isColourless(env) && mayAskBackground(env)) background.ask();
  });
  // A signal may have come before there was anything to leave.
  if (exitCode !== 0 || failure !== undefined) leave();
  try {
    await app.waitUntilExit();
  } catch (error) {
    // What a screen threw while it was drawn.
    failure ??= error;
  } finally {
    reader?.close();
    await drainAnswer(background, stdin, filter);
    guard.released();
  }
  return failure === undefined ? exitCode : reportFailure(failure);
}

/** The number of colours is asked of what will paint them; names of colours suit every terminal. */
function coloursOf(env: NodeJS.ProcessEnv): TerminalColours {
  return { ground: groundByEnvironment(env), depth: chalk.level > 1 ? 'rich' : 'basic' };
}

function settingsOf(options: ScreenOptions, profiles: Profiles) {
  return readSettings((key) => profiles.setting(key), options, process.env);
}

/** Says what happened once the terminal is the shell's again (T19). */
function reportFailure(error: unknown): number {
  const path = writeCrashReport(error, { env: process.env, at: new Date(systemClock.now()) });
  process.stderr.write(`emisar-console: Ended by an error of its own: ${crashSentence(error)}\n`);
  if (path !== null)
    process.stderr.write(`  The details are in ${path}; runs and runners are not affected\n`);
  return 1;
}

async function signInAndStore({ url, token, name }: SignInWish, profiles: Profiles): Promise<Profile> {
  const { profile } = await signIn({
    url,
    token,
    clock: systemClock,
    ...(name === '' ? {} : { name }),
  });
  profiles.save(profile);
  return profile;
}

function isTerminal(): boolean {
  if (process.stdin.isTTY && process.stdout.isTTY) return true;
  process.stderr.write(
    'emisar-console: Cannot open the screen: this is no terminal; see emisar-console --help for the verbs\n',
  );
  return false;
}
