// The rules of the account as the console holds them: those of the account whole, of groups and runners which
// have some.
import type { AccountPolicy, PolicyDocument } from '../../protocol/api/policy.ts';
import { byText } from './list-selector.ts';

type Entry = AccountPolicy['scopes'][number];

/** By kind and name, whatever the order in which they came. */
export function orderedPolicy(policy: AccountPolicy): AccountPolicy {
  return { ...policy, scopes: policy.scopes.toSorted(byScope) };
}

/** With the rules of one scope as they are now. */
export function withRules(policy: AccountPolicy, changed: PolicyDocument): AccountPolicy {
  if (changed.scope.kind === 'account') return { ...changed, scopes: policy.scopes };
  const others = policy.scopes.filter(({ scope }) => keyOf(scope) !== keyOf(changed.scope));
  const { scope, version, updated_at } = changed;
  // Rules that were taken away leave a document without them.
  if (updated_at === null) return { ...policy, scopes: others };
  return orderedPolicy({ ...policy, scopes: [...others, { scope, version, updated_at }] });
}

/** Changes with every edit of any scope. */
export function policyStanding(policy: AccountPolicy | null): string {
  if (policy === null) return '';
  return [policy.version, ...policy.scopes.map(({ scope, version }) => `${keyOf(scope)} ${version}`)].join(
    ' ',
  );
}

function byScope({ scope: a }: Entry, { scope: b }: Entry): number {
  return byText(a.kind, b.kind) || byText(a.name, b.name) || byText(keyOf(a), keyOf(b));
}

function keyOf({ kind, ref }: Entry['scope']): string {
  return `${kind}:${ref ?? ''}`;
}
