// Everything of an account's policy that may decide about some runners, read once for all of them.
import {
  decidePolicy,
  mostSpecific,
  readPolicy,
  type JudgedAction,
  type PolicyRules,
  type PolicyScopeKind,
  type PolicyVerdict,
} from '../../protocol/policy.ts';
import type { PolicyRow } from './store.ts';

export interface ScopedVerdict extends PolicyVerdict {
  scope: { kind: PolicyScopeKind; ref: string };
  /** Of the rules that decided; 0 when there are none. */
  version: number;
}

export interface PolicyBook {
  decide(runner: { id: string; group: string }, action: JudgedAction): ScopedVerdict;
  /** Names the rules that decide about this runner: of runners with one name policy says the same. */
  scopeOf(runner: { id: string; group: string }): string;
}

interface Rules {
  kind: PolicyScopeKind;
  ref: string;
  version: number;
  rules: PolicyRules | null;
}

export function openBook(rows: readonly PolicyRow[]): PolicyBook {
  const scopes = new Map<string, Rules>(
    rows.map(({ kind, ref, version, rules }) => [
      `${kind}:${ref}`,
      { kind, ref, version, rules: readPolicy(rules) },
    ]),
  );
  const find = (runner: { id: string; group: string }) => {
    const keys = [`runner:${runner.id}`, `group:${runner.group}`, 'account:'];
    return mostSpecific(keys.flatMap((key) => scopes.get(key) ?? []));
  };
  return {
    scopeOf: (runner) => {
      const found = find(runner);
      return found ? `${found.kind}:${found.ref}` : '';
    },
    decide: (runner, action) => {
      const found = find(runner);
      const verdict = decidePolicy(found?.rules ?? null, action);
      return {
        ...verdict,
        scope: { kind: found?.kind ?? 'account', ref: found?.ref ?? '' },
        version: found?.version ?? 0,
      };
    },
  };
}

/** As a run carries it: `account`, `group:<name>` or `runner:<id>`. */
export function scopeText({ kind, ref }: ScopedVerdict['scope']): string {
  return kind === 'account' ? kind : `${kind}:${ref}`;
}
