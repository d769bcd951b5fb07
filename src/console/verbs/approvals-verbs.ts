// `emisar-console approvals …`: what waits for people, and deciding about it.
import type { Command } from 'commander';
import {
  approve,
  approveOperation,
  deny,
  getApproval,
  listApprovals,
  type Approval,
  type ApprovalDetail,
} from '../../protocol/api/approvals.ts';
import { ApprovalStatus, approvalStatuses } from '../../protocol/approval.ts';
import { UsageError } from './confirmation.ts';
import { EXIT } from './exit-code.ts';
import { readPages } from './pages.ts';
import { shownInstant } from './print.ts';
import type { Column } from './table-text.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

const columns: Column<Approval>[] = [
  { title: 'APPROVAL', value: (request) => request.id },
  { title: 'STATUS', value: (request) => request.status },
  { title: 'ACTION', value: (request) => request.action_id },
  { title: 'RISK', value: (request) => request.risk },
  { title: 'RUNNER', value: (request) => request.runner_name },
  { title: 'PEOPLE', value: tally },
  { title: 'BY', value: (request) => request.requested_by },
  { title: 'EXPIRES', value: (request) => shownInstant(request.expires_at) },
  { title: 'REASON', value: (request) => request.reason },
];

function tally({ approvals_count, min_approvals }: Approval): string {
  return `${approvals_count} of ${min_approvals}`;
}

interface NoteOptions {
  readonly note?: string;
}

interface ApproveOptions extends NoteOptions {
  readonly operation?: boolean;
}

export function addApprovalsVerbs(program: Command, runner: VerbRunner): void {
  const parent = program.command('approvals').description('runs that wait for people');
  addVerb<{ readonly status?: string }>(parent, runner, {
    usage: 'list',
    summary: 'what waits, newest first',
    examples: ['approvals list', 'approvals list --status expired --json'],
    flags: (command) =>
      command.option('--status <status>', `${approvalStatuses.join(', ')}, or all`, 'pending'),
    async run({ call, print }, { status = 'pending' }) {
      const asked = status === 'all' ? {} : { status: readStatus(status) };
      const { items, total } = await readPages(call, listApprovals, asked);
      await print.list(items, columns, { items, total });
    },
  });
  addVerb(parent, runner, {
    usage: 'show <approval>',
    summary: 'one request with what a decision needs',
    examples: ['approvals show apr_0K3…'],
    run: (context, _options, id) => show(context, id ?? ''),
  });
  addApproveVerb(parent, runner);
  addVerb<NoteOptions>(parent, runner, {
    usage: 'deny <approval>',
    summary: 'deny it; the run is cancelled',
    examples: ['approvals deny apr_0K3… --note "not on a Friday" --yes'],
    flags: (command) => command.option('--note <text>', 'why; kept with the decision'),
    async run(context, { note }, id) {
      const request = await context.call(getApproval, { params: { id: id ?? '' } });
      const consequence = `${what(request)} is not run; the request of ${request.requested_by} is over`;
      await context.confirm({ consequence, typedName: null });
      const after = await context.call(deny, { params: { id: request.id }, body: withNote(note) });
      await context.print.outcome(
        after,
        `${what(after)} is ${after.status}; the run ${after.run_id} is cancelled`,
      );
    },
  });
}

function addApproveVerb(parent: Command, runner: VerbRunner): void {
  addVerb<ApproveOptions>(parent, runner, {
    usage: 'approve <approval>',
    summary: 'approve one request, or with --operation all that wait of one dispatch',
    examples: [
      'approvals approve apr_0K3… --note "looked at it" --yes',
      'approvals approve op_0K3… --operation --yes',
    ],
    flags: (command) =>
      command
        .option('--note <text>', 'kept with the decision')
        .option('--operation', 'the id is that of a dispatch: all of its requests'),
    run: (context, options, id) =>
      options.operation === true
        ? approveAll(context, id ?? '', options.note)
        : approveOne(context, id ?? '', options.note),
  });
}

async function approveOne(context: VerbContext, id: string, note: string | undefined): Promise<void> {
  const request = await context.call(getApproval, { params: { id } });
  const consequence = `${what(request)} with ${JSON.stringify(request.args)}, as ${request.requested_by} asked: ${request.reason}`;
  await context.confirm({ consequence, typedName: null });
  const after = await context.call(approve, { params: { id: request.id }, body: withNote(note) });
  const then =
    after.status === 'approved'
      ? `is approved; follow it: emisar-console runs tail -f ${after.run_id}`
      : `has ${tally(after)} approvals and waits for the others`;
  await context.print.outcome(after, `${what(after)} ${then}`);
}

async function approveAll(context: VerbContext, id: string, note: string | undefined): Promise<number> {
  await context.confirm({ consequence: `Every waiting run of ${id} is approved`, typedName: null });
  const { results } = await context.call(approveOperation, { params: { id }, body: withNote(note) });
  type Result = (typeof results)[number];
  await context.print.list(
    results,
    [
      { title: 'RUNNER', value: (one: Result) => one.runner_name },
      { title: 'STATUS', value: (one: Result) => one.approval?.status ?? one.refusal?.code },
      { title: 'FIX', value: (one: Result) => one.refusal?.fix },
      { title: 'APPROVAL', value: (one: Result) => one.approval_id },
    ],
    { results },
  );
  return results.some((one) => one.refusal !== null) ? EXIT.refused : EXIT.done;
}

async function show({ call, print }: VerbContext, id: string): Promise<void> {
  const request = await call(getApproval, { params: { id } });
  await print.record(request, [
    ['status', request.status],
    ['action', request.action_id],
    ['risk', request.risk],
    ['runner', request.runner_name],
    ...Object.entries(request.args).map(([name, value]) => [`arg ${name}`, JSON.stringify(value)] as const),
    ['reason', request.reason],
    ['asked by', request.requested_by],
    ['asked', shownInstant(request.requested_at)],
    ['expires', shownInstant(request.expires_at)],
    ['people', `${tally(request)}${request.allow_self_approval ? '' : ', not who asked'}`],
    ...request.votes.map(
      ({ member_name, vote, note }) =>
        [`${vote} by`, [member_name, note].filter(Boolean).join(': ')] as const,
    ),
    ['policy', `${request.policy_rule} of ${request.policy_scope}, version ${request.policy_version}`],
    ['pack', `${request.pack_id}@${request.pack_version}`],
    ['bytes', request.pack_hash],
    ['run', request.run_id],
    ['id', request.id],
  ]);
}

function what({ action_id, runner_name }: ApprovalDetail): string {
  return `${action_id} on ${runner_name}`;
}

function withNote(note: string | undefined) {
  return note === undefined ? {} : { note };
}

function readStatus(text: string): ApprovalStatus {
  const status = ApprovalStatus.safeParse(text);
  if (status.success) return status.data;
  throw new UsageError(`Cannot read --status: it is ${approvalStatuses.join(', ')}, or all`);
}
