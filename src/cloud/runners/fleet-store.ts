// SQL of the fleet as it is looked at: rows and counts, a constant number of statements for any number of runners.
import type { Scoped } from '../../protocol/scope.ts';
import { packVersionsInReach } from '../database/reach-sql.ts';
import { sql, type Kysely, type SqlBool } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema>;
export type FleetRow = Awaited<ReturnType<typeof rows>>[number];

/** Longer lists of ids are read as the whole account and picked from: one statement either way. */
const MAX_LISTED_IDS = 500;

// Word for word the condition of the partial index `runs_unfinished`, which SQLite uses for nothing else.
const isUnfinished = sql<SqlBool>`status in ('pending', 'pending_approval', 'sent', 'running', 'cancelling')`;

const columns = [
  'id',
  'external_id',
  'name',
  'group_name',
  'hostname',
  'labels',
  'version',
  'registered_at',
  'reenrolled_at',
  'disabled_at',
  'revoked_at',
  'last_connected_at',
  'last_disconnected_at',
  'last_disconnect_reason',
  'last_heartbeat_at',
  'signed_only',
  'held_at',
  'degraded_packs',
  'catalogue_digest',
] as const;

/** Live runners by group and name; all of the account when `ids` is null. */
export async function rows(db: Reader, accountId: string, ids: readonly string[] | null) {
  let query = db
    .selectFrom('runners')
    .select(columns)
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null);
  const listed = ids !== null && ids.length <= MAX_LISTED_IDS;
  if (listed) query = query.where('id', 'in', ids.length === 0 ? [''] : ids);
  const found = await query.orderBy('group_name').orderBy('name').execute();
  if (ids === null || listed) return found;
  const wanted = new Set(ids);
  return found.filter((row) => wanted.has(row.id));
}

/** How many packs each runner carries, and how many of them may not run: nobody trusts these bytes, or retired. */
export async function packCounts(db: Reader, accountId: string, ids: readonly string[]) {
  let query = db
    .selectFrom('runner_packs as pack')
    .leftJoin('pack_versions as version', (join) =>
      join
        .onRef('version.account_id', '=', 'pack.account_id')
        .onRef('version.pack_id', '=', 'pack.pack_id')
        .onRef('version.version', '=', 'pack.version'),
    )
    .where('pack.account_id', '=', accountId)
    .select('pack.runner_id')
    .select((is) => is.fn.countAll<number>().as('packs'))
    .select(
      sql<number>`sum(case when version.trusted_hash = pack.hash
        and (version.retired_at is null or version.retirement_overridden_at is not null) then 0 else 1 end)`.as(
        'pending',
      ),
    )
    .groupBy('pack.runner_id');
  if (ids.length <= MAX_LISTED_IDS) query = query.where('pack.runner_id', 'in', [...ids, '']);
  const found = await query.execute();
  return new Map(
    found.map((row) => [row.runner_id, { packs: Number(row.packs), pending: Number(row.pending) }]),
  );
}

/** Runs of each runner that have not ended. */
export async function unfinishedRuns(db: Reader, accountId: string, ids: readonly string[] | null) {
  let query = db
    .selectFrom('runs')
    .where('account_id', '=', accountId)
    .where(isUnfinished)
    .select('runner_id')
    .select((is) => is.fn.countAll<number>().as('runs'))
    .groupBy('runner_id');
  if (ids !== null && ids.length <= MAX_LISTED_IDS) query = query.where('runner_id', 'in', [...ids, '']);
  const found = await query.execute();
  return new Map(found.map((row) => [row.runner_id, Number(row.runs)]));
}

/** How many runs wait or work, by status, for the figures of the whole program. */
export async function unfinishedByStatus(db: Reader): Promise<Map<string, number>> {
  const found = await db
    .selectFrom('runs')
    .where(isUnfinished)
    .select('status')
    .select((is) => is.fn.countAll<number>().as('runs'))
    .groupBy('status')
    .execute();
  return new Map(found.map((row) => [row.status, Number(row.runs)]));
}

/** Runners that advertise that pack, `id` or `id@version`. */
export async function carriersOf(db: Reader, accountId: string, pack: string): Promise<Set<string>> {
  const at = pack.lastIndexOf('@');
  let query = db.selectFrom('runner_packs').select('runner_id').where('account_id', '=', accountId);
  query =
    at > 0
      ? query.where('pack_id', '=', pack.slice(0, at)).where('version', '=', pack.slice(at + 1))
      : query.where('pack_id', '=', pack);
  return new Set((await query.execute()).map((row) => row.runner_id));
}

/** Runners that were with us once and are neither disabled nor revoked. */
export async function countExpected(db: Reader, accountId: string): Promise<number> {
  const row = await db
    .selectFrom('runners')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .where('disabled_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('last_connected_at', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(row.total);
}

export async function countPacksNeedingDecision(db: Reader, asked: Scoped): Promise<number> {
  const row = await packVersionsInReach(db, asked)
    .select((is) => is.fn.countAll<number>().as('total'))
    .where((is) =>
      is.or([
        is('state', '=', 'pending'),
        is.and([
          is('state', '=', 'trusted'),
          is('retired_at', 'is not', null),
          is('retirement_overridden_at', 'is', null),
        ]),
      ]),
    )
    .executeTakeFirstOrThrow();
  return Number(row.total);
}

/** The packs of one runner with the record of their version. */
export function packsOf(db: Reader, runnerId: string) {
  return db
    .selectFrom('runner_packs as pack')
    .leftJoin('pack_versions as version', (join) =>
      join
        .onRef('version.account_id', '=', 'pack.account_id')
        .onRef('version.pack_id', '=', 'pack.pack_id')
        .onRef('version.version', '=', 'pack.version'),
    )
    .where('pack.runner_id', '=', runnerId)
    .select(['pack.pack_id', 'pack.version', 'pack.hash'])
    .select([
      'version.id as pack_version_id',
      'version.state',
      'version.trusted_hash',
      'version.pending_hash',
      'version.retired_at',
      'version.retirement_overridden_at',
    ])
    .select((is) =>
      is
        .selectFrom('action_sets as action')
        .whereRef('action.digest', '=', 'pack.actions_digest')
        .select((count) => count.fn.countAll<number>().as('total'))
        .as('actions_count'),
    )
    .orderBy('pack.pack_id')
    .execute();
}

export function bootstrapKeyOf(db: Reader, runnerId: string) {
  return db
    .selectFrom('runners as runner')
    .innerJoin('enrollment_keys as key', 'key.id', 'runner.bootstrap_key_id')
    .where('runner.id', '=', runnerId)
    .select(['key.id', 'key.prefix', 'key.description'])
    .executeTakeFirst();
}
