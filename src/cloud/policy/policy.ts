// The door to policy: which rules the account, a group or a runner has, and how they are changed. What rules
// mean is protocol/policy.ts; what may run is asked of `read`, once for all runners of a dispatch.
import type {
  AccountPolicy,
  PolicyDocument,
  PolicyResolution,
  PolicyScope,
  PolicySimulation,
} from '../../protocol/api/policy.ts';
import { Refusal } from '../../protocol/errors.ts';
import {
  countDecisions,
  defaultPolicy,
  readPolicy,
  warnOfOverrides,
  type JudgedAction,
  type PolicyRules,
} from '../../protocol/policy.ts';
import { reachesPack, reachesRunner, type Reach, type Scoped } from '../../protocol/scope.ts';
import type { Audit } from '../audit/audit.ts';
import { instant, type Clock } from '../clock.ts';
import type { Database, Tx } from '../database/database.ts';
import type { Outbox } from '../event-stream/outbox.ts';
import type { Caller } from '../http/bound-route.ts';
import { openBook, type PolicyBook } from './book.ts';
import { editPolicy, removePolicy, type PolicyChange, type ScopeTarget } from './edit.ts';
import * as store from './store.ts';

type Sql = Parameters<typeof store.selectFor>[0];

/** What lies to the right of policy and is asked by it; cloud.ts connects the two. */
export interface KnownFleet {
  /** A live runner by id or name, or null. */
  runner(accountId: string, reference: string): Promise<{ id: string; name: string; group: string } | null>;
  /** Actions that runners in reach advertise, each id once with its highest risk. */
  actions(accountId: string, reach: Reach): Promise<JudgedAction[]>;
  /** One action as one runner advertises it, or null. */
  action(
    accountId: string,
    runnerId: string,
    actionId: string,
  ): Promise<(JudgedAction & { packId: string }) | null>;
}

/** A scope as a call names it. */
export type AskedScope =
  | { kind: 'account' }
  | { kind: 'group'; group: string }
  | { kind: 'runner'; runner: string };

export interface Policy {
  /** What decides about these runners: one read, whatever their number. */
  read(sql: Sql, accountId: string, runners: readonly { id: string; group: string }[]): Promise<PolicyBook>;
  account(asked: Scoped): Promise<AccountPolicy>;
  /** Refuses `not_found` for a runner or group out of reach. */
  document(asked: Scoped, scope: AskedScope): Promise<PolicyDocument>;
  /** Refuses `not_found`, `insufficient_privileges`, `conflict`. */
  edit(caller: Caller, scope: AskedScope, change: PolicyChange): Promise<PolicyDocument>;
  /** Refuses `not_found`, `insufficient_privileges`, `conflict`. */
  remove(caller: Caller, scope: AskedScope, expectedVersion: number | null): Promise<PolicyScope>;
  simulate(caller: Caller, rules: PolicyRules): Promise<PolicySimulation>;
  /** Refuses `runner_not_found`, `action_not_found`. */
  resolve(caller: Caller, asked: { runner: string; action: string }): Promise<PolicyResolution>;
}

export interface PolicyParts {
  database: Database;
  clock: Clock;
  audit: Audit;
  outbox: Outbox;
  known: KnownFleet;
}

/** The rules that an account begins with, written where the account is made. */
export async function setUpPolicy(tx: Tx, account: { id: string; at: number }): Promise<void> {
  await tx.sql
    .insertInto('policies')
    .values({
      account_id: account.id,
      kind: 'account',
      ref: '',
      rules: JSON.stringify(defaultPolicy),
      version: 1,
      updated_at: account.at,
      updated_by: null,
    })
    .execute();
}

export function createPolicy(parts: PolicyParts): Policy {
  const { database, known } = parts;
  const shownOf = async (accountId: string, target: ScopeTarget) =>
    showDocument(target, await store.selectOne(database.read, accountId, target));
  return {
    read: async (sql, accountId, runners) => openBook(await store.selectFor(sql, accountId, runners)),
    account: async ({ accountId, reach }) => {
      const scopes = await store.selectScopes(database.read, accountId);
      return {
        ...(await shownOf(accountId, accountScope)),
        scopes: scopes.flatMap((row) => {
          const scope = scopeInReach(reach, row);
          return scope ? [{ scope, version: row.version, updated_at: instant(row.updated_at) }] : [];
        }),
      };
    },
    document: async (asked, scope) => shownOf(asked.accountId, await findScope(known, asked, scope)),
    edit: async (caller, asked, change) => {
      const target = await findScope(known, caller, asked);
      await editPolicy(parts, caller, target, change);
      return shownOf(caller.accountId, target);
    },
    remove: async (caller, asked, expectedVersion) => {
      const target = await findScope(known, caller, asked);
      await removePolicy(parts, caller, target, expectedVersion);
      return shownScope(target);
    },
    simulate: async ({ accountId, reach }, rules) => {
      const actions = await known.actions(accountId, reach);
      return {
        known_actions: actions.length,
        decisions: countDecisions(rules, actions),
        warnings: warnOfOverrides(rules, actions),
      };
    },
    resolve: (caller, asked) => resolve(parts, caller, asked),
  };
}

const accountScope: ScopeTarget = { kind: 'account', ref: '', name: 'account' };

async function findScope(
  known: KnownFleet,
  { accountId, reach }: Scoped,
  asked: AskedScope,
): Promise<ScopeTarget> {
  if (asked.kind === 'account') return accountScope;
  if (asked.kind === 'group') {
    const { group } = asked;
    // A group may be given rules before its first host comes; what counts is whether it is in reach.
    if (!reachesRunner(reach, { id: '', group })) throw new Refusal('not_found', 'Cannot find this group');
    return { kind: 'group', ref: group, name: group };
  }
  const runner = await known.runner(accountId, asked.runner);
  if (!runner || !reachesRunner(reach, runner)) throw new Refusal('runner_not_found');
  return { kind: 'runner', ref: runner.id, name: runner.name };
}

function scopeInReach(
  reach: Reach,
  row: Awaited<ReturnType<typeof store.selectScopes>>[number],
): PolicyScope | null {
  if (row.kind === 'group') {
    return reachesRunner(reach, { id: '', group: row.ref })
      ? { kind: 'group', ref: row.ref, name: row.ref }
      : null;
  }
  // Rules of a runner that was deleted decide about nothing any more.
  if (row.runner_name === null || row.runner_group === null || row.runner_deleted_at !== null) return null;
  if (!reachesRunner(reach, { id: row.ref, group: row.runner_group })) return null;
  return { kind: 'runner', ref: row.ref, name: row.runner_name };
}

function shownScope({ kind, ref, name }: ScopeTarget): PolicyScope {
  return { kind, ref: kind === 'account' ? null : ref, name };
}

function showDocument(target: ScopeTarget, row: store.PolicyRow | undefined): PolicyDocument {
  return {
    scope: shownScope(target),
    version: row?.version ?? 0,
    rules: readPolicy(row?.rules ?? null),
    updated_at: row ? instant(row.updated_at) : null,
    updated_by: row?.updated_by ?? null,
  };
}

async function resolve(
  { database, known }: PolicyParts,
  { accountId, reach }: Caller,
  asked: { runner: string; action: string },
): Promise<PolicyResolution> {
  const runner = await known.runner(accountId, asked.runner);
  if (!runner || !reachesRunner(reach, runner)) throw new Refusal('runner_not_found');
  const action = await known.action(accountId, runner.id, asked.action);
  if (!action || !reachesPack(reach, action.packId)) throw new Refusal('action_not_found');
  const book = openBook(await store.selectFor(database.read, accountId, [runner]));
  const { decision, rule, scope, version, approval } = book.decide(runner, action);
  const name = scope.kind === 'runner' ? runner.name : scope.ref;
  return {
    runner_id: runner.id,
    runner_name: runner.name,
    action_id: action.id,
    risk: action.risk,
    decision,
    rule,
    scope: shownScope({ ...scope, name: scope.kind === 'account' ? 'account' : name }),
    version,
    ...approval,
  };
}
