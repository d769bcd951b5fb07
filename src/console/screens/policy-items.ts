// The rules of one scope as lines: what decides first stands first; what a draft changes stands above all.
import type { PolicyScope, PolicyScopeEntry } from '../../protocol/api/policy.ts';
import type { PolicyRules } from '../../protocol/policy.ts';
import type { ListItem } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { count, plural } from '../format/amount.ts';
import { policyRows, ruleChanges, type PolicyRow } from '../store/policy.ts';
import { badge, decisionTokens, riskTokens } from '../theme/tokens.ts';
import type { Span } from '../theme/span.ts';
import type { PolicyEffect } from './policy-effect.ts';

export interface ShownPolicy {
  readonly rules: PolicyRules;
  /** What is stored; null where the scope has no rules of its own. */
  readonly stored: PolicyRules | null;
  readonly isDraft: boolean;
  readonly effect: PolicyEffect | null;
  /** Groups and runners with rules of their own; only the account lists them. */
  readonly scopes: readonly PolicyScopeEntry[];
}

export function policyItems(shown: ShownPolicy): ListItem<PolicyRow>[] {
  const { rules, scopes } = shown;
  const rows = policyRows(rules).map((row) => ({ kind: 'row', id: row.id, row }) as const);
  const overrides = rows.filter(({ row }) => row.kind === 'override');
  const defaults = rows.filter(({ row }) => row.kind === 'default');
  const terms = rows.filter(({ row }) => row.kind === 'people' || row.kind === 'self');
  return [
    ...headings('draft', draftLines(shown)),
    ...(shown.effect === null ? [] : headings('effect', effectLines(shown.effect))),
    ...(overrides.length === 0 ? [] : headings('overrides', [title('the first that fits decides')])),
    ...overrides,
    ...headings('defaults', [title('everything else, by risk')]),
    ...defaults,
    ...headings('approval', [title('what asks waits for')]),
    ...terms,
    ...(scopes.length === 0 ? [] : headings('scopes', [title('instead of these, whole')])),
    ...scopes.map((entry): ListItem<PolicyRow> => {
      const id = scopeText(entry.scope);
      return { kind: 'row', id, row: { id, kind: 'scope', entry } };
    }),
  ];
}

export function scopeText({ kind, name }: PolicyScope): string {
  return kind === 'account' ? 'account' : `${kind}:${name}`;
}

/** As it stands in a sentence. */
export function whose({ kind, name }: PolicyScope): string {
  return kind === 'account' ? 'the account' : `${kind} ${name}`;
}

function headings(id: string, lines: readonly (readonly Span[])[]): ListItem<PolicyRow>[] {
  return lines.map((spans, index) => ({ kind: 'heading', id: `${id} ${index}`, spans }));
}

function title(text: string): Span[] {
  return [{ text: ` ── ${text}`, tone: 'dim' }];
}

/** So many changes are named; the dialog before saving names all. */
const CHANGES_SHOWN = 4;

function draftLines({ stored, rules, isDraft }: ShownPolicy): Span[][] {
  if (!isDraft) return [];
  const changes = ruleChanges(stored, rules);
  const more = changes.length - CHANGES_SHOWN;
  return [
    ...changes
      .slice(0, CHANGES_SHOWN)
      .map((text, index): Span[] => [
        { text: index === 0 ? '   draft     ' : '             ', tone: 'caution' },
        { text },
      ]),
    ...(more > 0
      ? [[{ text: `             and ${plural(more, 'further change')}`, tone: 'dim' as const }]]
      : []),
    [{ text: '             not saved: a saves, u undoes', tone: 'dim' }],
  ];
}

function effectLines({ known, counts, warnings }: PolicyEffect): Span[][] {
  const parts = counts.flatMap(({ decision, was, is }): Span[] => {
    const { glyph, tone, word } = decisionTokens[decision];
    const number = was === is ? count(is) : `${count(was)} → ${count(is)}`;
    return [{ text: `   ${glyph} ${number} ${word}`, tone: was + is === 0 ? 'dim' : tone }];
  });
  return [
    [{ text: '   does      ', tone: 'dim' }, { text: plural(known, 'known action') }, ...parts],
    ...warnings.map(({ name, sentence }): Span[] => [
      { text: '   ! ', tone: 'caution' },
      { text: `${name}: ${sentence}`, tone: 'caution' },
    ]),
  ];
}

export const policyColumns: readonly Column<PolicyRow>[] = [
  { key: 'subject', title: 'WHAT', width: 24, grow: 2, max: 48, priority: 0, cell: subject },
  { key: 'decision', title: 'DECISION', width: 10, priority: 0, cell: decision },
  { key: 'note', title: 'RULE', width: 16, grow: 2, priority: 1, cell: note },
];

function subject(row: PolicyRow): Span[] {
  switch (row.kind) {
    case 'override':
      return [{ text: `${row.index + 1}  `, tone: 'dim' }, { text: row.override.action }];
    case 'default':
      return [badge(riskTokens[row.risk]), { text: ' risk', tone: 'dim' }];
    case 'people':
      return [{ text: plural(row.count, 'person', 'people') }];
    case 'self':
      return [{ text: row.allowed ? 'who asked may be one of them' : 'never who asked' }];
    case 'scope':
      return [{ text: whose(row.entry.scope) }];
  }
}

function decision(row: PolicyRow): Span {
  if (row.kind === 'override') return badge(decisionTokens[row.override.decision]);
  return row.kind === 'default' ? badge(decisionTokens[row.decision]) : { text: '' };
}

function note(row: PolicyRow): Span {
  if (row.kind === 'override') return { text: row.override.name, tone: 'dim' };
  if (row.kind === 'default') return { text: `defaults.${row.risk}`, tone: 'dim' };
  return { text: row.kind === 'scope' ? `version ${row.entry.version}` : '', tone: 'dim' };
}
