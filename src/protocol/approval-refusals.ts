// The part of the catalogue of refusals that is about approvals (operator model A11).
import type { RefusalEntry } from './refusal-entry.ts';

export const approvalRefusals = {
  already_decided: {
    status: 409,
    sentence: 'Cannot decide: this request has been decided already',
    fix: 'See who decided: `emisar-console approvals show ID`',
  },
  expired: {
    status: 409,
    sentence: 'Cannot decide: this request has expired',
    fix: 'Start the run again, then have the new request approved',
  },
  self_approval_forbidden: {
    status: 403,
    sentence: 'Cannot approve: policy wants somebody other than who asked',
    fix: 'Ask another operator, admin or owner to approve it',
  },
  run_cancelled: {
    status: 409,
    sentence: 'Cannot decide: the run was cancelled or has ended',
    fix: 'Start the run again if it is still wanted',
  },
  runner_out_of_scope: {
    status: 403,
    sentence: 'Cannot approve: who asked does not reach this runner any more',
    fix: 'Widen their access on Team, or start the run yourself',
    fault: 'dispatch.scope',
  },
  pack_out_of_scope: {
    status: 403,
    sentence: 'Cannot approve: who asked does not reach this pack any more',
    fix: 'Widen their access on Team, or start the run yourself',
    fault: 'dispatch.scope',
  },
  grant_exceeds_account_max_lifetime: {
    status: 409,
    sentence: 'Cannot grant: the account does not allow standing grants that last so long',
    fix: 'Choose a shorter one (`emisar-console grants cap` shows the longest), or approve this run alone',
  },
  grant_needs_deciding_vote: {
    status: 409,
    sentence: 'Cannot grant: more people have to approve, and only the last of them can grant',
    fix: 'Approve without a grant; whoever approves last may make one',
  },
  grant_token_ended: {
    status: 409,
    sentence: 'Cannot grant: the token that asked for this run is unknown, revoked or expired',
    fix: 'Approve this run alone',
  },
  decision_reason_too_long: {
    status: 400,
    sentence: 'Cannot decide: the note is longer than 2000 characters',
    fix: 'Shorten the note',
  },
} as const satisfies Record<string, RefusalEntry>;
