// Standing grants: what stands first, the one that ends soonest on top.
import type { Grant } from '../../protocol/api/grants.ts';
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

export const grantColumns = ['ends', 'newest', 'action', 'used', 'token'] as const;
export type GrantColumn = (typeof grantColumns)[number];

const orders: Record<GrantColumn, Order<Grant>> = {
  ends: (a, b) =>
    Number(b.state === 'active') - Number(a.state === 'active') || byText(a.expires_at, b.expires_at),
  newest: (a, b) => byInstant(a.granted_at, b.granted_at),
  action: (a, b) => byText(a.action_id, b.action_id),
  used: (a, b) => byInstant(a.last_used_at, b.last_used_at),
  token: (a, b) => byText(a.token_name, b.token_name),
};

const fields: FilterFields<Grant> = {
  text: (grant) =>
    `${grant.action_id} ${grant.runner_name ?? ''} ${grant.token_name} ${grant.member_name} ${grant.granted_by}`,
  terms: {
    status: { values: ({ state }) => [state], exact: true },
    risk: { values: ({ risk }) => [risk], exact: true },
    runner: { values: ({ runner_name: name }) => [name ?? 'any'], exact: true },
    token: { values: ({ token_name: name }) => [name] },
    member: { values: ({ member_name: name }) => [name], exact: true },
    by: { values: ({ granted_by: name }) => [name], exact: true },
    approval: { values: ({ approval_id: id }) => [id], exact: true },
  },
};

/** One per mounted list; see createListSelector. */
export function createGrantSelector() {
  const select = createListSelector<Grant, GrantColumn>({
    id: (grant) => grant.id,
    fields,
    orders,
    standard: 'ends',
  });
  return (state: Pick<ConsoleState, 'grants'>, options: ListOptions<GrantColumn> = {}): ListView<Grant> =>
    select(state.grants, options);
}
