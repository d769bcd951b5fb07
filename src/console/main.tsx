// Entry of `emisar-console`: a screen, a local fleet, or one verb.
import { Refusal } from '../protocol/errors.ts';
import { openProfiles } from './client/profiles.ts';
import {
  opensScreen,
  parseScreenCommandLine,
  screenOptions,
  withScreenFlags,
  type ScreenCommandLine,
} from './screen-options.ts';
import { systemClock } from './store/clock.ts';
import { isVerb, runVerb } from './verbs/command-line.ts';

const { stdin, stdout, stderr, env, argv } = process;
const words = argv.slice(2);
const [first = ''] = words;

if (first === 'local') {
  process.exitCode = await openLocal(words.slice(1));
} else if (opensScreen(words)) {
  const options = parseScreenCommandLine(words, { stdout, stderr });
  process.exitCode = typeof options === 'number' ? options : await openScreen(options);
} else {
  const interrupted = new AbortController();
  if (isVerb(first))
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
  process.exitCode = await runVerb(words, {
    stdin,
    stdout,
    stderr,
    env,
    clock: systemClock,
    signal: interrupted.signal,
  });
}

async function openLocal(localWords: readonly string[]): Promise<number> {
  const { runLocal } = await import('./local/local.ts');
  return await runLocal(localWords, {
    stdout,
    stderr,
    env,
    addScreenFlags: withScreenFlags,
    readScreen(flags, screenWords) {
      const options = screenOptions(flags, screenWords);
      if ('error' in options) return options;
      return {
        open: async (profile) =>
          (await import('./open-console.tsx')).openConsole(profile, options, openProfiles(env)),
      };
    },
  });
}

async function openScreen(options: ScreenCommandLine): Promise<number> {
  const profiles = openProfiles(env);
  try {
    const isKnown = options.profile !== undefined || options.url !== undefined || profiles.list().length > 0;
    if (!isKnown && !env['EMISAR_CONSOLE_URL'] && stdin.isTTY && stdout.isTTY)
      return await openFirst(options);
    const profile = profiles.choose({ url: options.url, profile: options.profile });
    const { openConsole } = await import('./open-console.tsx');
    return await openConsole(profile, options, profiles);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    stderr.write(`emisar-console: ${error.message}\n  ${error.fix}\n`);
    return 4;
  }
}

/** Nobody is signed in: the person says where to, or starts a fleet of one here. */
async function openFirst(options: ScreenCommandLine): Promise<number> {
  const profiles = openProfiles(env);
  const { openConsole, openFirstScreen } = await import('./open-console.tsx');
  const { chosen, exitCode } = await openFirstScreen(options, profiles);
  if (chosen === 'local') return await openLocal(words);
  return chosen === null ? exitCode : await openConsole(chosen, options, profiles);
}
