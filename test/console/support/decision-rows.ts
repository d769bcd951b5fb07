// Rows of what people decide about: requests, standing grants, policy; and what waits for them.
import type { Approval } from '../../../src/protocol/api/approvals.ts';
import type { Grant } from '../../../src/protocol/api/grants.ts';
import type { AccountPolicy, PolicyDocument } from '../../../src/protocol/api/policy.ts';
import type { Badges, OperatorToken } from '../../../src/protocol/api/session.ts';
import type { StreamMember, StreamToken } from '../../../src/protocol/events.ts';
import type { Member } from '../../../src/protocol/api/members.ts';
import { defaultPolicy } from '../../../src/protocol/policy.ts';
import { AT, HASH_A } from './rows.ts';

const LATER = '2999-01-01T00:00:00.000Z';

export const quietBadges: Badges = { pending_approvals: 0, packs_needing_decision: 0, all_offline: false };

export function approval(id: string, change: Partial<Approval> = {}): Approval {
  return {
    id,
    run_id: 'run_1',
    operation_id: 'op_1',
    status: 'pending',
    action_id: 'linux.systemctl_restart',
    risk: 'high',
    pack_id: 'linux-core',
    pack_version: '1.0.0',
    runner_id: 'rnr_1',
    runner_name: 'web-1',
    requested_by: 'mara',
    token_name: 'ci',
    requested_at: AT,
    reason: 'new config',
    min_approvals: 2,
    allow_self_approval: false,
    approvals_count: 1,
    expires_at: LATER,
    decided_at: null,
    decided_by: null,
    decision_note: null,
    ...change,
  };
}

export function grant(id: string, change: Partial<Grant> = {}): Grant {
  return {
    id,
    approval_id: 'apr_1',
    run_id: 'run_1',
    action_id: 'linux.systemctl_restart',
    risk: 'high',
    pack_id: 'linux-core',
    pack_version: '1.0.0',
    pack_hash: HASH_A,
    token_id: 'tok_1',
    token_name: 'ci',
    member_name: 'mara',
    runner_id: 'rnr_1',
    runner_name: 'web-1',
    args: { unit: 'nginx' },
    args_sha256: 'b'.repeat(64),
    duration: '1d',
    granted_by: 'ada',
    granted_at: AT,
    expires_at: LATER,
    max_uses: null,
    uses_count: 1,
    last_used_at: AT,
    revoked_at: null,
    revoked_by: null,
    state: 'active',
    inert_because: null,
    ...change,
  };
}

export function policyDocument(
  scope: PolicyDocument['scope'] = { kind: 'account', ref: null, name: 'account' },
  version = 1,
): PolicyDocument {
  return { scope, version, rules: defaultPolicy, updated_at: AT, updated_by: null };
}

export function accountPolicy(
  document = policyDocument(),
  scopes: AccountPolicy['scopes'] = [],
): AccountPolicy {
  return { ...document, scopes };
}

/** As the stream tells them: the same for every viewer. */
export function toldMember({ you: _you, ...member }: Member): StreamMember {
  return member;
}

export function toldToken({ current: _current, ...token }: OperatorToken): StreamToken {
  return token;
}
