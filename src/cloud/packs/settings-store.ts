// SQL of what an account settled about its packs.
import type { AutoTrust } from '../../protocol/pack-trust.ts';
import type { Sql } from './store.ts';

export async function selectPackSettings(sql: Sql, accountId: string) {
  const account = await sql
    .selectFrom('accounts')
    .select(['pack_auto_trust', 'pack_unseen_retention_days'])
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return { autoTrust: account.pack_auto_trust, retentionDays: account.pack_unseen_retention_days };
}

/** False when it was so before. */
export async function updateAutoTrust(sql: Sql, accountId: string, autoTrust: AutoTrust): Promise<boolean> {
  const done = await sql
    .updateTable('accounts')
    .set({ pack_auto_trust: autoTrust })
    .where('id', '=', accountId)
    .where('pack_auto_trust', '<>', autoTrust)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** False when it was so before. */
export async function updateRetention(sql: Sql, accountId: string, days: number | null): Promise<boolean> {
  const done = await sql
    .updateTable('accounts')
    .set({ pack_unseen_retention_days: days })
    .where('id', '=', accountId)
    .where((is) =>
      days === null
        ? is('pack_unseen_retention_days', 'is not', null)
        : is.or([is('pack_unseen_retention_days', 'is', null), is('pack_unseen_retention_days', '<>', days)]),
    )
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** Accounts that let unseen versions go. */
export function selectForgettingAccounts(sql: Sql) {
  return sql
    .selectFrom('accounts')
    .select('id')
    .where('pack_unseen_retention_days', 'is not', null)
    .execute();
}
