// SQL of nodes and of the news between them. `sql` is an open transaction or the reading door.
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Sql = Kysely<Schema>;

export async function insertNode(sql: Sql, node: { id: string; host: string; at: number }): Promise<void> {
  await sql
    .insertInto('nodes')
    .values({ id: node.id, host: node.host, started_at: node.at, beat: 1 })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** False when the node is not there: others took it for gone. */
export async function beatNode(sql: Sql, id: string): Promise<boolean> {
  const done = await sql
    .updateTable('nodes')
    .set((eb) => ({ beat: eb('beat', '+', 1) }))
    .where('id', '=', id)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export async function selectNodes(sql: Sql): Promise<{ id: string; beat: number }[]> {
  return sql.selectFrom('nodes').select(['id', 'beat']).orderBy('id').execute();
}

/** Takes the node out unless it has moved since; true when this call did it. `beat` null: whatever it was. */
export async function deleteNode(sql: Sql, id: string, beat: number | null): Promise<boolean> {
  const done = await sql
    .deleteFrom('nodes')
    .where('id', '=', id)
    .$if(beat !== null, (query) => query.where('beat', '=', beat ?? 0))
    .executeTakeFirst();
  return done.numDeletedRows === 1n;
}

export async function insertNews(
  sql: Sql,
  news: { nodeId: string; at: number; hints: string },
): Promise<void> {
  await sql
    .insertInto('node_news')
    .values({ node_id: news.nodeId, at: news.at, hints: news.hints })
    .execute();
}

export async function selectNews(sql: Sql, after: number, limit: number) {
  return sql
    .selectFrom('node_news')
    .select(['position', 'node_id', 'hints'])
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit)
    .execute();
}

/** The newest position and the oldest that is kept; both 0 when there is no news. */
export async function newsEnds(sql: Sql): Promise<{ oldest: number; newest: number }> {
  const row = await sql
    .selectFrom('node_news')
    .select((eb) => [eb.fn.min('position').as('oldest'), eb.fn.max('position').as('newest')])
    .executeTakeFirst();
  return { oldest: Number(row?.oldest ?? 0), newest: Number(row?.newest ?? 0) };
}

export async function forgetNews(sql: Sql, before: number): Promise<void> {
  await sql.deleteFrom('node_news').where('at', '<', before).execute();
}
