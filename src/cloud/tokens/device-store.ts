// SQL of devices that want to sign in. Each step is one conditional statement: a code is decided once, used once.
import type { Insertable, Kysely, Transaction } from 'kysely';
import type { Schema } from '../database/schema.ts';

type Reader = Kysely<Schema> | Transaction<Schema>;
type Writer = Transaction<Schema>;
export type DeviceRow = Awaited<ReturnType<typeof selectWaiting>>[number];

/** The account that a stranger asks at: this control plane has one. */
export function selectAccount(db: Reader) {
  return db.selectFrom('accounts').selectAll().orderBy('created_at').limit(1).executeTakeFirst();
}

export async function forgetOld(db: Writer, now: number): Promise<void> {
  await db.deleteFrom('device_grants').where('expires_at', '<=', now).execute();
}

export async function insertDevice(db: Writer, row: Insertable<Schema['device_grants']>): Promise<void> {
  await db.insertInto('device_grants').values(row).execute();
}

/** Oldest first. */
export function selectWaiting(db: Reader, accountId: string, now: number) {
  return db
    .selectFrom('device_grants')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('decision', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Undefined when no device waits with that code. */
export function decide(
  db: Writer,
  device: { accountId: string; userCode: string; id: string | undefined; now: number },
  decided: { decision: 'approved' | 'denied'; member_id: string; scope: string | null },
) {
  const { id } = device;
  return db
    .updateTable('device_grants')
    .set(decided)
    .where('account_id', '=', device.accountId)
    .where('user_code', '=', device.userCode)
    .$if(id !== undefined, (update) => update.where('id', '=', id ?? ''))
    .where('decision', 'is', null)
    .where('expires_at', '>', device.now)
    .returningAll()
    .executeTakeFirst();
}

export function findByPrefix(db: Reader, prefix: string) {
  return db
    .selectFrom('device_grants as device')
    .leftJoin('members as member', 'member.id', 'device.member_id')
    .selectAll('device')
    .select(['member.name as member_name', 'member.suspended_at', 'member.removed_at'])
    .where('device.prefix', '=', prefix)
    .executeTakeFirst();
}

export async function use(db: Writer, id: string, now: number): Promise<boolean> {
  const done = await db
    .updateTable('device_grants')
    .set({ used_at: now })
    .where('id', '=', id)
    .where('decision', '=', 'approved')
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
