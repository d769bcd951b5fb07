// SQL of the catalogue: the runners that it is about. What they carry is the packs' business.
import type { Kysely } from 'kysely';
import type { Scoped } from '../../protocol/scope.ts';
import { runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

export type Sql = Kysely<Schema>;
export type CatalogueRunner = Awaited<ReturnType<typeof selectCatalogueRunners>>[number];

/** Live runners in reach, of one group when it is named, by group and name. */
export function selectCatalogueRunners(sql: Sql, asked: Scoped, group: string | undefined) {
  let query = sql
    .selectFrom('runners')
    .select(['id', 'name', 'group_name', 'catalogue_digest', 'last_connected_at'])
    .select(['disabled_at', 'revoked_at', 'held_at', 'signed_only'])
    .where('account_id', '=', asked.accountId)
    .where('deleted_at', 'is', null);
  const reached = runnersInReach(sql, asked);
  if (reached !== null) query = query.where('id', 'in', reached);
  if (group !== undefined) query = query.where('group_name', '=', group);
  return query.orderBy('group_name').orderBy('name').execute();
}
