// What the fan-out asks of the domains: rows for ids, or all of them for a snapshot. cloud.ts connects them.
import type { AuditEvent } from '../../protocol/api/audit.ts';
import type { EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { OutputPage, Run, RunDetail } from '../../protocol/api/runs.ts';
import type { Badges } from '../../protocol/api/session.ts';

/** `ids` null means every row of the account (of runs: the newest `limit`). A row that is gone is left out. */
export interface StreamLoaders {
  runnerRows(accountId: string, ids: readonly string[] | null): Promise<Runner[]>;
  packVersionRows(accountId: string, ids: readonly string[] | null): Promise<PackVersion[]>;
  keyRows(accountId: string, ids: readonly string[] | null): Promise<EnrollmentKey[]>;
  runRows(accountId: string, ids: readonly string[] | null, limit?: number): Promise<Run[]>;
  runDetail(accountId: string, runId: string): Promise<RunDetail | null>;
  auditRows(accountId: string, ids: readonly string[]): Promise<AuditEvent[]>;
  /** The newest `limit`. */
  auditPage(accountId: string, limit: number): Promise<{ items: AuditEvent[]; next_cursor: string | null }>;
  /** The last `limit` chunks. */
  outputTail(accountId: string, runId: string, limit: number): Promise<OutputPage>;
  badges(accountId: string): Promise<Badges>;
  /** Who beat since the last call, with its load. */
  takeBeats(accountId: string): [runnerId: string, load: number][];
}
