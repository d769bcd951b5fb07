// What may run without asking (operator model A12, SPEC PO1 to PO5). Pure: rules and an action give a decision
// with the rule that made it. Which rules an account, a group or a runner has is cloud/policy's business.
import { z } from 'zod';
import { coversGlob, matchesGlob } from './glob.ts';
import { Risk, risks } from './risk.ts';

/** Strictest last. */
export const policyDecisions = ['allow', 'require_approval', 'deny'] as const;
export const PolicyDecision = z.enum(policyDecisions);
export type PolicyDecision = z.infer<typeof PolicyDecision>;

export const MAX_OVERRIDES = 200;
export const MAX_APPROVERS = 20;

const PolicyDefaults = z
  .strictObject({
    low: PolicyDecision,
    medium: PolicyDecision,
    high: PolicyDecision,
    critical: PolicyDecision,
  })
  .refine(isMonotone, 'a higher risk must never be treated more laxly than a lower one');

export const PolicyOverride = z.strictObject({
  name: z.string().trim().min(1).max(80),
  /** Only `*` is special: any text. */
  action: z
    .string()
    .min(1)
    .max(128)
    .regex(/^[A-Za-z0-9_.*-]+$/, 'is an action id in which * stands for any text'),
  decision: PolicyDecision,
});
export type PolicyOverride = z.infer<typeof PolicyOverride>;

const ApprovalTerms = z.strictObject({
  min_approvals: z.number().int().min(1).max(MAX_APPROVERS),
  allow_self_approval: z.boolean(),
});
export type ApprovalTerms = z.infer<typeof ApprovalTerms>;

export const PolicyRules = z.strictObject({
  defaults: PolicyDefaults,
  /** In order: the first whose pattern fits decides. */
  overrides: z.array(PolicyOverride).max(MAX_OVERRIDES),
  approval: ApprovalTerms,
});
export type PolicyRules = z.infer<typeof PolicyRules>;

/** What a new account starts with. */
export const defaultPolicy: PolicyRules = {
  defaults: { low: 'allow', medium: 'allow', high: 'require_approval', critical: 'deny' },
  overrides: [],
  approval: { min_approvals: 1, allow_self_approval: true },
};

function isMonotone(defaults: Record<Risk, PolicyDecision>): boolean {
  return risks.every((risk, index) => {
    const milder = risks[index - 1];
    return milder === undefined || strictness(defaults[risk]) >= strictness(defaults[milder]);
  });
}

function strictness(decision: PolicyDecision): number {
  return policyDecisions.indexOf(decision);
}

/** Stored rules, or null when they cannot be read as rules: then nothing is allowed. */
export function readPolicy(text: string | null): PolicyRules | null {
  if (text === null) return null;
  try {
    const read = PolicyRules.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

export interface JudgedAction {
  readonly id: string;
  readonly risk: Risk;
}

export interface PolicyVerdict {
  readonly decision: PolicyDecision;
  /** Name of the override, `defaults.<risk>`, or `missing` when there are no readable rules. */
  readonly rule: string;
  readonly approval: ApprovalTerms;
}

/** The decision for one action. Rules that are missing or malformed deny everything. */
export function decidePolicy(rules: PolicyRules | null, action: JudgedAction): PolicyVerdict {
  const strictest = { min_approvals: MAX_APPROVERS, allow_self_approval: false };
  if (rules === null) return { decision: 'deny', rule: 'missing', approval: strictest };
  const { approval } = rules;
  const override = rules.overrides.find((one) => matchesGlob(one.action, action.id));
  if (override) return { decision: override.decision, rule: override.name, approval };
  return { decision: rules.defaults[action.risk] ?? 'deny', rule: `defaults.${action.risk}`, approval };
}

/** Whose rules: of the whole account, of one group, of one runner. */
export const policyScopes = ['account', 'group', 'runner'] as const;
export type PolicyScopeKind = (typeof policyScopes)[number];

/** Rules are taken whole from the most specific scope that has any: runner, then group, then account. */
export function mostSpecific<Scoped extends { kind: PolicyScopeKind }>(
  scoped: readonly Scoped[],
): Scoped | null {
  for (const kind of ['runner', 'group', 'account'] as const) {
    const found = scoped.find((one) => one.kind === kind);
    if (found) return found;
  }
  return null;
}

export interface DecisionCount {
  decision: PolicyDecision;
  count: number;
  /** Three at most, by id. */
  examples: string[];
}

export interface PolicyWarning {
  kind: 'shadowed' | 'matches_nothing';
  /** Position in the list of overrides, from 0. */
  override: number;
  name: string;
  sentence: string;
}

const EXAMPLES = 3;

/** What these rules would do to the actions that are known. */
export function countDecisions(rules: PolicyRules, known: readonly JudgedAction[]): DecisionCount[] {
  const ids = new Map<PolicyDecision, string[]>(policyDecisions.map((decision) => [decision, []]));
  for (const action of known) ids.get(decidePolicy(rules, action).decision)?.push(action.id);
  return [...ids].map(([decision, covered]) => ({
    decision,
    count: covered.length,
    examples: covered.toSorted().slice(0, EXAMPLES),
  }));
}

/** Overrides that cannot do what their author meant. They are warnings: the rules are taken all the same. */
export function warnOfOverrides(rules: PolicyRules, known: readonly JudgedAction[]): PolicyWarning[] {
  return rules.overrides.flatMap((override, index): PolicyWarning[] => {
    const { name, action } = override;
    const earlier = rules.overrides.slice(0, index).find((one) => coversGlob(one.action, action));
    if (earlier) {
      const sentence = `Never decides: whatever fits ${action} is decided before by ${earlier.action}`;
      return [{ kind: 'shadowed', override: index, name, sentence }];
    }
    if (known.some(({ id }) => matchesGlob(action, id))) return [];
    const sentence = `Fits no action that any runner has; only * is special in ${action}`;
    return [{ kind: 'matches_nothing', override: index, name, sentence }];
  });
}
