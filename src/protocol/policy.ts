// What may run without asking, from the first day (SPEC PO1). Overrides and approvals widen this rule.
import type { Risk } from './risk.ts';

export type PolicyDecision = 'allow' | 'require_approval' | 'deny';

export const defaultPolicy: Record<Risk, PolicyDecision> = {
  low: 'allow',
  medium: 'allow',
  high: 'require_approval',
  critical: 'deny',
};

/** The decision for one action of that risk. A risk nobody decided about is denied. */
export function decidePolicy(rules: Partial<Record<Risk, PolicyDecision>>, risk: Risk): PolicyDecision {
  return rules[risk] ?? 'deny';
}
