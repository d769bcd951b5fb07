// Changing rules: who may change which scope's, only from what was looked at, and in the trail with before and after.
import { Refusal } from '../../protocol/errors.ts';
import { readPolicy, type PolicyRules } from '../../protocol/policy.ts';
import type { Hint } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import type { PolicyParts } from './policy.ts';
import * as store from './store.ts';

/** A scope that was found and is in the caller's reach. */
export interface ScopeTarget extends store.ScopeRef {
  name: string;
}

export interface PolicyChange {
  rules: PolicyRules;
  expectedVersion: number | null;
}

/** Refuses `invalid_request`, `insufficient_privileges`, `conflict`. */
export async function editPolicy(
  { database, clock, audit, outbox }: PolicyParts,
  caller: Caller,
  target: ScopeTarget,
  { rules, expectedVersion }: PolicyChange,
): Promise<void> {
  const { accountId, actor } = caller;
  checkReach(caller, target);
  const expected = required(expectedVersion);
  await database.write(async (tx) => {
    const before = await store.selectOne(tx.sql, accountId, target);
    const version = await store.raiseCounter(tx.sql, accountId);
    const row = {
      account_id: accountId,
      kind: target.kind,
      ref: target.ref,
      rules: JSON.stringify(rules),
      version,
      updated_at: clock.now(),
      updated_by: actor.label,
    };
    if (!(await store.replaceRules(tx.sql, row, expected))) throw moved(before);
    await audit.record(tx, {
      accountId,
      actor,
      event: 'policy.updated',
      target: auditTarget(target),
      payload: { version, previous_version: before?.version ?? 0, rules, previous_rules: rulesOf(before) },
    });
    outbox.add(tx, newsOf(accountId, target));
  });
}

/** Refuses `invalid_request`, `insufficient_privileges`, `conflict`, `not_found`. */
export async function removePolicy(
  { database, audit, outbox }: PolicyParts,
  caller: Caller,
  target: ScopeTarget,
  expectedVersion: number | null,
): Promise<void> {
  const { accountId, actor } = caller;
  checkReach(caller, target);
  const expected = required(expectedVersion);
  await database.write(async (tx) => {
    const before = await store.selectOne(tx.sql, accountId, target);
    if (!before) throw new Refusal('not_found', `Cannot delete: ${target.name} has no rules of its own`);
    if (!(await store.deleteRules(tx.sql, accountId, target, expected))) throw moved(before);
    const version = await store.raiseCounter(tx.sql, accountId);
    await audit.record(tx, {
      accountId,
      actor,
      event: 'policy.scope_deleted',
      target: auditTarget(target),
      payload: { version, previous_version: before.version, previous_rules: rulesOf(before) },
    });
    outbox.add(tx, newsOf(accountId, target));
  });
}

// Rules speak of every pack, and those of the account of every runner: who reaches less may not write them.
function checkReach({ reach }: Caller, { kind }: ScopeTarget): void {
  if (reach.packs !== 'all' || (kind === 'account' && reach.runners !== 'all')) {
    throw new Refusal(
      'insufficient_privileges',
      'Cannot change this policy: it decides about more than you reach',
    );
  }
}

function required(expectedVersion: number | null): number {
  if (expectedVersion !== null) return expectedVersion;
  throw new Refusal(
    'invalid_request',
    'Cannot read expected_version in the request: say which version you looked at, 0 for a scope without rules',
    { field: 'expected_version' },
  );
}

function moved(before: store.PolicyRow | undefined): Refusal {
  const version = before?.version ?? 0;
  return new Refusal('conflict', `Cannot change this policy: it is at version ${version} by now`, {
    version,
  });
}

function newsOf(accountId: string, { kind, ref }: ScopeTarget): Hint {
  return { topic: 'policy', type: 'policy.updated', accountId, kind, ref };
}

function rulesOf(row: store.PolicyRow | undefined): PolicyRules | null {
  return readPolicy(row?.rules ?? null);
}

function auditTarget({ kind, ref, name }: ScopeTarget) {
  const id = kind === 'account' ? kind : `${kind}:${ref}`;
  return { kind: 'policy', id, label: name, ...(kind === 'runner' ? { runnerId: ref } : {}) };
}
