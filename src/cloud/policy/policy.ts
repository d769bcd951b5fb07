// What may run without asking, for one account. The rule itself is protocol/policy.ts; here stands which
// rules an account has, today the same for all.
import { decidePolicy, defaultPolicy, type PolicyDecision } from '../../protocol/policy.ts';
import type { Risk } from '../../protocol/risk.ts';

export interface Policy {
  decide(accountId: string, risk: Risk): PolicyDecision;
}

export function createPolicy(): Policy {
  return { decide: (_accountId, risk) => decidePolicy(defaultPolicy, risk) };
}
