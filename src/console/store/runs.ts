// Runs, newest first.
import type { Run } from '../../protocol/api/runs.ts';
import { riskRank } from '../../protocol/risk.ts';
import { isTerminal } from '../../protocol/run.ts';
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

export const runColumns = ['newest', 'status', 'action', 'runner', 'risk', 'duration'] as const;
export type RunColumn = (typeof runColumns)[number];

const byNewest: Order<Run> = (a, b) => byInstant(a.queued_at, b.queued_at);

const orders: Record<RunColumn, Order<Run>> = {
  newest: byNewest,
  status: (a, b) =>
    Number(isTerminal(a.status)) - Number(isTerminal(b.status)) ||
    byText(a.status, b.status) ||
    byNewest(a, b),
  action: (a, b) => byText(a.action_id, b.action_id) || byNewest(a, b),
  runner: (a, b) => byText(a.runner_name, b.runner_name) || byNewest(a, b),
  risk: (a, b) => riskRank(b.risk) - riskRank(a.risk) || byNewest(a, b),
  duration: (a, b) => (b.duration_ms ?? -1) - (a.duration_ms ?? -1) || byNewest(a, b),
};

/** `status:unfinished` and `status:finished` stand for their halves. */
export const runFields: FilterFields<Run> = {
  text: (run) => `${run.action_id} ${run.runner_name} ${run.reason} ${run.requested_by} ${run.id}`,
  terms: {
    status: {
      values: (run) => [run.status, isTerminal(run.status) ? 'finished' : 'unfinished'],
      exact: true,
    },
    action: { values: (run) => [run.action_id] },
    runner: { values: (run) => [run.runner_name, run.runner_id] },
    pack: { values: (run) => [run.pack_id] },
    by: { values: (run) => [run.requested_by] },
    risk: { values: (run) => [run.risk], exact: true },
    operation: { values: (run) => [run.operation_id], exact: true },
  },
};

/** One per mounted list; see createListSelector. */
export function createRunSelector() {
  const select = createListSelector<Run, RunColumn>({
    id: (run) => run.id,
    fields: runFields,
    orders,
    standard: 'newest',
  });
  return (state: Pick<ConsoleState, 'runs'>, options: ListOptions<RunColumn> = {}): ListView<Run> =>
    select(state.runs, options);
}
