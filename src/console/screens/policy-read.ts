// The rules of a scope as they are stored, and those that hold there as long as it has none of its own.
import {
  deleteGroupPolicy,
  deleteRunnerPolicy,
  getGroupPolicy,
  getPolicy,
  getRunnerPolicy,
  putGroupPolicy,
  putPolicy,
  putRunnerPolicy,
  type PolicyDocument,
  type PolicyEdit,
  type PolicyScopeEntry,
} from '../../protocol/api/policy.ts';
import { getRunner } from '../../protocol/api/runners.ts';
import type { PolicyRules } from '../../protocol/policy.ts';
import type { Session } from '../store/session.ts';

/** `account`, `group:<name>`, `runner:<id or name>`. */
export type ScopeName = string;

export interface ReadPolicy {
  readonly document: PolicyDocument;
  /** What decides now: the rules of this scope, else those of the next wider one. */
  readonly holding: PolicyRules | null;
  /** Every scope in reach with rules of its own. */
  readonly scopes: readonly PolicyScopeEntry[];
}

export function groupOf(scope: ScopeName): string | null {
  return scope.startsWith('group:') ? scope.slice('group:'.length) : null;
}

function runnerOf(scope: ScopeName): string | null {
  return scope.startsWith('runner:') ? scope.slice('runner:'.length) : null;
}

export async function readPolicy({ call }: Session, scope: ScopeName): Promise<ReadPolicy> {
  const account = await call(getPolicy);
  const { scopes } = account;
  const [group, runner] = [groupOf(scope), runnerOf(scope)];
  if (group === null && runner === null) return { document: account, holding: account.rules, scopes };
  if (group !== null) {
    const document = await call(getGroupPolicy, { params: { group } });
    return { document, holding: document.rules ?? account.rules, scopes };
  }
  const params = { runner: runner ?? '' };
  const document = await call(getRunnerPolicy, { params });
  if (document.rules !== null) return { document, holding: document.rules, scopes };
  const { group: wider } = await call(getRunner, { params: { id: params.runner } });
  const { rules } = await call(getGroupPolicy, { params: { group: wider } });
  return { document, holding: rules ?? account.rules, scopes };
}

export function savePolicy({ call }: Session, scope: ScopeName, body: PolicyEdit): Promise<PolicyDocument> {
  const [group, runner] = [groupOf(scope), runnerOf(scope)];
  if (group !== null) return call(putGroupPolicy, { params: { group }, body });
  return runner === null ? call(putPolicy, { body }) : call(putRunnerPolicy, { params: { runner }, body });
}

/** For a group or a runner alone: the account always has rules. */
export async function dropPolicy({ call }: Session, scope: ScopeName, version: number): Promise<void> {
  const [group, runner] = [groupOf(scope), runnerOf(scope)];
  const query = { expected_version: version };
  if (group !== null) await call(deleteGroupPolicy, { params: { group }, query });
  else if (runner !== null) await call(deleteRunnerPolicy, { params: { runner }, query });
}
