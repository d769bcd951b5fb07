// What the fan-out asks of the domains: rows for ids, or all of them for a snapshot. cloud.ts connects them.
import type { Approval } from '../../protocol/api/approvals.ts';
import type { AuditEvent } from '../../protocol/api/audit.ts';
import type { EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
import type { Grant } from '../../protocol/api/grants.ts';
import type { PackVersion } from '../../protocol/api/packs.ts';
import type { AccountPolicy, PolicyDocument } from '../../protocol/api/policy.ts';
import type { StreamMember, StreamToken } from '../../protocol/events.ts';
import type { Scoped } from '../../protocol/scope.ts';
import type { Runner } from '../../protocol/api/runners.ts';
import type { OutputPage, Run, RunDetail } from '../../protocol/api/runs.ts';
import type { Badges } from '../../protocol/api/session.ts';
import type { Caller } from '../http/bound-route.ts';

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
  approvalRows(asked: Scoped, ids: readonly string[]): Promise<Approval[]>;
  /** All that wait and the newest of those that do not. */
  approvalsNow(asked: Scoped): Promise<{ items: Approval[]; more: boolean }>;
  /** Null for all that have not ended. */
  grantRows(asked: Scoped, ids: readonly string[] | null): Promise<Grant[]>;
  grantIdsOfToken(tokenId: string): Promise<string[]>;
  memberRows(asked: Scoped, ids: readonly string[] | null): Promise<StreamMember[]>;
  tokenRows(asked: Scoped, ids: readonly string[]): Promise<StreamToken[]>;
  /** The newest `limit` of those that the caller may see. */
  tokensSeenBy(caller: Caller, limit: number): Promise<StreamToken[]>;
  policyOf(asked: Scoped): Promise<AccountPolicy>;
  /** Null for one of a group or runner that does not exist here. */
  policyDocument(
    asked: Scoped,
    scope: { kind: 'account' | 'group' | 'runner'; ref: string },
  ): Promise<PolicyDocument | null>;
  badges(asked: Scoped): Promise<Badges>;
  /** Ids of live runners in reach. */
  reachedRunners(asked: Scoped): Promise<string[]>;
  /** Who beat since the last call, with its load. */
  takeBeats(accountId: string): [runnerId: string, load: number][];
}
