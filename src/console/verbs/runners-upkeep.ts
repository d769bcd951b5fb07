// `emisar-console runners retention|cleanup`: letting go of runners that do not come back.
import type { Command } from 'commander';
import {
  cleanUpRunners,
  getRunnerRetention,
  offeredRetentionHours,
  putRunnerRetention,
  type ForgottenRunner,
} from '../../protocol/api/fleet-upkeep.ts';
import { UsageError } from './confirmation.ts';
import { shownInstant } from './print.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

type Hours = (typeof offeredRetentionHours)[number];

const offered = offeredRetentionHours.map(words).join(', ');

interface CleanupOptions {
  readonly offlineFor?: string;
  readonly dryRun?: boolean;
}

export function addFleetUpkeepVerbs(parent: Command, runner: VerbRunner): void {
  addVerb(parent, runner, {
    usage: 'retention [period]',
    summary: `how long a runner may be offline before it is forgotten: ${offered} or off`,
    examples: ['runners retention', 'runners retention 30d --yes', 'runners retention off'],
    run: (context, _options, period) => (period === undefined ? show(context) : set(context, period)),
  });
  addVerb<CleanupOptions>(parent, runner, {
    usage: 'cleanup',
    summary: 'forget at once the runners that are offline for that long, as far as you reach',
    examples: [
      'runners cleanup --dry-run',
      'runners cleanup --offline-for 7d',
      'runners cleanup --confirm 3',
    ],
    flags: (command) =>
      command
        .option('--offline-for <period>', `instead of the period that is set: ${offered}`)
        .option('--dry-run', 'only say which would go'),
    run: cleanUp,
  });
}

async function show({ call, print }: VerbContext): Promise<void> {
  const now = await call(getRunnerRetention);
  await print.outcome(now, sentenceOf(now.hours));
}

async function set(context: VerbContext, period: string): Promise<void> {
  const hours = period === 'off' ? null : hoursOf(period);
  if (hours !== null) {
    const consequence = `Every hour, runners that are offline for ${words(hours)} are forgotten; they come back only with a fresh key`;
    await context.confirm({ consequence, typedName: null });
  }
  const after = await context.call(putRunnerRetention, { body: { hours } });
  await context.print.outcome(after, sentenceOf(after.hours));
}

async function cleanUp(context: VerbContext, { offlineFor, dryRun = false }: CleanupOptions): Promise<void> {
  const { call } = context;
  const period = offlineFor === undefined ? {} : { hours: hoursOf(offlineFor) };
  const planned = await call(cleanUpRunners, { body: { ...period, dry_run: true } });
  const { length } = planned.runners;
  if (dryRun || length === 0) return tell(context, planned);
  const consequence = `${length} offline for ${words(planned.hours)} or longer: forgotten for good; the history of their runs stays`;
  await context.confirm({ consequence, typedName: String(length) });
  await tell(context, await call(cleanUpRunners, { body: period }));
}

async function tell(
  { print, remark }: VerbContext,
  answer: { dry_run: boolean; hours: number; runners: ForgottenRunner[] },
): Promise<void> {
  await print.list(
    answer.runners,
    [
      { title: 'RUNNER', value: ({ name }) => name },
      { title: 'GROUP', value: ({ group }) => group },
      { title: 'OFFLINE SINCE', value: (runner) => shownInstant(runner.offline_since) },
    ],
    answer,
  );
  if (answer.runners.length === 0) remark(`Nobody is offline for ${words(answer.hours)}`);
}

/** `6h` or `30d`, if it is one of those offered. */
function hoursOf(period: string): Hours {
  const hours = offeredRetentionHours.find((one) => words(one) === period || `${one}h` === period);
  if (hours === undefined) throw new UsageError(`Cannot read the period: choose one of ${offered}`);
  return hours;
}

function words(hours: number): string {
  return hours % 24 === 0 ? `${hours / 24}d` : `${hours}h`;
}

function sentenceOf(hours: number | null): string {
  return hours === null
    ? 'off: runners are kept however long they are offline'
    : `runners that are offline for ${words(hours)} are forgotten`;
}
