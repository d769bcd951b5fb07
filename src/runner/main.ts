// The program `emisar`: what a process brings along, and its exit code. The commands are program.ts's.
import manifest from '../../package.json' with { type: 'json' };
import { systemClock } from './clock.ts';
import { run } from './program.ts';

// A reader that went away must not end a daemon, nor a command with a stack.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  version: manifest.version,
  programDir: import.meta.dirname,
  clock: systemClock,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stdout.isTTY,
  exitCode: 0,
});
// Standard input of an attached daemon would keep the process alive.
process.stdin.destroy();
