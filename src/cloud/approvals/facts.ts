// Requests by id or by run, with who asked by id: for who tells people of them.
import type { Approval } from '../../protocol/api/approvals.ts';
import type { Scoped } from '../../protocol/scope.ts';
import { showApproval } from './shown.ts';
import { selectApprovalsOf, type Sql } from './store.ts';

export type ApprovalFacts = Approval & { requested_by_id: string };

/** As far as they are in reach, oldest first. */
export async function approvalFacts(
  sql: Sql,
  asked: Scoped,
  which: { ids: readonly string[]; runIds: readonly string[] },
  now: number,
): Promise<ApprovalFacts[]> {
  const rows = await selectApprovalsOf(sql, asked, which);
  return rows.map((row) => ({ ...showApproval(row, now), requested_by_id: row.requested_by }));
}
