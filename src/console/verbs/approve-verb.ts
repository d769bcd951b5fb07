// `emisar-console approvals approve`: one request or all of a dispatch, and with --grant what the token that asked
// may repeat without asking.
import type { Command } from 'commander';
import type { z } from 'zod';
import {
  approve,
  approveOperation,
  getApproval,
  type Approval,
  type ApprovalDetail,
  type ApproveBody,
} from '../../protocol/api/approvals.ts';
import { grantWindows, MAX_GRANT_USES } from '../../protocol/grant.ts';
import { neutralise } from '../../protocol/neutralise.ts';
import { UsageError } from './confirmation.ts';
import { EXIT } from './exit-code.ts';
import { oneOf, wholeNumber } from './flag-values.ts';
import { shownInstant } from './print.ts';
import { addVerb, type VerbContext, type VerbRunner } from './verb.ts';

interface GrantOptions {
  readonly grant?: string;
  readonly anyArgs?: boolean;
  readonly anyRunner?: boolean;
  readonly maxUses?: string;
}
type GrantWish = Pick<z.input<typeof ApproveBody>, 'duration' | 'scope' | 'max_uses'>;

export function addApproveVerb(parent: Command, runner: VerbRunner): void {
  addVerb<GrantOptions & { readonly note?: string; readonly operation?: boolean }>(parent, runner, {
    usage: 'approve <approval>',
    summary: 'approve one request, or with --operation all that wait of one dispatch',
    examples: [
      'approvals approve apr_0K3… --note "looked at it" --yes',
      'approvals approve apr_0K3… --grant 1d --max-uses 20 --yes',
      'approvals approve op_0K3… --operation --yes',
    ],
    flags: (command) =>
      command
        .option('--note <text>', 'kept with the decision')
        .option('--operation', 'the id is that of a dispatch: all of its requests')
        .option('--grant <time>', `let the token that asked repeat it for ${grantWindows.join(', ')}`)
        .option('--any-args', 'with --grant: whatever the arguments; otherwise these alone')
        .option('--any-runner', 'with --grant: on every runner; otherwise on this one alone')
        .option('--max-uses <count>', 'with --grant: so many times, this one among them'),
    run: (context, options, id = '') => {
      const wish = wishOf(options);
      if (options.operation !== true) return approveOne(context, id, options.note, wish);
      if (wish.duration !== undefined)
        throw new UsageError('Cannot grant for a dispatch: approve one of its requests with --grant');
      return approveAll(context, id, options.note);
    },
  });
}

function wishOf({ grant, anyArgs = false, anyRunner = false, maxUses }: GrantOptions): GrantWish {
  if (grant === undefined) {
    if (anyArgs || anyRunner || maxUses !== undefined)
      throw new UsageError('--any-args, --any-runner and --max-uses say what --grant covers: give it too');
    return {};
  }
  return {
    duration: oneOf(grant, '--grant', grantWindows),
    scope: { args: anyArgs ? 'any' : 'exact', runner: anyRunner ? 'any' : 'this' },
    ...(maxUses !== undefined && { max_uses: wholeNumber(maxUses, '--max-uses', MAX_GRANT_USES) }),
  };
}

async function approveOne(
  context: VerbContext,
  id: string,
  note: string | undefined,
  wish: GrantWish,
): Promise<void> {
  const request = await context.call(getApproval, { params: { id } });
  const consequence = `${what(request)} with ${JSON.stringify(request.args)}, as ${request.requested_by} asked: ${request.reason}${grantText(request, wish)}`;
  await context.confirm({ consequence, typedName: null });
  const body = { ...withNote(note), ...wish };
  const after = await context.call(approve, { params: { id: request.id }, body });
  const then =
    after.status === 'approved'
      ? `is approved; follow it: emisar-console runs tail -f ${after.run_id}`
      : `has ${tally(after)} approvals and waits for the others`;
  await context.print.outcome(after, `${what(after)} ${then}`);
  const { grant } = after;
  if (grant !== null)
    context.remark(
      `${neutralise(grant.token_name)} may repeat it until ${shownInstant(grant.expires_at)}; to end that: emisar-console grants revoke ${grant.id}`,
    );
}

function grantText(request: ApprovalDetail, { duration, scope, max_uses: uses }: GrantWish): string {
  if (duration === undefined) return '';
  const args = scope?.args === 'any' ? 'with any arguments' : 'with these arguments';
  const runner = scope?.runner === 'any' ? 'on every runner' : `on ${request.runner_name}`;
  const times = uses === undefined ? '' : `, ${uses} times with this one`;
  return `; for ${duration} the token ${request.token_name ?? 'that asked'} may repeat it ${runner} ${args}${times}, and nobody is asked`;
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

export function what({ action_id, runner_name }: Approval): string {
  return `${action_id} on ${runner_name}`;
}

export function tally({ approvals_count, min_approvals }: Approval): string {
  return `${approvals_count} of ${min_approvals}`;
}

export function withNote(note: string | undefined) {
  return note === undefined ? {} : { note };
}
