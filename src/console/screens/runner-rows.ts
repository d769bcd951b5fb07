// What stands below the facts of a runner: its packs, its latest runs and its actions, as rows of one list.
import type { RunnerAction, RunnerPack } from '../../protocol/api/runners.ts';
import type { Run } from '../../protocol/api/runs.ts';
import type { ListItem } from '../components/table.tsx';
import { plural, shortHash } from '../format/amount.ts';
import { instantWidth, pastInstant, type TimeMode } from '../format/time.ts';
import { fit } from '../format/width.ts';
import { parseFilter, type FilterFields } from '../store/filter.ts';
import type { Span } from '../theme/span.ts';
import { badge, riskTokens, runTokens, trustTokens } from '../theme/tokens.ts';
import { elapsed } from './run-facts.ts';

export type RunnerRow =
  | { readonly kind: 'pack'; readonly pack: RunnerPack }
  | { readonly kind: 'run'; readonly run: Run }
  | { readonly kind: 'action'; readonly offered: RunnerAction };

export interface RunnerLists {
  readonly packs: readonly RunnerPack[];
  readonly runs: readonly Run[];
  /** Null until they are known. */
  readonly actions: readonly RunnerAction[] | null;
}

/** Of the latest runs so many; the rest is under Runs. */
export const RUNS_SHOWN = 20;

const fields: FilterFields<RunnerRow> = {
  text: (row) => {
    if (row.kind === 'pack') return `${row.pack.pack_id} ${row.pack.version}`;
    if (row.kind === 'run') return `${row.run.action_id} ${row.run.reason} ${row.run.requested_by}`;
    const { action } = row.offered;
    return `${action.id} ${action.title} ${action.summary} ${action.search_terms.join(' ')}`;
  },
  terms: {
    pack: { values: packOf },
    risk: { values: (row) => (row.kind === 'action' ? [row.offered.action.risk] : []), exact: true },
    status: {
      values: (row) => (row.kind === 'run' ? [row.run.status] : row.kind === 'pack' ? [row.pack.trust] : []),
      exact: true,
    },
  },
};

function packOf(row: RunnerRow): string[] {
  if (row.kind === 'pack') return [row.pack.pack_id];
  return [row.kind === 'run' ? row.run.pack_id : row.offered.action.pack_id];
}

/** Headings and rows that match; a part without a match has no heading, unless nothing was asked for. */
export function runnerItems(
  lists: RunnerLists,
  filter: string,
): { readonly items: ListItem<RunnerRow>[]; readonly error: string | null } {
  const { test, error } = parseFilter(filter, fields);
  const items: ListItem<RunnerRow>[] = [];
  const part = (id: string, title: string, none: string, rows: readonly [string, RunnerRow][]) => {
    const matching = rows.filter(([, row]) => test(row));
    if (matching.length === 0 && filter !== '') return;
    items.push({ kind: 'heading', id, spans: title });
    for (const [rowId, row] of matching) items.push({ kind: 'row', id: rowId, row });
    if (rows.length === 0)
      items.push({ kind: 'heading', id: `${id}.none`, spans: { text: `   ${none}`, tone: 'dim' } });
  };
  part(
    'packs',
    plural(lists.packs.length, 'pack'),
    'It advertises no pack; on the host: put one into /etc/emisar/packs, then sudo systemctl reload emisar',
    lists.packs.map((pack) => [`pack ${pack.pack_id}`, { kind: 'pack', pack }]),
  );
  part(
    'runs',
    'latest runs',
    'Nothing was run here yet',
    lists.runs.slice(0, RUNS_SHOWN).map((run) => [run.id, { kind: 'run', run }]),
  );
  const { actions } = lists;
  part(
    'actions',
    actions === null ? 'actions' : plural(actions.length, 'action'),
    actions === null ? 'Asking for its actions…' : 'It offers no action',
    (actions ?? []).map((offered) => [`action ${offered.action.id}`, { kind: 'action', offered }]),
  );
  return { items, error };
}

export function rowSpans(row: RunnerRow, width: number, timeMode: TimeMode, now: number): Span[] {
  switch (row.kind) {
    case 'pack':
      return packSpans(row.pack, width);
    case 'run':
      return runSpans(row.run, width, timeMode, now);
    case 'action':
      return actionSpans(row.offered, width);
  }
}

const FIRST = 17;

function packSpans(pack: RunnerPack, width: number): Span[] {
  const name = nameWidth(width);
  return [
    padded(badge(trustTokens[pack.trust]), FIRST),
    { text: `${fit(pack.pack_id, name)}  ` },
    { text: fit(pack.version, 10), tone: 'dim' },
    { text: `  ${fit(plural(pack.actions_count, 'action'), 11)}  ${shortHash(pack.hash)}`, tone: 'dim' },
  ];
}

function runSpans(run: Run, width: number, timeMode: TimeMode, now: number): Span[] {
  return [
    padded(badge(runTokens[run.status]), FIRST),
    { text: `${fit(run.action_id, nameWidth(width))}  ` },
    {
      text: `${fit(elapsed(run, now), 6, 'right')}  ${fit(pastInstant(run.queued_at, timeMode, now), instantWidth(timeMode))}`,
      tone: 'dim',
    },
    { text: `  ${run.requested_by}  “${run.reason}”`, tone: 'dim' },
  ];
}

function actionSpans({ action, blocked_by: code }: RunnerAction, width: number): Span[] {
  const name = nameWidth(width);
  const blocked: Span =
    code === null ? { text: '' } : { text: `  ! ${code.replaceAll('_', ' ')}`, tone: 'caution' };
  const risk = riskTokens[action.risk];
  return [
    padded(action.risk === 'low' ? { text: '· low', tone: 'dim' } : badge(risk), FIRST),
    { text: `${fit(action.id, name)}  ` },
    {
      text:
        code === null
          ? action.title
          : fit(action.title, Math.max(12, Math.min(36, width - FIRST - name - 26))),
      tone: 'dim',
    },
    blocked,
  ];
}

function nameWidth(width: number): number {
  return Math.max(16, Math.min(34, Math.floor(width / 3)));
}

function padded(span: Span, width: number): Span {
  return { ...span, text: fit(span.text, width) };
}
