// Entry of `emisar-console`: a screen, a local fleet, or one verb.
import { systemClock } from './store/clock.ts';
import { runLocal } from './local/local.ts';
import { runVerb } from './verbs/command-line.ts';

const { stdin, stdout, stderr, env, argv } = process;
const words = argv.slice(2);
if (words[0] === 'local') {
  const openConsole = async () => {
    stderr.write('emisar-console: no screen in this build\n');
    return 1;
  };
  process.exitCode = await runLocal(words.slice(1), { stdout, stderr, env, openConsole });
} else {
  process.exitCode = await runVerb(words, { stdin, stdout, stderr, env, clock: systemClock });
}
