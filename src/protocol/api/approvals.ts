// Approvals: runs that wait for people, with what a decision needs.
import { z } from 'zod';
import { ApprovalStatus, Vote } from '../approval.ts';
import { GrantScope, GrantWindow } from '../grant.ts';
import { Risk } from '../risk.ts';
import { Grant, MaxUses } from './grants.ts';
import { ById, Instant, MaybeInstant, PageQuery, pageOf, route } from './route.ts';

export const ApprovalVote = z.object({
  member_name: z.string(),
  vote: Vote,
  note: z.string().nullable(),
  at: Instant,
});

export const Approval = z.object({
  id: z.string(),
  run_id: z.string(),
  /** Requests of one dispatch share it. */
  operation_id: z.string(),
  status: ApprovalStatus,
  action_id: z.string(),
  risk: Risk,
  pack_id: z.string(),
  pack_version: z.string(),
  runner_id: z.string(),
  runner_name: z.string(),
  requested_by: z.string(),
  /** Name of the token that asked: a standing grant would be that token's. Null when it is not known. */
  token_name: z.string().nullable(),
  requested_at: Instant,
  reason: z.string(),
  min_approvals: z.number().int(),
  allow_self_approval: z.boolean(),
  /** People who approved so far. */
  approvals_count: z.number().int(),
  expires_at: Instant,
  decided_at: MaybeInstant,
  decided_by: z.string().nullable(),
  decision_note: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;

export const ApprovalDetail = Approval.extend({
  /** Arguments as asked for, sensitive ones masked. */
  args: z.record(z.string(), z.unknown()),
  /** What the approval is bound to: these exact bytes, this action, these arguments, this runner. */
  pack_hash: z.string(),
  args_sha256: z.string(),
  policy_version: z.number().int(),
  policy_scope: z.string(),
  policy_rule: z.string(),
  votes: z.array(ApprovalVote),
});
export type ApprovalDetail = z.infer<typeof ApprovalDetail>;

// Longer than a note may be, so that one that is too long is refused by a code of its own.
const Note = z.strictObject({ note: z.string().max(20_000).optional() });

/** With a duration the deciding approval leaves a standing grant for the token that asked. */
export const ApproveBody = z
  .strictObject({
    ...Note.shape,
    duration: GrantWindow.optional(),
    scope: GrantScope.optional(),
    max_uses: MaxUses.optional(),
  })
  .refine(({ duration, scope, max_uses }) => duration !== undefined || (scope ?? max_uses) === undefined, {
    path: ['duration'],
    message: 'is needed for a standing grant',
  });

const undecidable = ['already_decided', 'expired', 'run_cancelled', 'decision_reason_too_long'] as const;
/** What changed since the run was asked for, so that it must not go any more. */
const unreleasable = [
  'runner_out_of_scope',
  'pack_out_of_scope',
  'pack_untrusted',
  'pack_retired',
  'action_not_found',
  'action_unavailable',
  'action_contract_changed',
  'runner_not_found',
  'runner_disabled',
  'runner_revoked',
  'runner_held',
  'runner_requires_attestation',
] as const;
/** Why no grant may go with it. */
const ungrantable = [
  'grant_needs_deciding_vote',
  'grant_exceeds_account_max_lifetime',
  'grant_token_ended',
  'unrestricted_access_required',
] as const;

export const listApprovals = route({
  method: 'GET',
  path: '/approvals',
  permission: 'approvals.view',
  summary: 'Requests for approval, newest first',
  query: PageQuery.extend({ status: ApprovalStatus.optional() }),
  output: pageOf(Approval),
});
export const getApproval = route({
  method: 'GET',
  path: '/approvals/:id',
  permission: 'approvals.view',
  summary: 'One request with everything that a decision needs',
  params: ById,
  output: ApprovalDetail,
});
export const approve = route({
  method: 'POST',
  path: '/approvals/:id/approve',
  permission: 'approvals.decide',
  summary:
    'Approves a request; with enough people behind it the run is released, and a grant made if asked for',
  refusals: [...undecidable, ...unreleasable, ...ungrantable, 'self_approval_forbidden'],
  params: ById,
  body: ApproveBody,
  output: ApprovalDetail.extend({
    /** The standing grant that was made with it. */
    grant: Grant.nullable(),
  }),
});
export const deny = route({
  method: 'POST',
  path: '/approvals/:id/deny',
  permission: 'approvals.decide',
  summary: 'Denies a request; the run is cancelled',
  refusals: undecidable,
  params: ById,
  body: Note,
  output: ApprovalDetail,
});
export const approveOperation = route({
  method: 'POST',
  path: '/operations/:id/approve',
  permission: 'approvals.decide',
  summary: 'Approves every waiting request of one dispatch; one answer or one refusal a request',
  refusals: ['decision_reason_too_long'],
  params: ById,
  body: Note,
  output: z.object({
    results: z.array(
      z.object({
        approval_id: z.string(),
        runner_name: z.string(),
        approval: ApprovalDetail.nullable(),
        refusal: z.object({ code: z.string(), detail: z.string(), fix: z.string() }).nullable(),
      }),
    ),
  }),
});
