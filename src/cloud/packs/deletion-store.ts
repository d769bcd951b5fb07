// SQL of deleting a pack version, and of remembering that the pack was known.
import type { Sql } from './store.ts';

/** False when somebody deleted it before. */
export async function deleteVersion(sql: Sql, id: string): Promise<boolean> {
  const done = await sql.deleteFrom('pack_versions').where('id', '=', id).executeTakeFirst();
  return done.numDeletedRows === 1n;
}

export async function rememberForgotten(sql: Sql, accountId: string, packId: string): Promise<void> {
  await sql
    .insertInto('forgotten_packs')
    .values({ account_id: accountId, pack_id: packId })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Those of `packIds` of which a version was deleted in this account. */
export async function selectForgotten(
  sql: Sql,
  accountId: string,
  packIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (packIds.length === 0) return new Set();
  const rows = await sql
    .selectFrom('forgotten_packs')
    .select('pack_id')
    .where('account_id', '=', accountId)
    .where('pack_id', 'in', [...packIds])
    .execute();
  return new Set(rows.map((row) => row.pack_id));
}
