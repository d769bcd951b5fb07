// The one catalogue of refusals: code, HTTP status, what to do. A code never changes its meaning.
// Bugs are not here: whatever is thrown and is no Refusal is logged and answered `internal`.
import { approvalRefusals } from './approval-refusals.ts';
import { httpRefusals } from './http-refusals.ts';
import { memberRefusals } from './member-refusals.ts';
import { noticeRefusals } from './notice-refusals.ts';
import type { RefusalEntry } from './refusal-entry.ts';
import { startRefusals } from './start-refusals.ts';

export const refusals = {
  invalid_request: {
    status: 400,
    sentence: 'Cannot read the request',
    fix: 'Correct the named field and send it again',
  },
  token_missing: {
    status: 401,
    sentence: 'Cannot tell who is asking: no operator token was sent',
    fix: 'Sign in with `emisar-console login`',
  },
  token_invalid: {
    status: 401,
    sentence: 'Cannot accept this token: it is unknown, revoked or expired',
    fix: 'Sign in again with `emisar-console login`, or ask an owner for a new token',
  },
  token_expired: {
    status: 401,
    sentence: 'Cannot accept this token: it has expired',
    fix: 'Register the host again with a fresh enrollment key',
    fault: 'connect.401',
  },
  insufficient_privileges: {
    status: 403,
    sentence: 'Cannot do this: your role does not allow it',
    fix: 'Ask an owner or admin to do it, or to change your role',
  },
  not_found: {
    status: 404,
    sentence: 'Cannot find it',
    fix: 'Check the id or name; what lies outside your scope looks the same as what does not exist',
  },
  method_not_allowed: {
    status: 405,
    sentence: 'Cannot use this method here',
    fix: 'See the operator API for the methods of this path',
  },
  conflict: {
    status: 409,
    sentence: 'Cannot do this any more: it changed since you looked',
    fix: 'Look again, then decide',
  },
  rate_limited: {
    status: 429,
    sentence: 'Cannot answer so many requests',
    fix: 'Wait as long as Retry-After says, then try again',
  },
  internal: {
    status: 500,
    sentence: 'Cannot complete the request: something broke in the control plane',
    fix: 'Try again; if it stays, read the log of emisar-cloud at this time',
  },
  unavailable: {
    status: 503,
    sentence: 'Cannot answer now: the control plane is stopping or its store is busy',
    fix: 'Try again in a moment',
  },
  unreachable: {
    status: 503,
    sentence: 'Cannot reach the control plane',
    fix: 'Check the URL, the network and that emisar-cloud runs there',
  },
  not_emisar: {
    status: 502,
    sentence: 'Cannot talk to this server: it is not an emisar control plane',
    fix: 'Check the URL; it must be the address of emisar-cloud',
  },
  stale_data: {
    status: 409,
    sentence: 'Cannot change anything while the data on the screen is stale',
    fix: 'Wait until the link is live again',
  },

  runner_disabled: {
    status: 409,
    sentence: 'Cannot use this runner: it is disabled',
    fix: 'Enable it, then start the service on the host: sudo systemctl start emisar',
    fault: 'connect.403',
  },
  runner_revoked: {
    status: 409,
    sentence: 'Cannot use this runner: its token is revoked',
    fix: 'Enroll the host again with a fresh key',
    fault: 'connect.401',
  },
  runner_held: {
    status: 409,
    sentence: 'Cannot use this runner: it is held, and nothing new is started on it',
    fix: 'Release it: emisar-console runners release NAME',
  },
  runner_online: {
    status: 409,
    sentence: 'Cannot do this while the runner is online',
    fix: 'Disable it or stop its service first',
  },
  runner_not_found: {
    status: 404,
    sentence: 'Cannot find this runner',
    fix: 'Check its name; what lies outside your scope looks the same as what does not exist',
  },
  runner_name_taken: {
    status: 409,
    sentence: 'Cannot enroll: another runner has this name',
    fix: 'Delete the old runner or change the host name; runners are never renamed',
    fault: 'enroll.409',
  },
  runner_requires_attestation: {
    status: 409,
    sentence: 'Cannot dispatch: this host accepts only signed runs',
    fix: 'Dispatch from a client that signs',
    fault: 'runner.signed_only',
  },
  account_disabled: {
    status: 403,
    sentence: 'Cannot do this: the account is disabled',
    fix: 'Ask whoever operates this control plane',
  },

  enrollment_key_invalid: {
    status: 401,
    sentence: 'Cannot enroll: the key is unknown, spent, expired or revoked',
    fix: 'Mint a fresh key with `emisar-console keys mint` and start the runner with it',
    fault: 'enroll.401',
  },
  invalid_external_id: {
    status: 400,
    sentence: 'Cannot enroll: the identity must be 1 to 255 characters without surrounding space',
    fix: 'Set runner.id in the configuration, or the host name',
    fault: 'enroll.400',
  },
  enrollment_key_spent: {
    status: 409,
    sentence: 'Cannot revoke this key: it can no longer enroll anything',
    fix: 'Revoke the token of the runner it enrolled instead',
  },

  pack_untrusted: {
    status: 409,
    sentence: 'Cannot dispatch: nobody trusts these exact bytes of the pack',
    fix: 'Review it under Packs, then trust or reject it',
    fault: 'pack.pending',
  },
  pack_retired: {
    status: 409,
    sentence: 'Cannot dispatch: a security release replaced this version of the pack',
    fix: 'Update the pack on the host; override its retirement only if you must',
    fault: 'pack.retired',
  },
  pack_moved: {
    status: 409,
    sentence: 'Cannot decide: the hash that is waiting is not the one you saw',
    fix: 'Look at the new difference, then decide',
  },
  nothing_to_trust: {
    status: 409,
    sentence: 'Cannot trust: no hash is waiting for a decision',
    fix: 'Look again; somebody may have decided already',
  },
  nothing_to_revoke: {
    status: 409,
    sentence: 'Cannot take trust back: no bytes of this pack version are trusted',
    fix: 'Nothing needs to be done; none of it can run',
  },
  nothing_to_override: {
    status: 409,
    sentence: 'Cannot override: this version is trusted by nobody, or nothing keeps it from running',
    fix: 'Look again; somebody may have decided already',
  },
  descriptor_mismatch: {
    status: 409,
    sentence: 'Cannot trust: runners advertise different contents for one hash',
    fix: 'Align the hosts that are named, then reload them',
    fault: 'pack.disagree',
  },

  runner_required: {
    status: 400,
    sentence: 'Cannot dispatch: no runner is named',
    fix: 'Name a runner or a group',
  },
  nothing_to_rerun: {
    status: 409,
    sentence: 'Cannot run again: no run of this dispatch failed',
    fix: 'Run all of them again, or dispatch anew',
  },
  pacing_required: {
    status: 400,
    sentence: 'Cannot dispatch: an action of high risk on more than ten runners needs a pace',
    fix: 'Say how many may run at once and after how many failures to stop (max_parallel, stop_after_failures)',
  },
  action_required: { status: 400, sentence: 'Cannot dispatch: no action is named', fix: 'Name an action' },
  reason_required: {
    status: 400,
    sentence: 'Cannot dispatch: a reason is required',
    fix: 'Say in a few words why; it is kept with the run',
  },
  action_not_found: {
    status: 404,
    sentence: 'Cannot find this action on this runner',
    fix: 'Check that the pack is installed and not hidden by the host: `emisar action list`',
    fault: 'action.absent',
  },
  action_contract_changed: {
    status: 409,
    sentence: 'Cannot dispatch: the action differs from what was trusted',
    fix: 'Review the pack again',
    fault: 'pack.drifted',
  },
  action_unavailable: {
    status: 409,
    sentence: 'Cannot dispatch: the program that the action needs is missing on the host',
    fix: 'Install it on the host, or mend the PATH of the service',
    fault: 'action.missing_executable',
  },
  invalid_arguments: {
    status: 400,
    sentence: 'Cannot dispatch: an argument is not valid',
    fix: 'Correct the named argument',
  },
  denied_by_policy: {
    status: 403,
    sentence: 'Cannot dispatch: policy denies actions of this risk',
    fix: 'See which rule: `emisar-console policy resolve RUNNER ACTION`; ask an owner to change it',
    fault: 'dispatch.denied',
  },
  approval_required: {
    status: 403,
    sentence: 'Cannot run at once: policy wants an approval for it',
    fix: 'Start it, then have the request approved under Approvals',
    fault: 'run.pending_approval',
  },
  run_finished: {
    status: 409,
    sentence: 'Cannot cancel: the run has ended',
    fix: 'Nothing needs to be done',
  },

  ...approvalRefusals,
  ...httpRefusals,
  ...memberRefusals,
  ...noticeRefusals,
  ...startRefusals,
} as const satisfies Record<string, RefusalEntry>;

export type RefusalCode = keyof typeof refusals;

/** True when `code` is in the catalogue. */
export function isRefusalCode(code: string): code is RefusalCode {
  return Object.hasOwn(refusals, code);
}

export function refusalEntry(code: RefusalCode): RefusalEntry {
  return refusals[code];
}

/** An expected "no". The message says what could not be done; `about` carries names and ids, never secrets. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly about: Readonly<Record<string, unknown>>;
  /** Seconds after which trying again makes sense, when known. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: RefusalCode,
    message: string = refusals[code].sentence,
    about: Readonly<Record<string, unknown>> = {},
    retryAfterSeconds: number | null = null,
  ) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.about = about;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  get status(): number {
    return refusals[this.code].status;
  }

  get fix(): string {
    return refusals[this.code].fix;
  }
}
