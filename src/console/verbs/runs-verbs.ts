// `emisar-console runs …`: what ran, what it printed, and withdrawing it. Starting is run-start.ts.
import type { Command } from 'commander';
import { cancelRun, getRun, listRuns, type Run, type RunDetail } from '../../protocol/api/runs.ts';
import { createRunSelector } from '../store/runs.ts';
import { UsageError } from './confirmation.ts';
import { instantSince, oneOf, wholeNumber } from './flag-values.ts';
import { readPages } from '../store/pages.ts';
import { shownInstant } from './print.ts';
import { addStartVerb } from './run-start.ts';
import { streamRun } from './stream-run.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

export const runColumns: Column<Run>[] = [
  { title: 'RUN', value: (run) => run.id },
  { title: 'STATUS', value: (run) => run.status },
  { title: 'ACTION', value: (run) => run.action_id },
  { title: 'RUNNER', value: (run) => run.runner_name },
  { title: 'EXIT', value: (run) => run.exit_code, alignRight: true },
  { title: 'QUEUED', value: (run) => shownInstant(run.queued_at) },
  { title: 'BY', value: (run) => run.requested_by },
  { title: 'REASON', value: (run) => run.reason },
];

interface ListOptions {
  readonly status?: string;
  readonly action?: string;
  readonly runner?: string;
  readonly group?: string;
  readonly source?: string;
  readonly by?: string;
  readonly since?: string;
  readonly operation?: string;
  readonly limit?: string;
}

interface TailOptions {
  readonly follow?: boolean;
  readonly lines?: string;
}

export function addRunsVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('runs').description('actions that ran or run on hosts');
  addVerb<ListOptions>(parent, runner, {
    usage: 'list [filter...]',
    summary: 'runs, newest first',
    examples: [
      'runs list',
      'runs list --status failed,error --limit 20',
      'runs list status:unfinished --json',
    ],
    flags: (command) =>
      command
        .option('--status <statuses>', 'only these, with commas')
        .option('--action <action>', 'only this action')
        .option('--runner <runner>', 'only this runner')
        .option('--group <group>', 'only on runners of this group')
        .option('--source <source>', 'only from operator, agent or runbook')
        .option('--by <name>', 'only asked for by this member')
        .option('--since <time>', 'queued since: 2h, 3d, or an instant')
        .option('--operation <id>', 'only those of one dispatch')
        .option('--limit <n>', 'at most so many', '100'),
    run: list,
  });
  addVerb(parent, runner, {
    usage: 'show <run>',
    summary: 'one run in full, without its output',
    examples: ['runs show run_0K3…', 'runs show run_0K3… --json'],
    async run({ call, print }, _options, ref) {
      const run = await call(getRun, { params: { id: ref ?? '' } });
      await print.record(run, runFacts(run));
    },
  });
  addStartVerb(parent, runner);
  addVerb<TailOptions>(parent, runner, {
    usage: 'tail <run>',
    summary: 'what it printed; exact bytes in a pipe',
    examples: ['runs tail run_0K3…', 'runs tail -f run_0K3…'],
    flags: (command) =>
      command
        .option('-f, --follow', 'go on until it ends, then exit with its code')
        .option('-n, --lines <n>', 'only the last so many chunks of output'),
    run: tail,
  });
  addVerb<{ reason?: string }>(parent, runner, {
    usage: 'cancel <run>',
    summary: 'withdraw a queued run, or stop a running one',
    examples: ['runs cancel run_0K3… --yes --reason "wrong host"'],
    flags: (command) => command.option('--reason <text>', 'why'),
    async run(context, { reason }, ref) {
      const run = await context.call(getRun, { params: { id: ref ?? '' } });
      const consequence = `${run.action_id} on ${run.runner_name} is stopped where it is`;
      await context.confirm({ consequence, typedName: null });
      const body = reason === undefined ? {} : { reason };
      const after = await context.call(cancelRun, { params: { id: run.id }, body });
      await context.print.outcome(after, `${after.id} is ${after.status}`);
    },
  });
}

const sources = ['operator', 'agent', 'runbook'] as const;

async function list(
  { call, io, print }: VerbContext,
  options: ListOptions,
  ...filter: string[]
): Promise<void> {
  const { status, action, runner, group, by, operation } = options;
  const query = {
    ...(status === undefined ? {} : { status }),
    ...(action === undefined ? {} : { action }),
    ...(runner === undefined ? {} : { runner }),
    ...(group === undefined ? {} : { group }),
    ...(by === undefined ? {} : { by }),
    ...(operation === undefined ? {} : { operation }),
    ...(options.source === undefined ? {} : { source: oneOf(options.source, '--source', sources) }),
    ...(options.since === undefined ? {} : { since: instantSince(options.since, '--since', io.clock.now()) }),
  };
  const limit = wholeNumber(options.limit ?? '100', '--limit', 100_000);
  const { items, total } = await readPages(call, listRuns, query, limit);
  const runs = new Map(items.map((run) => [run.id, run]));
  const view = createRunSelector()({ runs }, { filter: filter.join(' ') });
  if (view.error !== null) throw new UsageError(view.error);
  await print.list(view.rows, runColumns, { items: view.rows, total });
}

async function tail(context: VerbContext, options: TailOptions, ref = ''): Promise<number> {
  const { call, io } = context;
  const run = await call(getRun, { params: { id: ref } });
  const { url, token } = context.profile();
  const code = await streamRun(call, run.id, {
    stdout: io.stdout,
    stderr: io.stderr,
    clock: io.clock,
    signal: io.signal,
    follow: options.follow === true,
    stream: options.follow === true ? { url, token, as: context.options.as, ca: io.ca } : undefined,
    tail: options.lines === undefined ? undefined : wholeNumber(options.lines, '--lines', 2000),
  });
  // Without -f the question was what it printed, not how it ended.
  return options.follow === true || code === 130 ? code : 0;
}

function runFacts(run: RunDetail): [string, unknown][] {
  return [
    ['run', run.id],
    ['status', run.status],
    ['why it ended', run.explanation],
    ['action', run.action_id],
    ['risk', run.risk],
    ['runner', run.runner_name],
    ['reason', run.reason],
    ['by', run.requested_by],
    ['args', run.args],
    ['pack', `${run.pack_id}@${run.pack_version} ${run.pack_hash}`],
    ['policy', run.policy_decision],
    ['command', run.executed_command],
    ['queued', shownInstant(run.queued_at)],
    ['started', shownInstant(run.started_at)],
    ['finished', shownInstant(run.finished_at)],
    ['exit code', run.exit_code],
    ['duration ms', run.duration_ms],
    ['stdout bytes', run.stdout_truncated ? `${run.stdout_bytes ?? 0}, cut` : run.stdout_bytes],
    ['stderr bytes', run.stderr_truncated ? `${run.stderr_bytes ?? 0}, cut` : run.stderr_bytes],
    ['output complete', run.output_complete],
    ['operation', run.operation_id],
  ];
}
