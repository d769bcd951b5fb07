// `emisar-console local`: a whole fleet of one here — control plane, runner and console — in one command.
import { Command, CommanderError } from 'commander';
import { Refusal } from '../../protocol/errors.ts';
import { argumentPairs } from '../verbs/argument-pairs.ts';
import { execOnThisHost, RefusedRun } from './exec.ts';
import { openLocalFleet } from './fleet.ts';
import { openPlaces, type Environment } from './places.ts';

export interface LocalIo {
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  readonly env: Environment;
  /** The options that the screen has. */
  readonly addScreenFlags: (command: Command) => Command;
  /** Reads them and the words after them: how to open the screen, or what is wrong in one sentence. */
  readonly readScreen: (flags: object, words: readonly string[]) => OpenScreen | { readonly error: string };
}

/** Opens the screen on a control plane; resolves with the exit code when it is left. */
export interface OpenScreen {
  open(profile: { name: string; url: string; token: string }): Promise<number>;
}

interface Flags {
  dataDir?: string;
  exec?: string;
  arg: string[];
  reason?: string;
  json?: boolean;
}

/** Runs the command; resolves with its exit code (console.md 8) once everything it started has ended. */
export async function runLocal(argv: readonly string[], io: LocalIo): Promise<number> {
  const command = describeCommand(io);
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  const flags = command.opts<Flags>();
  if (flags.exec !== undefined && !flags.reason?.trim())
    return complain(io, new Refusal('reason_required'), 2);
  try {
    const screen = io.readScreen(flags, command.args);
    if ('error' in screen) return complain(io, { message: screen.error, fix: '' }, 2);
    return await withFleet(flags, io, screen);
  } catch (error) {
    if (error instanceof RefusedRun) return complain(io, error, 3);
    if (error instanceof Refusal) return complain(io, error, 1);
    throw error;
  }
}

function describeCommand(io: LocalIo): Command {
  return io
    .addScreenFlags(new Command('emisar-console local'))
    .description('Starts a control plane and a runner on this host and opens the console on them')
    .option('--data-dir <dir>', 'where this fleet keeps its state (default: $XDG_STATE_HOME/emisar/local)')
    .option('--exec <action>', 'run one action on this host instead of opening the console')
    .option(
      '-a, --arg <name=value>',
      'an argument of the action (repeat)',
      (pair: string, all: string[]) => [...all, pair],
      [],
    )
    .option('--reason <text>', 'why it is run; kept with the run')
    .option('--json', 'with --exec: print the run and its output as JSON')
    .argument('[screen]', 'screen to open, such as :runs')
    .addHelpText(
      'after',
      `
Examples:
  emisar-console local
  emisar-console local --exec linux.uptime --reason "first try"
  emisar-console local --exec linux.tail_log -a path=/var/log/syslog -a lines=20 --reason "look" --data-dir /tmp/fleet`,
    )
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text.replace(/^error: /, 'emisar-console: ')),
    })
    .exitOverride();
}

async function withFleet(flags: Flags, io: LocalIo, screen: OpenScreen): Promise<number> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const args = argumentPairs(flags.arg);
  const places = openPlaces(flags.dataDir ?? null, io.env);
  const fleet = await openLocalFleet(places, io.env);
  // The screen has its own signals; without one an interruption cancels the run and still ends the fleet.
  if (flags.exec !== undefined)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  try {
    if (flags.exec === undefined)
      return await screen.open({ name: 'local', url: fleet.url, token: fleet.token });
    const { exec: actionId, reason = '', json = false } = flags;
    return await execOnThisHost(fleet, { actionId, args, reason, json }, { ...io, signal: stopping.signal });
  } finally {
    await fleet.stop();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(name, stop);
  }
}

function complain(io: LocalIo, error: { message: string; fix: string }, exitCode: number): number {
  io.stderr.write(`emisar-console: ${error.message}\n${error.fix === '' ? '' : `  ${error.fix}\n`}`);
  return exitCode;
}
