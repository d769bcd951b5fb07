// SQL of the queue and of how far the trail was read. A claim is one conditional statement, so that of two control
// planes on one store one sends.
import type { ExpressionBuilder, Kysely, Selectable, Updateable } from 'kysely';
import type { DeliveryState } from '../../protocol/webhook.ts';
import { olderThan, type PageStart } from '../database/newest-first.ts';
import type { Schema } from '../database/schema.ts';
import type { DeliveryInsert } from './delivery.ts';

export type Sql = Kysely<Schema>;
export type DeliveryRow = Selectable<Schema['notice_deliveries']>;

/** Letters go one after the other, as do the notices of one webhook: the lane is either of these. */
export type Lane = { webhookId: string | null };

export async function selectAccounts(sql: Sql): Promise<{ id: string; name: string }[]> {
  return sql.selectFrom('accounts').select(['id', 'name']).where('disabled_at', 'is', null).execute();
}

export async function selectCursor(sql: Sql, accountId: string): Promise<number> {
  const row = await sql
    .selectFrom('notice_cursors')
    .select('seq')
    .where('account_id', '=', accountId)
    .executeTakeFirst();
  return row?.seq ?? 0;
}

/** True when it still stood at `from`: what comes after is then this transaction's to queue. */
export async function moveCursor(sql: Sql, accountId: string, from: number, to: number): Promise<boolean> {
  await sql
    .insertInto('notice_cursors')
    .values({ account_id: accountId, seq: 0 })
    .onConflict((conflict) => conflict.column('account_id').doNothing())
    .execute();
  const moved = await sql
    .updateTable('notice_cursors')
    .set({ seq: to })
    .where('account_id', '=', accountId)
    .where('seq', '=', from)
    .executeTakeFirst();
  return moved.numUpdatedRows === 1n;
}

export async function insertDeliveries(sql: Sql, rows: readonly DeliveryInsert[]): Promise<void> {
  for (let from = 0; from < rows.length; from += 50) {
    await sql
      .insertInto('notice_deliveries')
      .values(rows.slice(from, from + 50))
      .execute();
  }
}

/** Lanes in which something is due and nobody sends. */
export async function selectDueLanes(sql: Sql, now: number): Promise<Lane[]> {
  const rows = await dueAt(sql, now).select('webhook_id').distinct().execute();
  return rows.map(({ webhook_id: webhookId }) => ({ webhookId }));
}

export function selectDue(sql: Sql, { webhookId }: Lane, now: number): Promise<DeliveryRow | undefined> {
  const due = dueAt(sql, now);
  const ofLane =
    webhookId === null ? due.where('webhook_id', 'is', null) : due.where('webhook_id', '=', webhookId);
  return ofLane.selectAll().orderBy('next_at').orderBy('seq').orderBy('id').limit(1).executeTakeFirst();
}

function dueAt(sql: Sql, now: number) {
  return sql
    .selectFrom('notice_deliveries')
    .where('state', '=', 'pending')
    .where('next_at', '<=', now)
    .where('claimed_until', '<=', now);
}

/** When something becomes due next; null when nothing waits. */
export async function selectNextDue(sql: Sql): Promise<number | null> {
  const next = await sql
    .selectFrom('notice_deliveries')
    .where('state', '=', 'pending')
    .select((eb) => eb.fn.min<number | null>(freeAt(eb)).as('at'))
    .executeTakeFirst();
  const at = next?.at ?? null;
  return at === null ? null : Number(at);
}

// What is being sent is due when its claim is over: whoever made it may be gone.
function freeAt(eb: ExpressionBuilder<Schema, 'notice_deliveries'>) {
  return eb
    .case()
    .when('claimed_until', '>', eb.ref('next_at'))
    .then(eb.ref('claimed_until'))
    .else(eb.ref('next_at'))
    .end();
}

export async function claim(sql: Sql, id: string, now: number, until: number): Promise<boolean> {
  const claimed = await sql
    .updateTable('notice_deliveries')
    .set({ claimed_until: until })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .where('claimed_until', '<=', now)
    .executeTakeFirst();
  return claimed.numUpdatedRows === 1n;
}

export async function changeDelivery(
  sql: Sql,
  id: string,
  change: Updateable<Schema['notice_deliveries']>,
): Promise<void> {
  await sql.updateTable('notice_deliveries').set(change).where('id', '=', id).execute();
}

/** A receiver that just failed is left alone until `at`, with everything that waits for it. */
export async function holdBack(sql: Sql, webhookId: string, at: number): Promise<void> {
  await sql
    .updateTable('notice_deliveries')
    .set({ next_at: at })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .where('next_at', '<', at)
    .execute();
}

export async function endPending(sql: Sql, webhookId: string, because: string, at: number): Promise<void> {
  await sql
    .updateTable('notice_deliveries')
    .set({ state: 'failed', ended_at: at, last_error: because })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'pending')
    .execute();
}

export async function deleteDeliveriesOf(sql: Sql, webhookId: string): Promise<void> {
  await sql.deleteFrom('notice_deliveries').where('webhook_id', '=', webhookId).execute();
}

export async function forgetEnded(sql: Sql, before: { delivered: number; failed: number }): Promise<void> {
  for (const state of ['delivered', 'failed'] as const) {
    await sql
      .deleteFrom('notice_deliveries')
      .where('state', '=', state)
      .where('ended_at', '<', before[state])
      .execute();
  }
}

export function selectDelivery(sql: Sql, id: string): Promise<DeliveryRow | undefined> {
  return sql.selectFrom('notice_deliveries').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function countPending(sql: Sql, webhookIds: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql
    .selectFrom('notice_deliveries')
    .select(['webhook_id', (eb) => eb.fn.countAll<number>().as('pending')])
    .where('webhook_id', 'in', ['', ...webhookIds])
    .where('state', '=', 'pending')
    .groupBy('webhook_id')
    .execute();
  return new Map(rows.map((row) => [row.webhook_id ?? '', Number(row.pending)]));
}

export async function countWaiting(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql
    .selectFrom('notice_deliveries')
    .select(['channel', (eb) => eb.fn.countAll<number>().as('waiting')])
    .where('state', '=', 'pending')
    .groupBy('channel')
    .execute();
  return new Map(rows.map((row) => [row.channel, Number(row.waiting)]));
}

/** Newest first, and how many there are. */
export async function selectDeliveryPage(
  sql: Sql,
  webhookId: string,
  query: { state?: DeliveryState | undefined; after: PageStart | null; limit: number },
): Promise<{ rows: DeliveryRow[]; total: number }> {
  let filtered = sql.selectFrom('notice_deliveries').where('webhook_id', '=', webhookId);
  if (query.state !== undefined) filtered = filtered.where('state', '=', query.state);
  const { total } = await filtered
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  let page = filtered.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc');
  const { after } = query;
  if (after) page = page.where(olderThan(after, 'created_at', 'id'));
  return { rows: await page.limit(query.limit).execute(), total: Number(total) };
}
