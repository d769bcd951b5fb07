// What the fan-out asks of the domains: rows for ids, or all of them for a snapshot. cloud.ts connects them.
import type { AuditEvent } from '../../protocol/api/audit.ts';
import type { EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { OutputPage, Run, RunDetail } from '../../protocol/api/runs.ts';
import type { Badges } from '../../protocol/api/session.ts';

/** `ids` null means every row in reach (of runs: the newest `limit`). A row that is gone is left out. */
export interface StreamLoaders {
  runnerRows(asked: Scoped, ids: readonly string[] | null): Promise<Runner[]>;
  packVersionRows(asked: Scoped, ids: readonly string[] | null): Promise<PackVersion[]>;
  keyRows(asked: Scoped, ids: readonly string[] | null): Promise<EnrollmentKey[]>;
  runRows(asked: Scoped, ids: readonly string[] | null, limit?: number): Promise<Run[]>;
  runDetail(asked: Scoped, runId: string): Promise<RunDetail | null>;
  auditRows(asked: Scoped, ids: readonly string[]): Promise<AuditEvent[]>;
  /** The newest `limit`. */
  auditPage(asked: Scoped, limit: number): Promise<{ items: AuditEvent[]; next_cursor: string | null }>;
  /** The last `limit` chunks. */
  outputTail(asked: Scoped, runId: string, limit: number): Promise<OutputPage>;
  badges(asked: Scoped): Promise<Badges>;
  /** Ids of live runners in reach. */
  reachedRunners(asked: Scoped): Promise<string[]>;
  /** Who beat since the last call, with its load. */
  takeBeats(accountId: string): [runnerId: string, load: number][];
}
