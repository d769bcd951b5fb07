// The fleet by group: a heading for each with what is in it, its runners below unless it is folded.
import type { Runner } from '../../protocol/api/runners.ts';
import { badgeOf, badgeWords } from '../../protocol/runner.ts';
import type { ListItem } from '../components/table.tsx';
import { plural } from '../format/amount.ts';
import { byText } from '../store/list-selector.ts';
import { worstRank, worstRankOf } from '../store/runners.ts';
import type { Span } from '../theme/span.ts';
import { runnerTokens } from '../theme/tokens.ts';

const PREFIX = 'group ';

/** Runners in the order they come, under their groups; groups by name. */
export function groupedItems(rows: readonly Runner[], folded: ReadonlySet<string>): ListItem<Runner>[] {
  const groups = [...Map.groupBy(rows, ({ group }) => group)].sort(([a], [b]) => byText(a, b));
  return groups.flatMap(([group, members]): ListItem<Runner>[] => {
    const isFolded = folded.has(group);
    const heading = {
      kind: 'heading' as const,
      id: headingOf(group),
      rests: true,
      spans: headingSpans(group, members, isFolded),
    };
    return isFolded
      ? [heading]
      : [heading, ...members.map((row) => ({ kind: 'row' as const, id: row.id, row }))];
  });
}

/** Nothing there needs somebody now: online without a mark, or off on purpose. */
export function isHealthy(runner: Runner): boolean {
  return worstRank(runner) >= worstRankOf('online');
}

/** What is in trouble in the order it comes; below it the healthy ones, a line for each group until it is opened. */
export function oncallItems(rows: readonly Runner[], opened: ReadonlySet<string>): ListItem<Runner>[] {
  const healthy = rows.filter(isHealthy);
  const folded = new Set(healthy.map(({ group }) => group).filter((group) => !opened.has(group)));
  const troubled = rows.filter((row) => !isHealthy(row));
  return [
    ...troubled.map((row) => ({ kind: 'row', id: row.id, row }) as const),
    ...groupedItems(healthy, folded),
  ];
}

export function headingOf(group: string): string {
  return `${PREFIX}${group}`;
}

/** The group whose heading has this id; null for any other id. */
export function groupOfHeading(id: string | null): string | null {
  return id?.startsWith(PREFIX) === true ? id.slice(PREFIX.length) : null;
}

/** All states that occur, so that a folded group hides nothing that waits. */
function headingSpans(group: string, members: readonly Runner[], isFolded: boolean): Span[] {
  const counts = new Map<string, number>();
  let waiting = 0;
  let degraded = 0;
  for (const runner of members) {
    const word = badgeOf(runner);
    counts.set(word, (counts.get(word) ?? 0) + 1);
    waiting += runner.packs_pending > 0 ? 1 : 0;
    degraded += runner.degraded_count > 0 ? 1 : 0;
  }
  const states = badgeWords.flatMap((word): Span[] => {
    const many = counts.get(word) ?? 0;
    const { glyph, tone } = runnerTokens[word];
    return many === 0 ? [] : [{ text: `  ${glyph} ${many} ${word}`, tone }];
  });
  return [
    { text: `${isFolded ? '▸' : '▾'} `, tone: 'dim' },
    { text: group, bold: true },
    { text: `  ${plural(members.length, 'runner')}`, tone: 'dim' },
    ...states,
    { text: waiting > 0 ? `  ▲ ${waiting} with a pack that waits` : '', tone: 'caution' },
    { text: degraded > 0 ? `  ! ${degraded} degraded` : '', tone: 'caution' },
  ];
}
