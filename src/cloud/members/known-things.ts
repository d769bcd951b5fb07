// What an access can name: the live runners with their groups, and every pack that was ever advertised.
import type { Kysely } from 'kysely';
import type { Schema } from '../database/schema.ts';
import type { KnownThings } from './access-change.ts';
import { selectMemberId, selectPackIds, selectRunners } from './store.ts';

export async function knownThings(sql: Kysely<Schema>, accountId: string): Promise<KnownThings> {
  return { runners: await selectRunners(sql, accountId), packIds: await selectPackIds(sql, accountId) };
}

/** The id of the member that is meant by id or exact name; null when there is none. */
export function findMemberId(
  sql: Kysely<Schema>,
  accountId: string,
  reference: string,
): Promise<string | null> {
  return selectMemberId(sql, accountId, reference);
}
