// Rules as rows to change, and what a change of them means. Pure: a draft is rules like any other.
import type { PolicyScope, PolicyScopeEntry } from '../../protocol/api/policy.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { Run } from '../../protocol/api/runs.ts';
import {
  decidePolicy,
  MAX_APPROVERS,
  policyDecisions,
  type JudgedAction,
  type PolicyDecision,
  type PolicyOverride,
  type PolicyRules,
} from '../../protocol/policy.ts';
import { risks, type Risk } from '../../protocol/risk.ts';

export type PolicyRow =
  | { readonly id: string; readonly kind: 'default'; readonly risk: Risk; readonly decision: PolicyDecision }
  | {
      readonly id: string;
      readonly kind: 'override';
      readonly index: number;
      readonly override: PolicyOverride;
    }
  | { readonly id: string; readonly kind: 'people'; readonly count: number }
  | { readonly id: string; readonly kind: 'self'; readonly allowed: boolean }
  | { readonly id: string; readonly kind: 'scope'; readonly entry: PolicyScopeEntry };

export function overrideId(index: number): string {
  return `override ${index}`;
}

/** In the order in which they decide: overrides first, then the defaults by risk, then who approves. */
export function policyRows(rules: PolicyRules): PolicyRow[] {
  return [
    ...rules.overrides.map((override, index): PolicyRow => {
      return { id: overrideId(index), kind: 'override', index, override };
    }),
    ...risks.map((risk): PolicyRow => {
      return { id: `default ${risk}`, kind: 'default', risk, decision: rules.defaults[risk] };
    }),
    { id: 'people', kind: 'people', count: rules.approval.min_approvals },
    { id: 'self', kind: 'self', allowed: rules.approval.allow_self_approval },
  ];
}

/** The next or previous decision of a row, one person more or fewer; the same rules where nothing can change. */
export function stepped(rules: PolicyRules, row: PolicyRow, step: 1 | -1): PolicyRules {
  switch (row.kind) {
    case 'default':
      return withDefault(rules, row.risk, after(row.decision, step, choicesFor(rules, row.risk)));
    case 'override': {
      const decision = after(row.override.decision, step, policyDecisions);
      return withOverride(rules, row.index, { ...row.override, decision });
    }
    case 'people': {
      const min_approvals = Math.max(1, Math.min(MAX_APPROVERS, row.count + step));
      return { ...rules, approval: { ...rules.approval, min_approvals } };
    }
    case 'self':
      return { ...rules, approval: { ...rules.approval, allow_self_approval: !row.allowed } };
    case 'scope':
      return rules;
  }
}

function after(decision: PolicyDecision, step: 1 | -1, choices: readonly PolicyDecision[]): PolicyDecision {
  return choices[(choices.indexOf(decision) + step + choices.length) % choices.length] ?? decision;
}

/** Whatever is not laxer than what the next lower risk gets. */
function choicesFor(rules: PolicyRules, risk: Risk): readonly PolicyDecision[] {
  const lower = risks[risks.indexOf(risk) - 1];
  return lower === undefined ? policyDecisions : policyDecisions.slice(strictness(rules.defaults[lower]));
}

function strictness(decision: PolicyDecision): number {
  return policyDecisions.indexOf(decision);
}

/** Higher risks become at least as strict. */
function withDefault(rules: PolicyRules, risk: Risk, decision: PolicyDecision): PolicyRules {
  const defaults = { ...rules.defaults, [risk]: decision };
  for (const higher of risks.slice(risks.indexOf(risk) + 1))
    if (strictness(defaults[higher]) < strictness(decision)) defaults[higher] = decision;
  return { ...rules, defaults };
}

/** Replaces the override at that place; null puts it in front of all. */
export function withOverride(
  rules: PolicyRules,
  index: number | null,
  override: PolicyOverride,
): PolicyRules {
  const overrides = index === null ? [override, ...rules.overrides] : rules.overrides.with(index, override);
  return { ...rules, overrides };
}

export function withoutOverride(rules: PolicyRules, index: number): PolicyRules {
  return { ...rules, overrides: rules.overrides.toSpliced(index, 1) };
}

/** The override at that place one earlier or later; null where there is no further place. */
export function movedOverride(rules: PolicyRules, index: number, step: 1 | -1): PolicyRules | null {
  const [one, other] = [rules.overrides[index], rules.overrides[index + step]];
  if (one === undefined || other === undefined) return null;
  return { ...rules, overrides: rules.overrides.with(index, other).with(index + step, one) };
}

export function sameRules(a: PolicyRules | null, b: PolicyRules | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What differs, a line each, as it is said before saving. */
export function ruleChanges(before: PolicyRules | null, rules: PolicyRules): string[] {
  if (before === null) return ['rules of its own, where there were none'];
  const key = ({ action, decision, name }: PolicyOverride) =>
    `${action} ${decisionWords[decision]} (${name})`;
  const [old, fresh] = [before.overrides.map(key), rules.overrides.map(key)];
  const added = fresh.filter((one) => !old.includes(one));
  const removed = old.filter((one) => !fresh.includes(one));
  const isReordered =
    added.length === 0 && removed.length === 0 && old.some((one, index) => one !== fresh[index]);
  const { approval } = rules;
  return [
    ...risks
      .filter((risk) => before.defaults[risk] !== rules.defaults[risk])
      .map(
        (risk) =>
          `${risk} risk: ${decisionWords[before.defaults[risk]]} → ${decisionWords[rules.defaults[risk]]}`,
      ),
    ...removed.map((one) => `- ${one}`),
    ...added.map((one) => `+ ${one}`),
    ...(isReordered ? ['the order of the rules'] : []),
    ...(before.approval.min_approvals === approval.min_approvals
      ? []
      : [`people who approve: ${before.approval.min_approvals} → ${approval.min_approvals}`]),
    ...(before.approval.allow_self_approval === approval.allow_self_approval
      ? []
      : [approval.allow_self_approval ? 'who asks may approve' : 'who asks may not approve']),
  ];
}

export const decisionWords: Record<PolicyDecision, string> = {
  allow: 'allowed',
  require_approval: 'asks',
  deny: 'denied',
};

export interface ActionChange extends JudgedAction {
  readonly before: PolicyDecision;
  readonly after: PolicyDecision;
}

/** Actions that would be decided otherwise, by id. */
export function actionChanges(
  before: PolicyRules | null,
  rules: PolicyRules,
  known: readonly JudgedAction[],
): ActionChange[] {
  const unique = new Map(known.map((action) => [action.id, action]));
  return [...unique.values()]
    .map((action) => ({
      id: action.id,
      risk: action.risk,
      before: decidePolicy(before, action).decision,
      after: decidePolicy(rules, action).decision,
    }))
    .filter((change) => change.before !== change.after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** True when these rules are the ones that decide on that runner. */
export function appliesTo(
  scope: PolicyScope,
  own: readonly PolicyScopeEntry[],
  runner: Pick<Runner, 'id' | 'group'>,
): boolean {
  const has = (kind: PolicyScope['kind'], ref: string) =>
    own.some((entry) => entry.scope.kind === kind && entry.scope.ref === ref);
  if (scope.kind === 'runner') return scope.ref === runner.id;
  if (has('runner', runner.id)) return false;
  if (scope.kind === 'group') return scope.ref === runner.group;
  return !has('group', runner.group);
}

/** Runs that these rules would have decided otherwise. */
export function runChanges(
  before: PolicyRules | null,
  rules: PolicyRules,
  runs: readonly Run[],
): readonly { readonly run: Run; readonly before: PolicyDecision; readonly after: PolicyDecision }[] {
  return runs.flatMap((run) => {
    const action = { id: run.action_id, risk: run.risk };
    const [was, is] = [decidePolicy(before, action).decision, decidePolicy(rules, action).decision];
    return was === is ? [] : [{ run, before: was, after: is }];
  });
}
