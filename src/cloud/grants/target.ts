// A standing grant as the audit trail names it.
import type { AuditTarget } from '../audit/audit.ts';

export function grantTarget(grant: {
  id: string;
  action_id: string;
  token_name: string;
  runner_id: string | null;
  runner_name: string | null;
  pack_id: string;
}): AuditTarget {
  return {
    kind: 'grant',
    id: grant.id,
    label: `${grant.action_id} on ${grant.runner_name ?? 'any runner'} for ${grant.token_name}`,
    packId: grant.pack_id,
    ...(grant.runner_id !== null && { runnerId: grant.runner_id }),
  };
}
