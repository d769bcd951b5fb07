// SQL of standing grants. A use is one conditional statement: what it asks of the grant, its token and the
// account holds at the moment in which it is counted.
import type { ExpressionBuilder, Insertable, Kysely, Selectable } from 'kysely';
import type { GrantState } from '../../protocol/grant.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { olderThan, type PageStart } from '../database/newest-first.ts';
import { packsInReach, runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

export type Sql = Kysely<Schema>;
export type GrantRow = Awaited<ReturnType<typeof selectGrants>>[number];
type Tables = Pick<Schema, 'grants' | 'operator_tokens' | 'members' | 'accounts'>;
type Columns = ExpressionBuilder<Tables, keyof Tables>;

function joined(sql: Sql) {
  return sql
    .selectFrom('grants')
    .innerJoin('operator_tokens', 'operator_tokens.id', 'grants.token_id')
    .innerJoin('members', 'members.id', 'operator_tokens.member_id')
    .innerJoin('accounts', 'accounts.id', 'grants.account_id');
}

/** Of packs in reach, on a runner in reach; one for any runner concerns whoever reaches runners at all. */
function inReach(sql: Sql, asked: Scoped) {
  let query = joined(sql).where('grants.account_id', '=', asked.accountId);
  const packs = packsInReach(asked.reach.packs);
  if (packs !== null) query = query.where('grants.pack_id', 'in', packs);
  if (asked.reach.runners === 'none') return query.where((eb) => eb.lit(false));
  const runners = runnersInReach(sql, asked);
  if (runners === null) return query;
  return query.where((eb) =>
    eb.or([eb('grants.runner_id', 'is', null), eb('grants.runner_id', 'in', runners)]),
  );
}

function shownColumns(query: ReturnType<typeof joined>) {
  return query
    .selectAll('grants')
    .select(['operator_tokens.name as token_name', 'members.name as member_name'])
    .select([
      'operator_tokens.revoked_at as token_revoked_at',
      'operator_tokens.expires_at as token_expires_at',
    ])
    .select(['members.suspended_at', 'members.removed_at'])
    .select('accounts.max_grant_lifetime_seconds as cap_seconds');
}

export async function selectGrants(sql: Sql, asked: Scoped, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return shownColumns(inReach(sql, asked))
    .where('grants.id', 'in', [...ids])
    .orderBy('grants.granted_at')
    .orderBy('grants.id')
    .execute();
}

/** Newest first, and how many the filter matches. */
export async function selectPage(
  sql: Sql,
  asked: Scoped,
  page: {
    state: GrantState | undefined;
    after: PageStart | null;
    limit: number;
    now: number;
  },
): Promise<{ rows: GrantRow[]; total: number }> {
  const { state, after, limit, now } = page;
  let filtered = inReach(sql, asked);
  if (state !== undefined) filtered = filtered.where((eb) => isInState(eb, state, now));
  const { total } = await filtered
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  let query = shownColumns(filtered).orderBy('grants.granted_at', 'desc').orderBy('grants.id', 'desc');
  if (after) query = query.where(olderThan(after, 'grants.granted_at', 'grants.id'));
  return { rows: await query.limit(limit).execute(), total: Number(total) };
}

/** As protocol/grant.ts has it: revoked before expired before spent before inert. */
function isInState(eb: Columns, state: GrantState, now: number) {
  // Said as the index says it, or the embedded store does not use it.
  const unrevoked = eb('grants.revoked_at', 'is', null);
  const expired = eb('grants.expires_at', '<=', now);
  const spent = eb.and([
    eb('grants.max_uses', 'is not', null),
    eb('grants.uses_count', '>=', eb.ref('grants.max_uses')),
  ]);
  if (state === 'revoked') return eb('grants.revoked_at', 'is not', null);
  if (state === 'expired') return eb.and([unrevoked, expired]);
  const inTime = eb.and([unrevoked, eb.not(expired)]);
  if (state === 'spent') return eb.and([inTime, spent]);
  const standing = eb.and([inTime, eb.not(spent)]);
  return state === 'active'
    ? eb.and([standing, isAlive(eb, now)])
    : eb.and([standing, eb.not(isAlive(eb, now))]);
}

/** Nothing outside of the grant makes it inert. */
function isAlive(eb: Columns, now: number) {
  return eb.and([
    eb('operator_tokens.revoked_at', 'is', null),
    eb.or([eb('operator_tokens.expires_at', 'is', null), eb('operator_tokens.expires_at', '>', now)]),
    eb('members.suspended_at', 'is', null),
    eb('members.removed_at', 'is', null),
    eb.or([
      eb('accounts.max_grant_lifetime_seconds', 'is', null),
      eb('accounts.max_grant_lifetime_seconds', '>', 0),
    ]),
  ]);
}

/** Those that stand for calls of this action by this token. */
export function selectStanding(
  sql: Sql,
  { accountId, tokenId, actionId }: { accountId: string; tokenId: string; actionId: string },
  now: number,
) {
  return joined(sql)
    .selectAll('grants')
    .where('grants.account_id', '=', accountId)
    .where('grants.token_id', '=', tokenId)
    .where('grants.action_id', '=', actionId)
    .where((eb) => isInState(eb, 'active', now))
    .execute();
}

/** Grants of a token that were not revoked, for when the token ends. */
export async function selectIdsOfToken(sql: Sql, tokenId: string): Promise<string[]> {
  const rows = await sql
    .selectFrom('grants')
    .select('id')
    .where('token_id', '=', tokenId)
    .where('revoked_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Counts a use while it stands; false when it does not any more. */
export async function countUse(sql: Sql, id: string, now: number): Promise<boolean> {
  const used = await sql
    .updateTable('grants')
    .set((eb) => ({ uses_count: eb('uses_count', '+', 1), last_used_at: now }))
    .where('id', '=', id)
    .where('id', 'in', () =>
      joined(sql)
        .select('grants.id')
        .where('grants.id', '=', id)
        .where((standing) => isInState(standing, 'active', now)),
    )
    // Once more on the row itself: of two that wait for it, the second sees what the first has left.
    .where('revoked_at', 'is', null)
    .where((eb) => eb.or([eb('max_uses', 'is', null), eb('uses_count', '<', eb.ref('max_uses'))]))
    .executeTakeFirst();
  return used.numUpdatedRows === 1n;
}

/** False when it was revoked before. */
export async function markRevoked(sql: Sql, id: string, by: string, now: number): Promise<boolean> {
  const done = await sql
    .updateTable('grants')
    .set({ revoked_at: now, revoked_by: by })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** In reach, neither revoked nor over by itself. */
export function selectUnended(sql: Sql, asked: Scoped, now: number): Promise<GrantRow[]> {
  return shownColumns(inReach(sql, asked))
    .where((eb) => eb.or([isInState(eb, 'active', now), isInState(eb, 'inert', now)]))
    .orderBy('grants.granted_at')
    .orderBy('grants.id')
    .execute();
}

export async function insertGrant(sql: Sql, row: Insertable<Schema['grants']>): Promise<void> {
  await sql.insertInto('grants').values(row).execute();
}

export type Token = Pick<Selectable<Schema['operator_tokens']>, 'id' | 'name' | 'revoked_at' | 'expires_at'>;

export function selectToken(sql: Sql, accountId: string, id: string): Promise<Token | undefined> {
  return sql
    .selectFrom('operator_tokens')
    .select(['id', 'name', 'revoked_at', 'expires_at'])
    .where('account_id', '=', accountId)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function selectCap(sql: Sql, accountId: string): Promise<number | null> {
  const row = await sql
    .selectFrom('accounts')
    .select('max_grant_lifetime_seconds')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return row.max_grant_lifetime_seconds;
}

export async function writeCap(sql: Sql, accountId: string, seconds: number | null): Promise<void> {
  await sql
    .updateTable('accounts')
    .set({ max_grant_lifetime_seconds: seconds })
    .where('id', '=', accountId)
    .execute();
}
