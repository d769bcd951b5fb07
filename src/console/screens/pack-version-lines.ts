// What a decision on a pack version rests on, as lines: both hashes in full, who has which, what changes.
import type { ActionChange } from '../../protocol/pack-diff.ts';
import type { PackVersionDetail } from '../../protocol/api/packs.ts';
import type { ActionDescriptor } from '../../protocol/descriptor.ts';
import { riskRank } from '../../protocol/risk.ts';
import type { ListItem } from '../components/table.tsx';
import { spansWidth } from '../components/line.tsx';
import { groupedHash, plural } from '../format/amount.ts';
import { pastInstant, type TimeMode } from '../format/time.ts';
import { cut, fit } from '../format/width.ts';
import { badge, riskTokens } from '../theme/tokens.ts';
import type { Span, Spans } from '../theme/span.ts';

export type DecisionRow =
  | { readonly kind: 'change'; readonly change: ActionChange; readonly action: ActionDescriptor | null }
  | { readonly kind: 'action'; readonly action: ActionDescriptor };

const LABEL = 14;
/** The line that counts what stays as it was. */
export const SAME = '=same';

/** The hash as people compare it; on two lines where it would not fit on one. */
export function hashLines(label: string, hash: string, width: number, tone: Span['tone']): Spans[] {
  const [algorithm = '', digits = ''] = groupedHash(hash).split(/:(.*)/s);
  const head: Span = { text: fit(`   ${label}`, LABEL), tone: 'dim' };
  const prefix: Span = { text: `${algorithm}:`, tone: 'dim' };
  if (LABEL + algorithm.length + 1 + digits.length <= width) return [[head, prefix, { text: digits, tone }]];
  const groups = digits.split(' ');
  const indent: Span = { text: ' '.repeat(LABEL + algorithm.length + 1) };
  return [
    [head, prefix, { text: groups.slice(0, 4).join(' '), tone }],
    [indent, { text: groups.slice(4).join(' '), tone }],
  ];
}

export function factLines(version: PackVersionDetail, width: number, mode: TimeMode, now: number): Spans[] {
  const lines: Spans[] = [];
  const { state, trusted_hash: trusted, pending_hash: pending } = version;
  if (trusted !== null)
    lines.push(...hashLines('trusted', trusted, width, state === 'trusted' ? 'good' : 'plain'));
  if (pending !== null) {
    const label = state === 'pending' ? 'advertised' : 'refused';
    lines.push(...hashLines(label, pending, width, state === 'pending' ? 'caution' : 'danger'));
  }
  if (version.retired_at !== null) lines.push(fact('retired', ...retiredSpans(version, mode, now)));
  else if (version.newer_version !== null)
    lines.push(fact('newer', { text: `version ${version.newer_version} is published`, tone: 'dim' }));
  if (version.matches_catalogue)
    lines.push(fact('catalogue', { text: '✓ the same bytes as published', tone: 'good' }));
  lines.push(fact('seen on', ...seenOn(version, width, mode, now)));
  if (version.decided_at !== null) {
    const when = pastInstant(version.decided_at, mode, now);
    lines.push(fact('decided', { text: `${when} by ${version.decided_by ?? 'the catalogue'}` }));
  }
  return lines;
}

function fact(label: string, ...spans: Span[]): Span[] {
  return [{ text: fit(`   ${label}`, LABEL), tone: 'dim' }, ...spans];
}

function retiredSpans(version: PackVersionDetail, mode: TimeMode, now: number): Span[] {
  const { retirement_overridden_at: at, retirement_overridden_by: by, newer_version: newer } = version;
  const why = `a security release replaced it${newer === null ? '' : `: ${newer}`}`;
  if (at === null) return [{ text: why, tone: 'danger' }];
  return [
    { text: why },
    { text: `  overridden ${pastInstant(at, mode, now)} by ${by ?? '–'}`, tone: 'caution' },
  ];
}

function seenOn(version: PackVersionDetail, width: number, mode: TimeMode, now: number): Span[] {
  const isWaiting = version.state === 'pending';
  const having = version.runners.filter(({ hash }) => !isWaiting || hash === version.pending_hash);
  const counted = isWaiting
    ? `${version.pending_runners_count} of ${plural(version.runners_count, 'runner')}`
    : plural(version.runners_count, 'runner');
  const atLeast = version.coverage === 'partial' ? 'at least ' : '';
  const first = `  first ${pastInstant(version.first_seen_at, mode, now)}`;
  const names = having.map(({ name }) => name).join(', ');
  const room = width - LABEL - atLeast.length - counted.length - first.length - 3;
  const shown = room > 12 ? `  ${cut(names, room)}` : '';
  return [{ text: `${atLeast}${counted}` }, { text: shown, tone: 'dim' }, { text: first, tone: 'dim' }];
}

/** Everything below the facts: what changes, then what trusting authorises (or what is trusted now). */
export function decisionItems(version: PackVersionDetail): ListItem<DecisionRow>[] {
  const { pending_actions: after, trusted_actions: before, changes } = version;
  const items: ListItem<DecisionRow>[] = [];
  const isWaiting = version.pending_hash !== null && after.length > 0;
  if (isWaiting && version.trusted_hash !== null) {
    items.push(heading('changes', 'what changes'));
    for (const change of changes) items.push(changeItem(change, after, before));
    const { unchanged_count: same } = version;
    if (same > 0)
      items.push({
        kind: 'heading',
        id: SAME,
        spans: { text: `     ${plural(same, 'action')} unchanged`, tone: 'dim' },
      });
  }
  const listed = isWaiting ? after : before;
  if (listed.length > 0) items.push(heading('actions', actionsTitle(version, isWaiting)));
  const fresh = new Map(changes.map((change) => [change.id, change]));
  for (const action of listed.toSorted((a, b) => byDanger(a, b, fresh))) {
    items.push({ kind: 'row', id: `action ${action.id}`, row: { kind: 'action', action } });
  }
  return items;
}

function actionsTitle(version: PackVersionDetail, isWaiting: boolean): string {
  if (!isWaiting) return `trusted: operators may run ${plural(version.trusted_actions.length, 'action')}`;
  const many = plural(version.pending_actions.length, 'action');
  return `trusting allows ${many}, from exactly these bytes, on every runner`;
}

function heading(id: string, text: string): ListItem<DecisionRow> {
  return { kind: 'heading', id: `=${id}`, spans: { text, bold: true } };
}

function changeItem(
  change: ActionChange,
  after: readonly ActionDescriptor[],
  before: readonly ActionDescriptor[],
): ListItem<DecisionRow> {
  const action = [...after, ...before].find(({ id }) => id === change.id) ?? null;
  return { kind: 'row', id: `change ${change.id}`, row: { kind: 'change', change, action } };
}

/** Escalations first, then by risk, worst first, then by name. */
function byDanger(
  a: ActionDescriptor,
  b: ActionDescriptor,
  changes: ReadonlyMap<string, ActionChange>,
): number {
  const rises = (action: ActionDescriptor) => Number(changes.get(action.id)?.escalates ?? false);
  return rises(b) - rises(a) || riskRank(b.risk) - riskRank(a.risk) || (a.id < b.id ? -1 : 1);
}

export function decisionSpans(row: DecisionRow, width: number): Spans {
  return row.kind === 'change' ? changeSpans(row.change, row.action, width) : actionSpans(row.action, width);
}

const marks = { added: '+', changed: '~', removed: '-' } as const;

function changeSpans(change: ActionChange, action: ActionDescriptor | null, width: number): Span[] {
  const idWidth = Math.min(34, Math.max(20, Math.floor(width / 3)));
  const tone = change.escalates ? 'danger' : change.change === 'removed' ? 'dim' : 'plain';
  return [
    {
      text: `${change.escalates ? '!' : marks[change.change]} `,
      tone: change.escalates ? 'danger' : 'focus',
      bold: true,
    },
    { text: `${fit(change.id, idWidth)}  `, tone },
    ...changeWords(change, action),
  ];
}

function changeWords(change: ActionChange, action: ActionDescriptor | null): Span[] {
  if (change.change === 'removed') return [{ text: 'removed', tone: 'dim' }];
  if (change.change === 'added') {
    const risk = riskTokens[change.risk_after ?? 'low'];
    return [
      { text: `${risk.word}`, tone: risk.tone },
      { text: `  ${action?.kind ?? ''}  new`, tone: 'dim' },
    ];
  }
  const spans: Span[] = [];
  if (change.risk_before !== change.risk_after && change.risk_before !== null && change.risk_after !== null) {
    const tone = change.escalates ? 'danger' : 'plain';
    spans.push({ text: `risk ${change.risk_before} → ${change.risk_after}`, tone });
  }
  const others = change.fields.filter((field) => field !== 'risk').map((field) => field.replaceAll('_', ' '));
  const gap = spans.length > 0 && others.length > 0 ? '  ' : '';
  return [...spans, { text: `${gap}${others.join(', ')}`, tone: 'dim' }];
}

function actionSpans(action: ActionDescriptor, width: number): Span[] {
  const risk = badge(riskTokens[action.risk]);
  const head: Span[] = [
    { text: fit(risk.text, 11), tone: action.risk === 'low' ? 'dim' : risk.tone },
    { text: `${fit(action.id, Math.min(34, Math.max(20, Math.floor(width / 3))))}  ` },
    { text: action.kind === 'exec' ? 'exec    ' : 'script  ', tone: 'dim' },
  ];
  return [...head, { text: cut(action.title, Math.max(0, width - spansWidth(head))), tone: 'dim' }];
}
