// What rules do to the actions that runners have, asked of the server, beside what the stored ones do.
import { simulatePolicy, type PolicySimulation } from '../../protocol/api/policy.ts';
import type { PolicyDecision, PolicyRules } from '../../protocol/policy.ts';
import type { Session } from '../store/session.ts';

export interface PolicyEffect {
  /** Actions that runners have. */
  readonly known: number;
  readonly counts: readonly {
    readonly decision: PolicyDecision;
    readonly was: number;
    readonly is: number;
  }[];
  readonly warnings: PolicySimulation['warnings'];
}

export async function readEffect(
  session: Session,
  holding: PolicyRules | null,
  rules: PolicyRules,
): Promise<PolicyEffect> {
  const simulate = (wanted: PolicyRules) => session.call(simulatePolicy, { body: { rules: wanted } });
  const [now, before] = await Promise.all([
    simulate(rules),
    holding === null || holding === rules ? null : simulate(holding),
  ]);
  const counts = now.decisions.map(({ decision, count: is }) => {
    const was = before?.decisions.find((one) => one.decision === decision)?.count ?? is;
    return { decision, was, is };
  });
  return { known: now.known_actions, counts, warnings: now.warnings };
}
