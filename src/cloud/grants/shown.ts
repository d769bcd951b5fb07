// Standing grants as operators see them.
import type { Grant } from '../../protocol/api/grants.ts';
import { grantStateAt } from '../../protocol/grant.ts';
import { instant } from '../clock.ts';
import type { GrantRow } from './store.ts';

export function showGrant(row: GrantRow, now: number): Grant {
  const { state, because } = grantStateAt(
    {
      expiresAt: row.expires_at,
      maxUses: row.max_uses,
      usesCount: row.uses_count,
      revokedAt: row.revoked_at,
      isTokenEnded: isTokenEnded(row, now),
      capSeconds: row.cap_seconds,
    },
    now,
  );
  return {
    id: row.id,
    approval_id: row.approval_id,
    run_id: row.run_id,
    action_id: row.action_id,
    risk: row.risk,
    pack_id: row.pack_id,
    pack_version: row.pack_version,
    pack_hash: row.pack_hash,
    token_id: row.token_id,
    token_name: row.token_name,
    member_name: row.member_name,
    runner_id: row.runner_id,
    runner_name: row.runner_name,
    args: row.args_shown === null ? null : (JSON.parse(row.args_shown) as Record<string, unknown>),
    args_sha256: row.args_sha256,
    duration: row.duration,
    granted_by: row.granted_by,
    granted_at: instant(row.granted_at),
    expires_at: instant(row.expires_at),
    max_uses: row.max_uses,
    uses_count: row.uses_count,
    last_used_at: instant(row.last_used_at),
    revoked_at: instant(row.revoked_at),
    revoked_by: row.revoked_by,
    state,
    inert_because: because,
  };
}

function isTokenEnded(row: GrantRow, now: number): boolean {
  const isExpired = row.token_expires_at !== null && row.token_expires_at <= now;
  return row.token_revoked_at !== null || isExpired || row.suspended_at !== null || row.removed_at !== null;
}
