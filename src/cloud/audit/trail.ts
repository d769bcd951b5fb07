// The door to reading the trail, and how long it is kept. Writing is audit.ts.
import type { AuditEvent } from '../../protocol/api/audit.ts';
import { Refusal } from '../../protocol/errors.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Clock } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { Caller } from '../http/bound-route.ts';
import { repeat } from '../repeat.ts';
import type { Audit } from './audit.ts';
import {
  countEventTypes,
  selectAuditEvent,
  selectAuditEvents,
  selectAuditPage,
  type AuditPage,
} from './reads.ts';
import { forgetOldEvents } from './retention.ts';

const FIRST_SWEEP_AFTER_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 24 * 3600_000;

export interface AuditTrail {
  list(
    asked: Scoped,
    page: AuditPage,
  ): Promise<{ items: AuditEvent[]; next_cursor: string | null; total: number }>;
  /** Refuses `not_found`. */
  event(asked: Scoped, id: string): Promise<AuditEvent>;
  eventTypes(asked: Scoped): ReturnType<typeof countEventTypes>;
  /** Lines of JSON from `cursor` on, oldest first, and the cursor after them; audited when there are any. */
  export(
    caller: Caller,
    page: Omit<AuditPage, 'order'>,
  ): Promise<{ lines: string; nextCursor: string | null; more: boolean }>;
  /** For viewers: these events, as far as they are in reach. */
  rows(asked: Scoped, ids: readonly string[]): Promise<AuditEvent[]>;
  retention(accountId: string): Promise<{ days: number | null }>;
  setRetention(caller: Caller, days: number | null): Promise<{ days: number | null }>;
  start(): void;
  stop(): Promise<void>;
}

interface Parts {
  database: Database;
  clock: Clock;
  audit: Audit;
  report: (error: unknown, where: string) => void;
}

export function createAuditTrail(parts: Parts): AuditTrail {
  const { database, clock, audit, report } = parts;
  const sweep = repeat(clock, {
    firstAfterMs: FIRST_SWEEP_AFTER_MS,
    everyMs: SWEEP_EVERY_MS,
    work: () => forgetOldEvents(parts),
    failed: (error) => report(error, 'letting old audit events go'),
  });
  const page = async (asked: Scoped, wanted: AuditPage) => selectAuditPage(database.read, asked, wanted);
  return {
    list: async (asked, wanted) => {
      const { items, next_cursor, total } = await page(asked, wanted);
      return { items, next_cursor, total };
    },
    event: async (asked, id) => {
      const found = await selectAuditEvent(database.read, asked, id);
      if (!found) throw new Refusal('not_found', 'Cannot find this event');
      return found;
    },
    eventTypes: (asked) => countEventTypes(database.read, asked),
    export: async (caller, wanted) => {
      const { items, next_cursor, resume_cursor } = await page(caller, { ...wanted, order: 'asc' });
      if (items.length > 0) await noteExport(parts, caller, items);
      const lines = items.map((event) => `${JSON.stringify(event)}\n`).join('');
      return { lines, nextCursor: resume_cursor, more: next_cursor !== null };
    },
    rows: (asked, ids) => selectAuditEvents(database.read, asked, ids),
    retention: async (accountId) => {
      const row = await database.read
        .selectFrom('accounts')
        .select('audit_retention_days')
        .where('id', '=', accountId)
        .executeTakeFirstOrThrow();
      return { days: row.audit_retention_days };
    },
    setRetention: async (caller, days) => {
      const { accountId, actor } = caller;
      await database.write(async (tx) => {
        await tx.sql
          .updateTable('accounts')
          .set({ audit_retention_days: days })
          .where('id', '=', accountId)
          .execute();
        await audit.record(tx, { accountId, actor, event: 'audit.retention_set', payload: { days } });
      });
      return { days };
    },
    start: sweep.start,
    stop: sweep.stop,
  };
}

async function noteExport(
  { database, audit }: Parts,
  caller: Caller,
  items: readonly AuditEvent[],
): Promise<void> {
  const { accountId, actor } = caller;
  await database.write((tx) =>
    audit.record(tx, {
      accountId,
      actor,
      event: 'audit.exported',
      payload: { events: items.length, from_seq: items[0]?.seq, to_seq: items.at(-1)?.seq },
    }),
  );
}
