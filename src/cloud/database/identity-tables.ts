// The tables of who belongs to an account and by what they prove it, as types. All others are schema.ts.
import type { Generated } from 'kysely';
import type { Role } from '../../protocol/permission.ts';

type At = number;

export interface IdentityTables {
  members: {
    id: string;
    account_id: string;
    name: string;
    role: Role;
    created_at: At;
    suspended_at: At | null;
    removed_at: At | null;
    /** Null while the invitation is open. */
    joined_at: At | null;
    runner_access: Generated<'none' | 'all' | 'restricted'>;
    /** JSON: `group:<name>` and `runner:<id>`. */
    runner_selectors: Generated<string>;
    pack_access: Generated<'all' | 'restricted'>;
    pack_ids: Generated<string>;
    /** Where approvals are told to; null for nowhere. */
    email: Generated<string | null>;
  };
  /** Calls of a member that may be made again. */
  idempotency_keys: {
    member_id: string;
    idempotency_key: string;
    /** SHA-256 of the request and of what its caller reaches: the same key with another one is a conflict. */
    digest: string;
    /** JSON; without its secrets where it held any, and empty while the call is under way. */
    answer: string;
    holds_secrets: 0 | 1;
    created_at: At;
  };
  invitations: {
    id: string;
    account_id: string;
    member_id: string;
    prefix: string;
    hash: string;
    created_at: At;
    expires_at: At;
    used_at: At | null;
    revoked_at: At | null;
  };
  /** Devices that wait to be signed in by their user code. */
  device_grants: {
    id: string;
    account_id: string;
    prefix: string;
    hash: string;
    user_code: string;
    name: string;
    address: string | null;
    created_at: At;
    expires_at: At;
    /** Who decided. */
    member_id: string | null;
    /** JSON: scope of the token by which it was approved. */
    scope: string | null;
    decision: 'approved' | 'denied' | null;
    used_at: At | null;
  };
  operator_tokens: {
    id: string;
    account_id: string;
    member_id: string;
    name: string;
    prefix: string;
    /** SHA-256 of the whole secret, lower hex; secrets themselves are never stored. */
    hash: string;
    created_at: At;
    last_used_at: At | null;
    expires_at: At | null;
    revoked_at: At | null;
    /** JSON of an access that narrows its member's; null for all of it. */
    scope: string | null;
  };
}
