// Entry of `emisar-console`: a screen, a local fleet, or one verb.
import { systemClock } from './store/clock.ts';
import { openProfiles } from './client/profiles.ts';
import { Refusal } from '../protocol/errors.ts';
import { isVerb, runVerb } from './verbs/command-line.ts';

const { stdin, stdout, stderr, env, argv } = process;
const words = argv.slice(2);
const [first = ''] = words;

if (first === 'local') {
  const { runLocal } = await import('./local/local.ts');
  const openConsole = async (
    profile: { name: string; url: string; token: string },
    flags: readonly string[],
  ) => (await import('./open-console.tsx')).openConsole(profile, flags);
  process.exitCode = await runLocal(words.slice(1), { stdout, stderr, env, openConsole });
} else if (first === '' || first.startsWith(':')) {
  process.exitCode = await openStored();
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

async function openStored(): Promise<number> {
  const { parsePlace } = await import('./screens/place.ts');
  const parsed = first === '' ? null : parsePlace(first);
  if (parsed !== null && 'error' in parsed) {
    stderr.write(`emisar-console: ${parsed.error}\n`);
    return 2;
  }
  try {
    const profile = openProfiles(env).choose({});
    const { openConsole } = await import('./open-console.tsx');
    return await openConsole(profile, words);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    stderr.write(`emisar-console: ${error.message}\n  ${error.fix}\n`);
    return 4;
  }
}
