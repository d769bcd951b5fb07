// What trusting new bytes of a pack version changes, action by action. Pure; whether they are trusted is
// pack-trust.ts.
import { canonicalText, contractOf, type ActionDescriptor } from './descriptor.ts';
import { riskRank, type Risk } from './risk.ts';

export type ActionKind = ActionDescriptor['kind'];

export interface ActionChange {
  id: string;
  change: 'added' | 'removed' | 'changed';
  risk_before: Risk | null;
  risk_after: Risk | null;
  kind_before: ActionKind | null;
  kind_after: ActionKind | null;
  /** Names of the descriptor fields that differ; empty unless changed. */
  fields: string[];
  escalates: boolean;
}

/** What trusting `after` instead of `before` changes, escalations first, then added, changed, removed. */
export function diffActions(
  before: readonly ActionDescriptor[],
  after: readonly ActionDescriptor[],
): ActionChange[] {
  const old = new Map(before.map((action) => [action.id, action]));
  const fresh = new Map(after.map((action) => [action.id, action]));
  const changes: ActionChange[] = [];
  for (const action of after) {
    const previous = old.get(action.id);
    const fields = previous ? changedFields(previous, action) : [];
    if (!previous || fields.length > 0) changes.push(changeOf(previous ?? null, action, fields));
  }
  for (const action of before) if (!fresh.has(action.id)) changes.push(changeOf(action, null, []));
  const weight = { added: 1, changed: 2, removed: 3 };
  return changes.sort(
    (a, b) =>
      Number(b.escalates) - Number(a.escalates) ||
      weight[a.change] - weight[b.change] ||
      (a.id < b.id ? -1 : 1),
  );
}

function changeOf(
  before: ActionDescriptor | null,
  after: ActionDescriptor | null,
  fields: string[],
): ActionChange {
  const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
  const rises = before !== null && after !== null && riskRank(after.risk) > riskRank(before.risk);
  return {
    id: (after ?? before)?.id ?? '',
    change,
    risk_before: before?.risk ?? null,
    risk_after: after?.risk ?? null,
    kind_before: before?.kind ?? null,
    kind_after: after?.kind ?? null,
    fields,
    escalates: rises || (change === 'added' && after?.risk === 'critical'),
  };
}

function changedFields(before: ActionDescriptor, after: ActionDescriptor): string[] {
  const a: Record<string, unknown> = contractOf(before);
  const b: Record<string, unknown> = contractOf(after);
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].filter((name) => canonicalText(a[name]) !== canonicalText(b[name])).sort();
}

/** Trusting asks for the typed name when a risk rises or something critical is new (danger ladder). */
export function needsTypedName(changes: readonly ActionChange[]): boolean {
  return changes.some((change) => change.escalates);
}

/** The headline: what must not be overlooked. */
export function dangersOf(changes: readonly ActionChange[]): {
  added_critical: string[];
  risk_escalations: string[];
} {
  const escalating = changes.filter(({ escalates }) => escalates);
  return {
    added_critical: escalating.filter(({ change }) => change === 'added').map(({ id }) => id),
    risk_escalations: escalating.filter(({ change }) => change === 'changed').map(({ id }) => id),
  };
}
