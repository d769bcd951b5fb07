// SQL of the clean-up: how long an account waits, and who has been away for longer.
import type { Kysely, Transaction } from 'kysely';
import type { RunnerRetention } from '../../protocol/api/fleet-upkeep.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { runnersInReach } from '../database/reach-sql.ts';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
type Hours = RunnerRetention['hours'];

export async function selectHours(db: Reader, accountId: string): Promise<Hours> {
  const row = await db
    .selectFrom('accounts')
    .select('runner_inactive_retention_hours as hours')
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return row.hours;
}

export async function updateHours(db: Transaction<Schema>, accountId: string, hours: Hours): Promise<void> {
  await db
    .updateTable('accounts')
    .set({ runner_inactive_retention_hours: hours })
    .where('id', '=', accountId)
    .execute();
}

/** Those that wait at all. */
export async function selectAccounts(db: Reader): Promise<{ id: string; hours: number }[]> {
  const rows = await db
    .selectFrom('accounts')
    .select(['id', 'runner_inactive_retention_hours as hours'])
    .where('runner_inactive_retention_hours', 'is not', null)
    .execute();
  return rows.flatMap(({ id, hours }) => (hours === null ? [] : [{ id, hours }]));
}

export interface IdleRunner {
  id: string;
  name: string;
  group_name: string;
  last_disconnected_at: number;
}

/** In reach and offline since `before` or longer, longest first. */
export async function selectIdle(db: Reader, asked: Scoped, before: number): Promise<IdleRunner[]> {
  let query = db
    .selectFrom('runners')
    .select(['id', 'name', 'group_name', 'last_disconnected_at'])
    .where('account_id', '=', asked.accountId)
    .where('connected', '=', 0)
    .where('last_connected_at', 'is not', null)
    .where('last_disconnected_at', '<=', before)
    .where('deleted_at', 'is', null)
    .where('disabled_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('held_at', 'is', null);
  const reached = runnersInReach(db, asked);
  if (reached !== null) query = query.where('id', 'in', reached);
  const rows = await query.orderBy('last_disconnected_at').orderBy('id').execute();
  return rows.flatMap((row) => {
    const { last_disconnected_at: at } = row;
    return at === null ? [] : [{ ...row, last_disconnected_at: at }];
  });
}
