// Opens the screen on a control plane and resolves with the exit code when it is left.
import { render } from 'ink';
import { parsePlace, type Place } from './screens/place.ts';
import { App } from './app.tsx';
import { createSession } from './client/session.ts';
import { failureOf } from './client/remote-refusal.ts';
import { systemClock } from './store/clock.ts';
import type { SessionProfile } from './store/session.ts';
import { crashSentence, writeCrashReport } from './terminal/crash-report.ts';
import { guardTerminal } from './terminal/terminal.ts';
import { chooseTheme, isThemeName } from './theme/theme.ts';
import { ThemeContext } from './theme/theme-context.ts';

export async function openConsole(profile: SessionProfile, words: readonly string[]): Promise<number> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    process.stderr.write(
      'emisar-console: Cannot open the screen: this is no terminal; see emisar-console --help for the verbs\n',
    );
    return 2;
  }
  const asked = words[words.indexOf('--theme') + 1] ?? '';
  const theme = chooseTheme(words.includes('--theme') && isThemeName(asked) ? asked : null, process.env);
  const deepLink = words.find((word) => word.startsWith(':'));
  const parsed =
    deepLink === undefined ? { place: { screen: 'fleet', filter: '' } as Place } : parsePlace(deepLink);
  if ('error' in parsed) {
    process.stderr.write(`emisar-console: ${parsed.error}\n`);
    return 2;
  }
  const session = createSession({ profile });
  let code = 0;
  let failure: unknown;
  const app = render(
    <ThemeContext value={theme}>
      <App
        session={session}
        server={new URL(profile.url).host}
        first={parsed.place}
        readOnly={words.includes('--read-only')}
        now={systemClock.now}
        failureOf={failureOf}
      />
    </ThemeContext>,
    { alternateScreen: true, incrementalRendering: true, exitOnCtrlC: false, interactive: true, maxFps: 100 },
  );
  const guard = guardTerminal((exitCode, error) => {
    code = exitCode;
    failure ??= error;
    app.unmount();
  });
  try {
    await app.waitUntilExit();
  } catch (error) {
    // What a screen threw while it was drawn.
    failure ??= error;
  } finally {
    guard.released();
    await session.close();
  }
  return failure === undefined ? code : reportFailure(failure);
}

/** Says what happened once the terminal is the shell's again (T19). */
function reportFailure(error: unknown): number {
  const path = writeCrashReport(error, { env: process.env, at: new Date(systemClock.now()) });
  process.stderr.write(`emisar-console: Ended by an error of its own: ${crashSentence(error)}\n`);
  if (path !== null)
    process.stderr.write(`  The details are in ${path}; runs and runners are not affected\n`);
  return 1;
}
