// Events of the audit trail as a list, newest first; and the same filter as a question to the server, for what
// lies further back than the console holds.
import type { AuditEvent, AuditFacets } from '../../protocol/api/audit.ts';
import type { FilterFields } from './filter.ts';
import { byText, createListSelector, type ListOptions, type ListView, type Order } from './list-selector.ts';

export const auditColumns = ['newest', 'event', 'actor', 'target'] as const;
export type AuditColumn = (typeof auditColumns)[number];

const byNewest: Order<AuditEvent> = (a, b) => b.seq - a.seq;
const orders: Record<AuditColumn, Order<AuditEvent>> = {
  newest: byNewest,
  event: (a, b) => byText(a.event_type, b.event_type) || byNewest(a, b),
  actor: (a, b) => byText(a.actor.label, b.actor.label) || byNewest(a, b),
  target: (a, b) => byText(a.target?.label ?? '~', b.target?.label ?? '~') || byNewest(a, b),
};

/** `outcome:problems` stands for danger and warn. */
export const auditFields: FilterFields<AuditEvent> = {
  text: (event) =>
    `${event.event_type} ${event.actor.label} ${event.target?.label ?? ''} ${JSON.stringify(event.payload)}`,
  terms: {
    type: { values: (event) => [event.event_type] },
    category: { values: (event) => [event.category], exact: true },
    outcome: {
      values: ({ outcome }) => [outcome, ...(outcome === 'danger' || outcome === 'warn' ? ['problems'] : [])],
      exact: true,
    },
    by: { values: (event) => [event.actor.label, event.actor.id ?? ''], exact: true },
    target: {
      values: (event) => [
        event.target?.label ?? '',
        event.target?.id ?? '',
        event.runner_id ?? '',
        event.pack_id ?? '',
      ],
      exact: true,
    },
    request: { values: (event) => [event.request_id ?? ''], exact: true },
    id: { values: (event) => [event.id], exact: true },
  },
};

/** One per mounted list; see createListSelector. */
export function createAuditSelector() {
  const select = createListSelector<AuditEvent, AuditColumn>({
    id: (event) => event.id,
    fields: auditFields,
    orders,
    standard: 'newest',
  });
  return (
    events: ReadonlyMap<string, AuditEvent>,
    options: ListOptions<AuditColumn> = {},
  ): ListView<AuditEvent> => select(events, options);
}

/** What of the filter the server can answer; the rest is left to the list. */
export function auditQuery(filter: string): AuditFacets {
  const query: AuditFacets = {};
  const words: string[] = [];
  for (const token of filter.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const text = token.replaceAll('"', '');
    if (text.startsWith('-') || text.startsWith('~')) continue;
    const [, name = '', value = ''] = /^([a-z]+):(.+)$/.exec(text) ?? [];
    if (name === '') words.push(text);
    if (name === 'outcome' || name === 'target' || name === 'category')
      Object.assign(query, { [name]: value });
    if (name === 'by') query.actor = value;
    if (name === 'request') query.request_id = value;
    // Only whole names: the list itself takes parts of them.
    if (name === 'type' && value.includes('.')) query.type = value;
  }
  const [word] = words.filter((text) => !text.includes(':'));
  return word === undefined ? query : { ...query, q: word };
}
