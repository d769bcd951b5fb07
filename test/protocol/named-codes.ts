// The codes that the operator model names (parts A and C3), and where each stands here.

/** It is ours under the same name, or under others; or it waits for something that is not built, and is not ours. */
export type Standing = 'ours' | { as: readonly string[] } | { waits: string } | { wire: string };

const plans: Standing = { waits: 'plans with limits' };
const directory: Standing = { waits: 'sign-in by a directory' };
const runbooks: Standing = { waits: 'runbooks' };

/** Refusals of part A, by section. */
export const codesOfPartA: Readonly<Record<string, Standing>> = {
  // A2, A3
  unauthorized: { as: ['token_missing', 'token_invalid', 'insufficient_privileges'] },
  insufficient_privileges: 'ours',
  last_owner: 'ours',
  cannot_self_promote: { as: ['cannot_modify_self'] },
  cannot_modify_self: 'ours',
  not_found: 'ours',
  role_managed_by_directory: directory,
  runner_access_managed_by_directory: directory,
  deactivated_in_idp: directory,
  mfa_enrollment_required: { waits: 'a second factor; tokens are signed in by a code on another device' },
  role_carries_no_runner_access: { waits: 'the role of a billing manager' },
  runner_access_exceeds_subject: 'ours',
  member_runner_access_exceeds_subject: 'ours',
  runner_out_of_scope: 'ours',
  pack_out_of_scope: 'ours',
  // A4 to A6
  over_limit: plans,
  runner_limit_exceeded: plans,
  not_due: { wire: 'test/cloud/gateway/ending.test.ts' },
  missing_bearer: { wire: 'test/cloud/gateway/ending.test.ts' },
  register_failed: { wire: 'test/cloud/enrollment/registration.test.ts' },
  token_expired: 'ours',
  enrollment_key_invalid: 'ours',
  invalid_external_id: 'ours',
  runner_name_taken: 'ours',
  // A7 to A9
  descriptor_mismatch: 'ours',
  nothing_to_trust: 'ours',
  runner_required: 'ours',
  action_required: 'ours',
  reason_required: 'ours',
  runner_not_found: 'ours',
  runner_requires_attestation: 'ours',
  action_not_found: 'ours',
  pack_untrusted: 'ours',
  pack_retired: 'ours',
  action_contract_changed: 'ours',
  action_unavailable: 'ours',
  denied_by_policy: 'ours',
  // A11
  already_decided: 'ours',
  expired: 'ours',
  self_approval_forbidden: 'ours',
  run_cancelled: 'ours',
  decision_reason_too_long: 'ours',
  grant_exceeds_account_max_lifetime: 'ours',
  attestation_stale: { waits: 'calls that agents sign' },
  runbook_execution_not_approvable: runbooks,
  // A13: how an execution ends
  wait_timed_out: runbooks,
  condition_unmet: runbooks,
  authorization_lost: runbooks,
  approval_preflight_failed: runbooks,
};

/** Ids of the fault guide, C3. */
export const faultsOfC3: Readonly<Record<string, Standing>> = {
  'enroll.401': 'ours',
  'enroll.400': 'ours',
  'enroll.409': 'ours',
  'enroll.402': 'ours',
  'connect.timeout': 'ours',
  'connect.403': 'ours',
  'connect.401': 'ours',
  'service.failed': 'ours',
  'service.locked': 'ours',
  'runner.offline': 'ours',
  'runner.stale': 'ours',
  'runner.flapping': 'ours',
  'runner.outdated': 'ours',
  'runner.unsupported': 'ours',
  'runner.signed_only': 'ours',
  'pack.degraded': 'ours',
  'pack.pending': 'ours',
  'pack.drifted': 'ours',
  'pack.retired': 'ours',
  'pack.disagree': 'ours',
  'action.missing_executable': 'ours',
  'action.absent': 'ours',
  'dispatch.scope': 'ours',
  'dispatch.denied': 'ours',
  'run.pending_approval': 'ours',
  'run.pending_offline': 'ours',
  'run.error.unreached': 'ours',
  'run.error.unknown': 'ours',
  'run.refused': 'ours',
  'run.failed': 'ours',
  'run.timed_out': 'ours',
  'run.truncated': 'ours',
  'run.incomplete': 'ours',
  'key.401': 'ours',
  'bridge.unsupported': { waits: 'the bridge of agents' },
  'approval.stale_signature': { waits: 'calls that agents sign' },
  privilege: 'ours',
};
