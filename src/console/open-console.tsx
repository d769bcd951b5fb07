// Opens the screen on a control plane, or the first screen when none is known; each resolves once it is left.
import { render, type Instance } from 'ink';
import type { ReactNode } from 'react';
import { App, Keyed } from './app.tsx';
import type { Profile, Profiles } from './client/profiles.ts';
import { failureOf } from './client/remote-refusal.ts';
import { createSession } from './client/session.ts';
import { signIn } from './client/sign-in.ts';
import { rebind, type KeyTable } from './keymap/commands.ts';
import type { ScreenOptions } from './screen-options.ts';
import type { ProfilesDoor } from './screens/console-context.ts';
import { FirstScreen } from './screens/first-screen.tsx';
import type { SignInWish } from './screens/sign-in-form.tsx';
import { systemClock } from './store/clock.ts';
import type { SessionProfile } from './store/session.ts';
import { crashSentence, writeCrashReport } from './terminal/crash-report.ts';
import { withoutLateAnswers } from './terminal/late-answers.ts';
import { guardTerminal, setWindowTitle } from './terminal/terminal.ts';
import { toAscii } from './theme/ascii.ts';
import { chooseTheme } from './theme/theme.ts';
import { ThemeContext } from './theme/theme-context.ts';

/** Runs until the screen is left; resolves with the exit code. Another profile chosen there opens in its place. */
export async function openConsole(
  profile: SessionProfile,
  options: ScreenOptions,
  profiles: Profiles,
): Promise<number> {
  if (!isTerminal()) return 2;
  let opened: { readonly profile: SessionProfile; readonly options: ScreenOptions } = { profile, options };
  for (;;) {
    const { exitCode, next } = await showConsole(opened.profile, opened.options, profiles);
    if (next === null) return exitCode;
    opened = { profile: next, options: { ...options, place: null } };
  }
}

/** What was chosen on the first screen; null: nothing, leave with `exitCode`. */
export interface FirstChoice {
  readonly chosen: Profile | 'local' | null;
  readonly exitCode: number;
}

export async function openFirstScreen(options: ScreenOptions, profiles: Profiles): Promise<FirstChoice> {
  let chosen: FirstChoice['chosen'] = null;
  const exitCode = await show(options, (leave) => (
    <Keyed keyTable={keyTableOf(profiles)} now={systemClock.now} onUnknown={() => {}}>
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
  profile: SessionProfile,
  options: ScreenOptions,
  profiles: Profiles,
): Promise<{ exitCode: number; next: SessionProfile | null }> {
  const session = createSession({ profile });
  let next: SessionProfile | null = null;
  try {
    const exitCode = await show(options, (leave) => {
      const open = (other: SessionProfile) => {
        next = other;
        leave();
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
          first={options.place ?? { screen: 'fleet', filter: '' }}
          readOnly={options.readOnly}
          now={systemClock.now}
          failureOf={failureOf}
          profiles={door}
          keyTable={keyTableOf(profiles)}
          setTitle={setWindowTitle}
        />
      );
    });
    return { exitCode, next: exitCode === 0 ? next : null };
  } finally {
    await session.close();
  }
}

/** Draws until the screen leaves or cannot go on; then the terminal is as it was. */
async function show(options: ScreenOptions, draw: (leave: () => void) => ReactNode): Promise<number> {
  let exitCode = 0;
  let failure: unknown;
  let app: Instance | null = null;
  const leave = () => app?.unmount();
  const guard = await guardTerminal((code, error) => {
    exitCode = code;
    failure ??= error;
    leave();
  });
  app = render(<ThemeContext value={chooseTheme(options.theme, process.env)}>{draw(leave)}</ThemeContext>, {
    stdin: withoutLateAnswers(process.stdin),
    stdout: options.ascii ? asciiOutput(process.stdout) : process.stdout,
    alternateScreen: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    interactive: true,
    maxFps: 100,
  });
  void app.waitUntilRenderFlush().then(() => guard.drawn());
  // A signal may have come before there was anything to leave.
  if (exitCode !== 0 || failure !== undefined) leave();
  try {
    await app.waitUntilExit();
  } catch (error) {
    // What a screen threw while it was drawn.
    failure ??= error;
  } finally {
    guard.released();
  }
  return failure === undefined ? exitCode : reportFailure(failure);
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

function keyTableOf(profiles: Profiles): KeyTable {
  const own = profiles.setting('keys');
  return rebind(typeof own === 'object' && own !== null ? (own as Record<string, readonly string[]>) : {});
}

function isTerminal(): boolean {
  if (process.stdin.isTTY && process.stdout.isTTY) return true;
  process.stderr.write(
    'emisar-console: Cannot open the screen: this is no terminal; see emisar-console --help for the verbs\n',
  );
  return false;
}

/** The same terminal, written to in ASCII. */
function asciiOutput(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      if (name === 'write')
        return (text: string | Uint8Array, ...rest: never[]) =>
          target.write(typeof text === 'string' ? toAscii(text) : text, ...rest);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
