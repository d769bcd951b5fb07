// Requests for approval: what waits first, the one that ends soonest on top.
import type { Approval } from '../../protocol/api/approvals.ts';
import { riskRank } from '../../protocol/risk.ts';
import type { FilterFields } from './filter.ts';
import {
  byInstant,
  byText,
  createListSelector,
  type ListOptions,
  type ListView,
  type Order,
} from './list-selector.ts';
import type { ConsoleState } from './state.ts';

export const approvalColumns = ['urgent', 'newest', 'risk', 'runner'] as const;
export type ApprovalColumn = (typeof approvalColumns)[number];

const byNewest: Order<Approval> = (a, b) => byInstant(a.requested_at, b.requested_at);

const orders: Record<ApprovalColumn, Order<Approval>> = {
  urgent: (a, b) =>
    Number(b.status === 'pending') - Number(a.status === 'pending') ||
    (a.status === 'pending' ? byText(a.expires_at, b.expires_at) : byNewest(a, b)),
  newest: byNewest,
  risk: (a, b) => riskRank(b.risk) - riskRank(a.risk) || byNewest(a, b),
  runner: (a, b) => byText(a.runner_name, b.runner_name) || byNewest(a, b),
};

const fields: FilterFields<Approval> = {
  text: (approval) =>
    `${approval.action_id} ${approval.runner_name} ${approval.requested_by} ${approval.reason}`,
  terms: {
    status: { values: ({ status }) => [status], exact: true },
    risk: { values: ({ risk }) => [risk], exact: true },
    runner: { values: ({ runner_name: name, runner_id: id }) => [name, id], exact: true },
    by: { values: ({ requested_by: name }) => [name], exact: true },
    operation: { values: ({ operation_id: id }) => [id], exact: true },
  },
};

/** One per mounted list; see createListSelector. */
export function createApprovalSelector() {
  const select = createListSelector<Approval, ApprovalColumn>({
    id: (approval) => approval.id,
    fields,
    orders,
    standard: 'urgent',
  });
  return (
    state: Pick<ConsoleState, 'approvals'>,
    options: ListOptions<ApprovalColumn> = {},
  ): ListView<Approval> => select(state.approvals, options);
}

/** Changes whenever somebody votes on it or it ends; for who reads more of it than its row. */
export function standingOf({ approvals }: Pick<ConsoleState, 'approvals'>, id: string): string {
  const approval = approvals.get(id);
  return approval === undefined ? '' : `${approval.status} ${approval.approvals_count}`;
}

/** Requests that wait, by the rows when they are here, otherwise by the server's count. */
export function approvalsWaiting(state: ConsoleState): number {
  if (state.topics.get('approvals')?.phase !== 'ready') return state.badges?.pending_approvals ?? 0;
  let waiting = 0;
  for (const { status } of state.approvals.values()) if (status === 'pending') waiting += 1;
  return waiting;
}
