// Enrollment keys: those that can still enroll a host first, then newest first.
import type { EnrollmentKey } from '../../protocol/api/enrollment-keys.ts';
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

export const keyColumns = ['active', 'newest', 'host', 'state', 'used'] as const;
export type KeyColumn = (typeof keyColumns)[number];

const byNewest: Order<EnrollmentKey> = (a, b) => byInstant(a.created_at, b.created_at);

const orders: Record<KeyColumn, Order<EnrollmentKey>> = {
  active: (a, b) => Number(b.state === 'active') - Number(a.state === 'active') || byNewest(a, b),
  newest: byNewest,
  host: (a, b) => byText(a.host ?? '~', b.host ?? '~') || byNewest(a, b),
  state: (a, b) => byText(a.state, b.state) || byNewest(a, b),
  used: (a, b) => byInstant(a.last_used_at, b.last_used_at) || byNewest(a, b),
};

export const keyFields: FilterFields<EnrollmentKey> = {
  text: (key) => `${key.prefix} ${key.description} ${key.host ?? ''} ${key.created_by}`,
  terms: {
    status: { values: (key) => [key.state], exact: true },
    state: { values: (key) => [key.state], exact: true },
    host: { values: (key) => (key.host === null ? [] : [key.host]) },
    by: { values: (key) => [key.created_by] },
  },
};

/** One per mounted list; see createListSelector. */
export function createKeySelector() {
  const select = createListSelector<EnrollmentKey, KeyColumn>({
    id: (key) => key.id,
    fields: keyFields,
    orders,
    standard: 'active',
  });
  return (
    state: Pick<ConsoleState, 'enrollmentKeys'>,
    options: ListOptions<KeyColumn> = {},
  ): ListView<EnrollmentKey> => select(state.enrollmentKeys, options);
}
