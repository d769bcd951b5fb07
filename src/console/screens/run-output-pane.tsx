// Draws the rows of a run's output that are in sight, and the line above them that says what one looks at.
import { Box } from 'ink';
import { Line, spansWidth } from '../components/line.tsx';
import { count, plural } from '../format/amount.ts';
import { timeOfDay, timeOfDayWidth, type TimeMode } from '../format/time.ts';
import { fit } from '../format/width.ts';
import type { OutputLog } from '../store/output-log.ts';
import type { Span, Spans } from '../theme/span.ts';
import { leadWidth, type OutputView } from './run-output-view.ts';
import type { OutputRow } from './run-rows.ts';

interface PaneProps {
  readonly view: OutputView;
  readonly log: OutputLog;
  readonly isLive: boolean;
  readonly timeMode: TimeMode;
  readonly width: number;
  readonly lines: number;
}

export function OutputPane({ view, log, isLive, timeMode, width, lines }: PaneProps) {
  const mark: Spans = { text: '   ⋯ earlier output exists; pgup loads it', tone: 'dim' };
  const isMarked = view.isAtTop && log.moreBefore && lines > 1;
  const room = isMarked ? lines - 1 : lines;
  const rows = view.newCount === null ? view.rows.slice(-room) : view.rows.slice(0, room);
  return (
    <>
      <OutputRule view={view} isLive={isLive} width={width} />
      <Box flexDirection="column" height={lines} overflowY="hidden">
        {isMarked ? <Line spans={mark} width={width} /> : null}
        {rows.map((row) => (
          <Line key={`${row.line}.${row.part}`} spans={rowSpans(row, view, timeMode)} width={width} />
        ))}
      </Box>
    </>
  );
}

function OutputRule({ view, isLive, width }: { view: OutputView; isLive: boolean; width: number }) {
  const left: Span[] = [
    { text: ' ── ', tone: 'dim' },
    { text: view.stream ?? 'stdout + stderr', bold: true },
    { text: view.query === '' ? ' ' : `  /${view.query} `, tone: 'focus' },
  ];
  const right = placeSpans(view, isLive);
  const fill = Math.max(1, width - spansWidth(left) - spansWidth(right) - 3);
  return (
    <Line
      spans={[...left, { text: '─'.repeat(fill), tone: 'dim' }, ...right, { text: ' ─', tone: 'dim' }]}
      width={width}
    />
  );
}

function placeSpans({ newCount }: OutputView, isLive: boolean): Span[] {
  if (newCount !== null) {
    const arrived = newCount === 0 ? '' : ` · ${count(newCount)} new ${newCount === 1 ? 'line' : 'lines'}`;
    return [
      { text: ` paused${arrived}`, tone: 'caution' },
      { text: ' · G to follow', tone: 'dim' },
    ];
  }
  return isLive ? [{ text: ' ● following', tone: 'good' }] : [{ text: ' the end', tone: 'dim' }];
}

function rowSpans(row: OutputRow, view: OutputView, timeMode: TimeMode): Span[] {
  const lead = leadWidth(view.stamps, timeMode);
  const { shown } = row;
  if (shown.kind === 'mark') return [{ text: ' '.repeat(lead) }, { text: shown.text, tone: 'caution' }];
  if (shown.kind === 'gap') {
    const lost = `⋯ gap: ${plural(shown.to - shown.from + 1, 'chunk')} lost on the way, seq ${shown.from}–${shown.to}`;
    return [{ text: ' '.repeat(lead) }, { text: lost, tone: 'caution' }];
  }
  const isErr = shown.stream === 'stderr';
  const at = Date.parse(shown.at);
  const stamp = view.stamps && row.part === 0 ? timeOfDay(at, timeMode) : '';
  return [
    { text: view.stamps ? ` ${fit(stamp, timeOfDayWidth(timeMode))}` : ' ', tone: 'dim' },
    // The mark beside the colour: what went to stderr is seen without colours, too.
    { text: isErr ? '▏ ' : '  ', tone: 'caution' },
    ...matchSpans(row.text, view.query, isErr && view.stream === undefined ? 'caution' : 'plain'),
  ];
}

function matchSpans(text: string, query: string, tone: Span['tone']): Span[] {
  if (query === '') return [{ text, tone }];
  const spans: Span[] = [];
  const haystack = text.toLowerCase();
  const wanted = query.toLowerCase();
  let from = 0;
  // Lower case may have another length in a few scripts; positions are then not ours to mark.
  const isExact = haystack.length === text.length;
  for (let at = haystack.indexOf(wanted); isExact && at >= 0; at = haystack.indexOf(wanted, from)) {
    spans.push(
      { text: text.slice(from, at), tone },
      { text: text.slice(at, at + wanted.length), inverse: true },
    );
    from = at + wanted.length;
  }
  return [...spans, { text: text.slice(from), tone }];
}
