// SQL of letting unseen versions go. A runner that is connected shows what it carries the whole time, and one that
// is disabled is to find everything as it was.
import type { Scoped } from '../../protocol/scope.ts';
import { packVersionsInReach } from '../database/reach-sql.ts';
import type { VersionRef } from './advertiser-store.ts';
import type { Sql } from './store.ts';

/** Versions that connected runners carry are seen now, though nobody said so again. */
export async function touchCarried(sql: Sql, accountId: string, now: number): Promise<void> {
  await sql
    .updateTable('pack_versions')
    .set({ last_seen_at: now })
    .where('account_id', '=', accountId)
    .where((is) =>
      is.exists(
        is
          .selectFrom('runner_packs')
          .innerJoin('runners', 'runners.id', 'runner_packs.runner_id')
          .select('runners.id')
          .whereRef('runner_packs.account_id', '=', 'pack_versions.account_id')
          .whereRef('runner_packs.pack_id', '=', 'pack_versions.pack_id')
          .whereRef('runner_packs.version', '=', 'pack_versions.version')
          .where('runners.connected', '=', 1),
      ),
    )
    .execute();
}

/** In reach, last seen before `before`, and carried by nobody who is connected, disabled, or left since then. */
export function selectUnseen(sql: Sql, asked: Scoped, before: number) {
  return packVersionsInReach(sql, asked)
    .select(['pack_versions.id', 'pack_versions.pack_id', 'pack_versions.version'])
    .where('pack_versions.last_seen_at', '<', before)
    .where((is) =>
      is.not(
        is.exists(
          is
            .selectFrom('runner_packs as carried')
            .innerJoin('runners as carrier', 'carrier.id', 'carried.runner_id')
            .select('carrier.id')
            .whereRef('carried.account_id', '=', 'pack_versions.account_id')
            .whereRef('carried.pack_id', '=', 'pack_versions.pack_id')
            .whereRef('carried.version', '=', 'pack_versions.version')
            .where((carrier) =>
              carrier.or([
                carrier('carrier.connected', '=', 1),
                carrier('carrier.disabled_at', 'is not', null),
                carrier('carrier.last_disconnected_at', '>=', before),
              ]),
            ),
        ),
      ),
    )
    .orderBy('pack_versions.pack_id')
    .orderBy('pack_versions.version')
    .execute();
}

/** A runner that comes back with it is listened to as if it said something new. */
export async function askCarriersAgain(sql: Sql, { accountId, packId, version }: VersionRef): Promise<void> {
  await sql
    .updateTable('runners')
    .set({ catalogue_digest: null })
    .where('account_id', '=', accountId)
    .where((is) =>
      is(
        'id',
        'in',
        is
          .selectFrom('runner_packs')
          .select('runner_id')
          .where('account_id', '=', accountId)
          .where('pack_id', '=', packId)
          .where('version', '=', version),
      ),
    )
    .execute();
}
