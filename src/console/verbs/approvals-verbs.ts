// `emisar-console approvals …`: what waits for people, and deciding about it.
import type { Command } from 'commander';
import { deny, getApproval, listApprovals, type Approval } from '../../protocol/api/approvals.ts';
import { ApprovalStatus, approvalStatuses } from '../../protocol/approval.ts';
import { addApproveVerb, tally, what, withNote } from './approve-verb.ts';
import { UsageError } from './confirmation.ts';
import { readPages } from '../store/pages.ts';
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

interface NoteOptions {
  readonly note?: string;
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
    ['with token', request.token_name],
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

function readStatus(text: string): ApprovalStatus {
  const status = ApprovalStatus.safeParse(text);
  if (status.success) return status.data;
  throw new UsageError(`Cannot read --status: it is ${approvalStatuses.join(', ')}, or all`);
}
