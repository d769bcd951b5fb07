// SQL of policy: one row a scope, one counter an account.
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { PolicyScopeKind } from '../../protocol/policy.ts';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
export type PolicyRow = Selectable<Schema['policies']>;

export interface ScopeRef {
  kind: PolicyScopeKind;
  ref: string;
}

/** Runners and groups beyond this many are not named in the question: every row of the account is read. */
const MAX_NAMED = 500;

/** Every row that may decide about these runners, in one statement. */
export function selectFor(
  db: Reader,
  accountId: string,
  runners: readonly { id: string; group: string }[],
): Promise<PolicyRow[]> {
  const rows = db.selectFrom('policies').selectAll().where('account_id', '=', accountId);
  if (runners.length > MAX_NAMED) return rows.execute();
  const refs = ['', ...new Set(runners.flatMap(({ id, group }) => [id, group]))];
  return rows.where('ref', 'in', refs).execute();
}

export function selectOne(db: Reader, accountId: string, scope: ScopeRef): Promise<PolicyRow | undefined> {
  return db
    .selectFrom('policies')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('kind', '=', scope.kind)
    .where('ref', '=', scope.ref)
    .executeTakeFirst();
}

/** Groups and runners with rules of their own; the runner's name and group beside its row. */
export function selectScopes(db: Reader, accountId: string) {
  return db
    .selectFrom('policies as p')
    .leftJoin('runners as r', (join) => join.onRef('r.id', '=', 'p.ref').on('p.kind', '=', 'runner'))
    .select([
      'p.kind',
      'p.ref',
      'p.version',
      'p.updated_at',
      'r.name as runner_name',
      'r.group_name as runner_group',
      'r.deleted_at as runner_deleted_at',
    ])
    .where('p.account_id', '=', accountId)
    .where('p.kind', '<>', 'account')
    .orderBy('p.kind')
    .orderBy('p.ref')
    .execute();
}

/** The next version of the account; two edits never share one. */
export async function raiseCounter(db: Transaction<Schema>, accountId: string): Promise<number> {
  const row = await db
    .updateTable('accounts')
    .set((eb) => ({ policy_counter: eb('policy_counter', '+', 1) }))
    .where('id', '=', accountId)
    .returning('policy_counter')
    .executeTakeFirstOrThrow();
  return Number(row.policy_counter);
}

/** Writes the rules if the scope still is at `expected` (0: it has none); true when it took effect. */
export async function replaceRules(
  db: Transaction<Schema>,
  row: PolicyRow,
  expected: number,
): Promise<boolean> {
  if (expected === 0) {
    const inserted = await db
      .insertInto('policies')
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return inserted.numInsertedOrUpdatedRows === 1n;
  }
  const { rules, version, updated_at, updated_by } = row;
  const updated = await db
    .updateTable('policies')
    .set({ rules, version, updated_at, updated_by })
    .where('account_id', '=', row.account_id)
    .where('kind', '=', row.kind)
    .where('ref', '=', row.ref)
    .where('version', '=', expected)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

export async function deleteRules(
  db: Transaction<Schema>,
  accountId: string,
  scope: ScopeRef,
  expected: number,
): Promise<boolean> {
  const deleted = await db
    .deleteFrom('policies')
    .where('account_id', '=', accountId)
    .where('kind', '=', scope.kind)
    .where('ref', '=', scope.ref)
    .where('version', '=', expected)
    .executeTakeFirst();
  return deleted.numDeletedRows === 1n;
}
