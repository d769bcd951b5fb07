// SQL of webhooks and of their secrets, which no other statement reads. The queue is queue-store.ts.
import type { Insertable, Kysely, Selectable, Updateable } from 'kysely';
import { accessOf } from '../members/access-row.ts';
import type { Access } from '../../protocol/access.ts';
import type { Schema } from '../database/schema.ts';
import type { SigningSecrets } from './signature.ts';

export type Sql = Kysely<Schema>;
export type WebhookRow = Selectable<Schema['webhooks']>;

/** With the member to whom it belongs, as they are now. */
export type OwnedWebhook = WebhookRow & {
  member_name: string;
  memberAccess: Access;
  isMemberActive: boolean;
};

export async function selectWebhooks(sql: Sql, accountId: string): Promise<OwnedWebhook[]> {
  const rows = await sql
    .selectFrom('webhooks')
    .innerJoin('members as member', 'member.id', 'webhooks.member_id')
    .selectAll('webhooks')
    .select(['member.name as member_name', 'member.suspended_at', 'member.removed_at'])
    .select(['member.runner_access', 'member.runner_selectors', 'member.pack_access', 'member.pack_ids'])
    .where('webhooks.account_id', '=', accountId)
    .orderBy('webhooks.name')
    .orderBy('webhooks.id')
    .execute();
  return rows.map((row) => ({
    ...row,
    memberAccess: accessOf(row),
    isMemberActive: row.suspended_at === null && row.removed_at === null,
  }));
}

export function selectWebhook(sql: Sql, id: string): Promise<WebhookRow | undefined> {
  return sql.selectFrom('webhooks').selectAll().where('id', '=', id).executeTakeFirst();
}

export function selectActive(sql: Sql, accountId: string): Promise<WebhookRow[]> {
  return sql
    .selectFrom('webhooks')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('state', '=', 'active')
    .orderBy('id')
    .execute();
}

export async function selectMemberName(sql: Sql, id: string): Promise<string> {
  const row = await sql.selectFrom('members').select('name').where('id', '=', id).executeTakeFirst();
  return row?.name ?? id;
}

/** The access of the member who asks, by which it is judged whose webhooks they may touch. */
export async function selectAccess(sql: Sql, memberId: string): Promise<Access | null> {
  const row = await sql
    .selectFrom('members')
    .select(['runner_access', 'runner_selectors', 'pack_access', 'pack_ids'])
    .where('id', '=', memberId)
    .executeTakeFirst();
  return row ? accessOf(row) : null;
}

export async function insertWebhook(
  sql: Sql,
  row: Insertable<Schema['webhooks']>,
  secret: string,
): Promise<void> {
  await sql.insertInto('webhooks').values(row).execute();
  await sql
    .insertInto('webhook_secrets')
    .values({ webhook_id: row.id, secret, previous: null, previous_until: null })
    .execute();
}

export async function changeWebhook(
  sql: Sql,
  id: string,
  change: Updateable<Schema['webhooks']>,
): Promise<void> {
  await sql.updateTable('webhooks').set(change).where('id', '=', id).execute();
}

export async function noteFailure(sql: Sql, id: string): Promise<void> {
  await sql
    .updateTable('webhooks')
    .set((eb) => ({ failures: eb('failures', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

export async function deleteWebhook(sql: Sql, id: string): Promise<void> {
  await sql.deleteFrom('webhook_secrets').where('webhook_id', '=', id).execute();
  await sql.deleteFrom('webhooks').where('id', '=', id).execute();
}

export function selectSecrets(sql: Sql, id: string): Promise<SigningSecrets | undefined> {
  return sql
    .selectFrom('webhook_secrets')
    .select(['secret', 'previous', 'previous_until'])
    .where('webhook_id', '=', id)
    .executeTakeFirst();
}

export async function replaceSecret(
  sql: Sql,
  id: string,
  secret: string,
  previousUntil: number,
): Promise<void> {
  await sql
    .updateTable('webhook_secrets')
    .set((eb) => ({ previous: eb.ref('secret'), previous_until: previousUntil, secret }))
    .where('webhook_id', '=', id)
    .execute();
}

/** True when it still stood at `from`. */
export async function moveOfflineCursor(sql: Sql, id: string, from: number, to: number): Promise<boolean> {
  const moved = await sql
    .updateTable('webhooks')
    .set({ offline_seq: to })
    .where('id', '=', id)
    .where('offline_seq', '=', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}
