// `emisar events tail`: the last events of this host, and with -f what comes. In a pipe the exact lines; on a
// terminal the same, with everything taken out that could move its cursor.
import type { Command } from 'commander';
import { neutralise } from '../../protocol/neutralise.ts';
import { isMissing } from '../host/durable-file.ts';
import { JournalFollower, lastLines } from '../journal/tail.ts';
import { pause } from '../clock.ts';
import { describeEvent } from './event-line.ts';
import { configFor, flagsOf, UsageError, type Toolbox } from './toolbox.ts';

const LOOK_EVERY_MS = 500;

interface Flags {
  readonly lines: number;
  readonly follow?: boolean;
  readonly pretty?: boolean;
}

export function addEventsTail(group: Command, toolbox: Toolbox): void {
  const command = group
    .command('tail')
    .description('the last events of the journal, one JSON line each')
    .option('-n, --lines <count>', 'how many of the last events', countOf, 50)
    .option('-f, --follow', 'go on with what is added')
    .option('--pretty', 'one readable line for each event');
  command.action(async (flags: Flags) => {
    if (flags.pretty && flagsOf(command).json)
      throw new UsageError('Cannot use --pretty with --json: choose one of them');
    const path = (await configFor(toolbox, command)).events.jsonlPath;
    const print = printerFor(toolbox, flags.pretty === true);
    const { lines, endBytes } = await lastLines(path, flags.lines).catch((error: unknown) => {
      if (isMissing(error)) throw new UsageError(`Cannot read the journal ${path}: there is none yet`);
      throw error;
    });
    print(lines);
    if (flags.follow) await follow(path, endBytes, toolbox, print);
  });
}

function countOf(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`Cannot use --lines ${neutralise(text)}: write a whole number, 0 or more`);
}

function printerFor(toolbox: Toolbox, isPretty: boolean): (lines: Buffer) => void {
  if (!isPretty && !toolbox.isTerminal) return (lines) => toolbox.out(lines.toString('utf8'));
  const show = isPretty ? describeEvent : neutralise;
  return (lines) => {
    for (const line of lines.toString('utf8').split('\n')) if (line !== '') toolbox.out(`${show(line)}\n`);
  };
}

// Until the process is ended; there is nothing to leave in order.
async function follow(
  path: string,
  position: number,
  toolbox: Toolbox,
  print: (lines: Buffer) => void,
): Promise<never> {
  const follower = await JournalFollower.open(path, position);
  const never = new AbortController().signal;
  for (;;) {
    print(await follower.readNew());
    await pause(toolbox.clock, LOOK_EVERY_MS, never);
  }
}
