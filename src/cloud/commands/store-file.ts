// What `backup` and `restore` say of a copy before they rely on it, and where neither has anything to do.
import { Refusal } from '../../protocol/errors.ts';
import { verifyAudit } from '../audit/verify.ts';
import { instant } from '../clock.ts';
import { SCHEMA_VERSION } from '../database/migrations.ts';
import { describeUrl } from '../database/postgres.ts';
import { lookAtStore, type LookedAt } from '../database/store-copy.ts';
import type { AdminAnswer } from './admin.ts';

export interface StoreFacts {
  schema: number;
  /** Of the newest event: what the copy knows ends there. */
  newest_event_at: string | null;
  /** Null where an older schema has to be brought up to date before its chain can be proven. */
  proofs: NonNullable<AdminAnswer['proofs']> | null;
}

/** Reads the whole copy. Refuses `backup_damaged`, `data_dir_newer`. */
export async function factsOfStore(file: string): Promise<StoreFacts> {
  const store = lookAtStore(file);
  try {
    const fault = store.fault('whole');
    if (fault !== null) throw new Refusal('backup_damaged', `Cannot use ${file}: ${fault}`);
    const schema = store.schema();
    const proofs = schema === SCHEMA_VERSION ? await verifyAudit(store) : null;
    return { schema, newest_event_at: await newestEvent(store), proofs };
  } finally {
    await store.close();
  }
}

async function newestEvent({ read }: LookedAt): Promise<string | null> {
  const row = await read
    .selectFrom('audit_events')
    .select((eb) => eb.fn.max('occurred_at').as('at'))
    .executeTakeFirst();
  return row === undefined || row.at === null ? null : instant(Number(row.at));
}

/** Refuses `store_elsewhere` where everything is in PostgreSQL. */
export function refuseElsewhere(doing: string, databaseUrl: string | null): void {
  if (databaseUrl === null) return;
  throw new Refusal('store_elsewhere', `Cannot ${doing}: everything is kept in ${describeUrl(databaseUrl)}`);
}
