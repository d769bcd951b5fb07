// `emisar-console runs start ACTION`: one action on a runner or a group, and with --wait its output and its end.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import { Refusal, isRefusalCode, refusals } from '../../protocol/errors.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { riskRank } from '../../protocol/risk.ts';
import { listRunnerActions, listRunners } from '../../protocol/api/runners.ts';
import { dispatch, type DispatchResult, type Operation } from '../../protocol/api/runs.ts';
import { argumentPairs, argumentsFromJson } from './argument-pairs.ts';
import { UsageError } from './confirmation.ts';
import { EXIT, exitCodeOfAnswer } from './exit-code.ts';
import { collect, wholeNumber } from './flag-values.ts';
import { tellRefusals, tellWaiting, waitForRuns } from './run-wait.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';
import { readAll } from './verb-io.ts';

/** How a dispatch on many goes on. */
export interface PaceOptions {
  readonly maxParallel?: string;
  readonly stopAfterFailures?: string;
}

export function withPaceFlags(command: Command): Command {
  return command
    .option('--max-parallel <n>', 'so many at once; the others wait for their turn')
    .option('--stop-after-failures <n>', 'start no further run after so many failed');
}

interface StartOptions extends PaceOptions {
  readonly on?: string[];
  readonly group?: string;
  readonly label?: string[];
  readonly arg?: string[];
  readonly argsJson?: string;
  readonly reason?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
}

export const resultColumns: Column<DispatchResult>[] = [
  { title: 'RUN', value: ({ run }) => run?.id },
  { title: 'RUNNER', value: ({ runner_name }) => runner_name },
  {
    title: 'STATUS',
    value: ({ run, refusal }) => run?.status ?? (refusal === null ? 'would run' : 'refused'),
  },
  {
    title: 'REFUSED',
    value: ({ refusal }) => (refusal === null ? '' : `${refusal.code}: ${refusal.detail}`),
  },
];

export function addStartVerb(parent: Command, runner: VerbRunner): void {
  addVerb<StartOptions>(parent, runner, {
    usage: 'start <action>',
    summary: 'run an action on runners or a group',
    examples: [
      'runs start linux.uptime --on web-1 --reason "first look" --wait',
      'runs start linux.tail_log --on web-1 -a path=/var/log/syslog -a lines=20 --reason "login failures"',
      'runs start linux.disk_usage --group web --reason "nightly check" --json',
      'runs start linux.systemctl_restart --label role=web -a unit=nginx --max-parallel 2 --stop-after-failures 1 --reason "new config"',
    ],
    flags: (command) =>
      withPaceFlags(command)
        .option('--on <runner>', 'a runner, by name or id (repeat)', collect)
        .option('--group <group>', 'every runner of a group')
        .option('--label <key=value>', 'runners that carry it (repeat: all of them)', collect)
        .option('-a, --arg <name=value>', 'an argument (repeat)', collect)
        .option('--args-json <json>', 'all arguments as one JSON object; @FILE reads it, - takes stdin')
        .option('--reason <text>', 'why; kept with the run')
        .option('-w, --wait', 'print its output and exit with its code')
        .option('--dry-run', 'only check whether it would be allowed'),
    run: start,
  });
}

async function start(context: VerbContext, options: StartOptions, actionId = ''): Promise<number> {
  const { call, print } = context;
  const target = targetOf(options);
  if (!options.reason?.trim()) throw new Refusal('reason_required');
  const action = await findAction(context, target, actionId);
  const args = await argumentsOf(context, options, action);
  if (action !== null && riskRank(action.risk) >= riskRank('high') && options.dryRun !== true) {
    await context.confirm({ consequence: consequenceOf(action, target, args), typedName: null });
  }
  const body = { action_id: actionId, ...target, ...paceOf(options), args, reason: options.reason };
  const operation = await call(dispatch, {
    body: options.dryRun === true ? { ...body, dry_run: true } : body,
  });
  const refused = refusalExit(operation);
  if (options.wait === true && options.dryRun !== true) return waitForRuns(context, operation, refused);
  const [only] = operation.results;
  if (print.form === 'table' && operation.results.length === 1 && only?.refusal) {
    tellRefusals(context, operation);
    return refused;
  }
  await print.list(operation.results, resultColumns, operation);
  tellWaiting(context, operation);
  return refused;
}

type Target = { runners: string[] } | { group?: string; labels?: Record<string, string> };

function targetOf({ on, group, label }: StartOptions): Target {
  if (on !== undefined && (group !== undefined || label !== undefined))
    throw new UsageError(
      'Cannot use --on with --group or --label: name runners, or say which ones are meant',
    );
  if (on !== undefined) return { runners: on };
  if (group === undefined && label === undefined) {
    throw new Refusal(
      'runner_required',
      'Cannot dispatch: no runner is named; say --on RUNNER, --group GROUP or --label KEY=VALUE',
    );
  }
  return {
    ...(group === undefined ? {} : { group }),
    ...(label === undefined ? {} : { labels: Object.fromEntries(label.map(labelPair)) }),
  };
}

function labelPair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`Cannot read the label ${neutralise(text)}: write KEY=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

export function paceOf({ maxParallel, stopAfterFailures }: PaceOptions) {
  return {
    ...(maxParallel === undefined ? {} : { max_parallel: wholeNumber(maxParallel, '--max-parallel', 1000) }),
    ...(stopAfterFailures === undefined
      ? {}
      : { stop_after_failures: wholeNumber(stopAfterFailures, '--stop-after-failures', 1000) }),
  };
}

/** What the action takes, as the first target advertises it; null when it does not, which dispatching will tell. */
async function findAction(
  { call }: VerbContext,
  target: Target,
  actionId: string,
): Promise<ActionDescriptor | null> {
  let id = 'runners' in target ? target.runners[0] : undefined;
  if (!('runners' in target)) {
    const { group, labels } = target;
    const [label] = Object.entries(labels ?? {}).map((pair) => pair.join('='));
    const { items } = await call(listRunners, {
      query: {
        ...(group === undefined ? {} : { group }),
        ...(label === undefined ? {} : { label }),
        limit: 1,
      },
    });
    id = items[0]?.id;
  }
  if (id === undefined) return null;
  const { items } = await call(listRunnerActions, { params: { id } });
  return items.find(({ action }) => action.id === actionId)?.action ?? null;
}

async function argumentsOf(
  { io }: VerbContext,
  { arg = [], argsJson }: StartOptions,
  action: ActionDescriptor | null,
): Promise<Record<string, unknown>> {
  const types = new Map(action?.args.map(({ name, type }) => [name, type]));
  const pairs = argumentPairs(arg, types);
  if (argsJson === undefined) return pairs;
  return { ...argumentsFromJson(await jsonText(io.stdin, argsJson)), ...pairs };
}

async function jsonText(stdin: Parameters<typeof readAll>[0], given: string): Promise<string> {
  if (given === '-') return readAll(stdin);
  if (!given.startsWith('@')) return given;
  try {
    return await readFile(given.slice(1), 'utf8');
  } catch {
    throw new UsageError(`Cannot read the arguments in ${neutralise(given.slice(1))}`);
  }
}

function consequenceOf(action: ActionDescriptor, target: Target, args: Record<string, unknown>): string {
  const where = 'runners' in target ? target.runners.join(', ') : everyRunner(target);
  const sensitive = new Set(action.args.filter((argument) => argument.sensitive).map(({ name }) => name));
  const shown = Object.entries(args).map(([name, value]) => {
    const text = sensitive.has(name) ? '***' : JSON.stringify(value);
    return `${name}=${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
  });
  return `${action.id} (${action.risk}) runs on ${where}${shown.length > 0 ? ` with ${shown.join(' ')}` : ''}`;
}

function everyRunner({ group, labels }: { group?: string; labels?: Record<string, string> }): string {
  const pairs = Object.entries(labels ?? {}).map((pair) => pair.join('='));
  const parts = [
    group === undefined ? '' : ` of group ${group}`,
    pairs.length > 0 ? ` with ${pairs.join(', ')}` : '',
  ];
  return `every runner${parts.join('')}`;
}

/** The code of the first refusal, or 0. */
export function refusalExit({ results }: Operation): number {
  const refusal = results.find((result) => result.refusal !== null)?.refusal;
  if (!refusal) return EXIT.done;
  return exitCodeOfAnswer(refusal.code, isRefusalCode(refusal.code) ? refusals[refusal.code].status : 409);
}
