// `emisar-console operations …`: one dispatch on many runners as a whole. Starting one is run-start.ts.
import type { Command } from 'commander';
import {
  cancelOperation,
  getOperation,
  rerunOperation,
  rerunRun,
  type DispatchResult,
  type OperationDetail,
} from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { EXIT } from './exit-code.ts';
import { shownInstant } from './print.ts';
import { paceOf, refusalExit, resultColumns, withPaceFlags, type PaceOptions } from './run-start.ts';
import { waitForRuns } from './run-wait.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface AgainOptions extends PaceOptions {
  readonly reason?: string;
  readonly all?: boolean;
  readonly wait?: boolean;
}

const columns: Column<DispatchResult>[] = [
  ...resultColumns,
  { title: 'EXIT', value: ({ run }) => run?.exit_code, alignRight: true },
];

export function addOperationsVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('operations').description('dispatches on many runners, each as a whole');
  addVerb(parent, runner, {
    usage: 'show <operation>',
    summary: 'how it stands: one line a runner',
    examples: ['operations show op_0K3…', 'operations show op_0K3… --json'],
    async run({ call, print }, _options, ref) {
      const operation = await call(getOperation, { params: { id: ref ?? '' } });
      if (print.form === 'table') await print.record(operation, facts(operation));
      await print.text('\n');
      await print.list(operation.results, columns, operation);
    },
  });
  addVerb<{ reason?: string }>(parent, runner, {
    usage: 'cancel <operation>',
    summary: 'withdraw what waits and stop what runs',
    examples: ['operations cancel op_0K3… --yes --reason "wrong group"'],
    flags: (command) => command.option('--reason <text>', 'why'),
    async run(context, { reason }, ref) {
      const before = await context.call(getOperation, { params: { id: ref ?? '' } });
      const { waiting, running } = before.counts;
      const consequence = `${before.action_id}: ${running} that run are stopped where they are, ${waiting} that wait never start`;
      await context.confirm({ consequence, typedName: null });
      const body = reason === undefined ? {} : { reason };
      const after = await context.call(cancelOperation, { params: { id: before.id }, body });
      await context.print.outcome(after, `${after.id}: ${after.counts.cancelled} cancelled`);
    },
  });
  addVerb<AgainOptions>(parent, runner, {
    usage: 'rerun <operation>',
    summary: 'the same once more, where it failed; also for one run',
    examples: [
      'operations rerun op_0K3… --reason "disk was full" --wait',
      'operations rerun op_0K3… --all --reason "after the update"',
      'operations rerun run_0K3… --reason "once more"',
    ],
    flags: (command) =>
      withPaceFlags(command)
        .option('--reason <text>', 'why; kept with the runs')
        .option('--all', 'on all of its runners, not only where it failed')
        .option('-w, --wait', 'print the output and exit with the code'),
    run: again,
  });
}

async function again(context: VerbContext, options: AgainOptions, ref = ''): Promise<number> {
  const { call, print } = context;
  const { reason } = options;
  if (!reason?.trim()) throw new Refusal('reason_required');
  const operation = ref.startsWith('run_')
    ? await call(rerunRun, { params: { id: ref }, body: { reason } })
    : await call(rerunOperation, {
        params: { id: ref },
        body: {
          reason,
          only: options.all === true ? 'all' : 'failed',
          ...paceOf(options),
        },
      });
  const refused = refusalExit(operation);
  if (options.wait === true) return waitForRuns(context, operation, refused);
  await print.list(operation.results, resultColumns, operation);
  return refused === 0 ? EXIT.done : refused;
}

function facts(operation: OperationDetail): [string, unknown][] {
  const { counts } = operation;
  const many = Object.entries(counts).flatMap(([word, count]) =>
    word === 'total' || count === 0 ? [] : [`${count} ${word}`],
  );
  return [
    ['operation', operation.id],
    ['action', operation.action_id],
    ['runners', `${counts.total}: ${many.join(', ')}`],
    ['reason', operation.reason],
    ['by', operation.requested_by],
    ['at', shownInstant(operation.created_at)],
    ['at once', operation.max_parallel],
    ['stops after', operation.stop_after_failures],
  ];
}
