// How the dashboard says each of its rows, and where each leads.
import { badgeWords } from '../../protocol/runner.ts';
import type { ListItem } from '../components/table.tsx';
import type { Column } from '../components/table-layout.ts';
import { count, plural } from '../format/amount.ts';
import { age, pastInstant, type TimeMode } from '../format/time.ts';
import type { Dashboard, DashboardRow } from '../store/dashboard.ts';
import type { GroupRow } from '../store/groups.ts';
import type { Span, Spans } from '../theme/span.ts';
import { badge, runnerTokens, runTokens, trustTokens } from '../theme/tokens.ts';
import type { Place } from './place.ts';

export function dashboardItems(board: Dashboard, groups: readonly GroupRow[]): ListItem<DashboardRow>[] {
  const { waiting, moreWaiting, failed, failedCount, endedCount } = board;
  const more = moreWaiting > 0 ? `  and ${count(moreWaiting)} more` : '';
  return [
    heading('fleet', postureSpans(groups)),
    heading('waiting', [
      title(waiting.length === 0 ? 'nothing waits for a decision' : 'waits for a decision'),
      { text: more, tone: 'dim' },
    ]),
    ...waiting.map(item),
    heading('failed', [
      title('the last hour'),
      { text: `  ${plural(endedCount, 'run')} ended`, tone: 'dim' },
      failedCount > 0
        ? { text: `  ✗ ${count(failedCount)} failed`, tone: 'danger' }
        : { text: endedCount > 0 ? ', none failed' : '', tone: 'dim' },
    ]),
    ...failed.map(item),
    heading('groups', [title('groups, trouble first')]),
    ...board.groups.map(item),
  ];
}

function item(row: DashboardRow): ListItem<DashboardRow> {
  return { kind: 'row', id: row.id, row };
}

function heading(id: string, spans: Spans): ListItem<DashboardRow> {
  return { kind: 'heading', id: `heading ${id}`, spans };
}

function title(text: string): Span {
  return { text: ` ── ${text}`, tone: 'dim' };
}

/** Is the fleet up? */
function postureSpans(groups: readonly GroupRow[]): Span[] {
  const total = groups.reduce((sum, group) => sum + group.total, 0);
  const all = sumOf(groups);
  const isDown = total > 0 && all.online === 0 && all.stale === 0 && all.held === 0;
  return [
    { text: `   ${plural(total, 'runner')}`, bold: true },
    ...stateSpans(all),
    { text: isDown ? '  ! none is online: runs wait or fail' : '', tone: 'danger' },
  ];
}

type Counts = Omit<GroupRow, 'name' | 'total' | 'worst'>;

function sumOf(groups: readonly GroupRow[]): Counts {
  const sum = (pick: (group: GroupRow) => number) => groups.reduce((all, group) => all + pick(group), 0);
  const states = Object.fromEntries(badgeWords.map((word) => [word, sum((group) => group[word])])) as Record<
    (typeof badgeWords)[number],
    number
  >;
  return {
    ...states,
    unfinished_runs: sum((group) => group.unfinished_runs),
    packs_pending: sum((group) => group.packs_pending),
    degraded: sum((group) => group.degraded),
  };
}

/** What occurs, so that nothing that waits is hidden. */
function stateSpans(counts: Counts): Span[] {
  return [
    ...badgeWords.flatMap((word): Span[] => {
      const { glyph, tone } = runnerTokens[word];
      return counts[word] === 0 ? [] : [{ text: `  ${glyph} ${count(counts[word])} ${word}`, tone }];
    }),
    { text: counts.degraded > 0 ? `  ! ${count(counts.degraded)} degraded` : '', tone: 'caution' },
    {
      text: counts.unfinished_runs > 0 ? `  ${plural(counts.unfinished_runs, 'run')} under way` : '',
      tone: 'dim',
    },
  ];
}

/** In a cell nothing stands before the first. */
function inside([first, ...rest]: readonly Span[]): Span[] {
  return first === undefined ? [] : [{ ...first, text: first.text.trimStart() }, ...rest];
}

export function placeOf(row: DashboardRow): Place {
  switch (row.kind) {
    case 'approval':
      return { screen: 'approval', id: row.approval.id };
    case 'pack':
      return { screen: 'pack', id: row.version.id };
    case 'device':
      return { screen: 'devices', filter: '' };
    case 'run':
      return { screen: 'run', id: row.run.id };
    case 'group':
      return { screen: 'fleet', filter: `group:${quoted(row.group.name)}` };
  }
}

function quoted(name: string): string {
  return /\s/.test(name) ? `"${name}"` : name;
}

export function rowText(row: DashboardRow): string {
  return `${row.kind} ${subject(row)} ${detailText(row)}`;
}

export function subject(row: DashboardRow): string {
  switch (row.kind) {
    case 'approval':
      return `${row.approval.action_id} on ${row.approval.runner_name}`;
    case 'pack':
      return `${row.version.pack_id} ${row.version.version}`;
    case 'device':
      return row.device.name;
    case 'run':
      return `${row.run.action_id} on ${row.run.runner_name}`;
    case 'group':
      return row.group.name;
  }
}

function detailText(row: DashboardRow): string {
  switch (row.kind) {
    case 'approval':
      return `“${row.approval.reason}” by ${row.approval.requested_by}`;
    case 'pack':
      return `on ${plural(row.version.runners_count, 'runner')}`;
    case 'device':
      return `wants to sign in${row.device.address === null ? '' : ` from ${row.device.address}`}`;
    case 'run':
      return `${row.run.exit_code === null ? '' : `exit ${row.run.exit_code}  `}by ${row.run.requested_by}`;
    case 'group':
      return '';
  }
}

function state(row: DashboardRow): Span {
  switch (row.kind) {
    case 'approval':
      return { text: '▲ approval', tone: 'caution' };
    case 'pack':
      return row.version.drifted ? badge(trustTokens.drifted) : { text: '▲ new pack', tone: 'caution' };
    case 'device':
      return { text: '▲ device', tone: 'caution' };
    case 'run':
      return badge(runTokens[row.run.status]);
    case 'group':
      return { text: plural(row.group.total, 'runner'), tone: 'dim' };
  }
}

export function dashboardColumns(mode: TimeMode): readonly Column<DashboardRow>[] {
  return [
    { key: 'state', title: 'STATE', width: 14, priority: 0, cell: state },
    { key: 'what', title: 'WHAT', width: 24, grow: 1, max: 48, cut: 'middle', priority: 0, cell: subject },
    {
      key: 'detail',
      title: '',
      width: 20,
      grow: 2,
      priority: 0,
      cell: (row) =>
        row.kind === 'group' ? inside(stateSpans(row.group)) : { text: detailText(row), tone: 'dim' },
    },
    { key: 'when', title: 'WHEN', width: 10, priority: 1, cell: (row) => ({ live: when(row, mode) }) },
  ];
}

function when(row: DashboardRow, mode: TimeMode): (now: number) => Span {
  return (now) => {
    if (row.kind === 'approval') {
      const left = Date.parse(row.approval.expires_at) - now;
      return { text: left <= 0 ? 'overdue' : `in ${age(left)}`, tone: 'caution' };
    }
    if (row.kind === 'device') return { text: pastInstant(row.device.requested_at, mode, now), tone: 'dim' };
    if (row.kind === 'run') return { text: pastInstant(row.run.finished_at, mode, now), tone: 'dim' };
    if (row.kind === 'pack') return { text: pastInstant(row.version.last_seen_at, mode, now), tone: 'dim' };
    return { text: '' };
  };
}
