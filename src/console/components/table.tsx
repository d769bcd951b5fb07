// A virtual table: draws the visible rows only, one line each, and each of them again only when its row,
// its mark or the cursor on it changed.
import { Box, Text, useIsScreenReaderEnabled } from 'ink';
import { memo, useMemo, type ReactNode } from 'react';
import { fit } from '../format/width.ts';
import { spansOf, type Span, type Spans } from '../theme/span.ts';
import { spokenLine } from '../theme/spoken.ts';
import { Line, fitSpans, spansWidth, SpanTexts } from './line.tsx';
import {
  GAP,
  placeColumns,
  type Cell,
  type Column,
  type LiveCell,
  type PlacedColumn,
} from './table-layout.ts';
import { useNow } from './tick.tsx';

export type ListItem<Row> =
  | { readonly kind: 'row'; readonly id: string; readonly row: Row }
  /** A line between rows; the cursor passes over it unless it `rests` there. */
  | { readonly kind: 'heading'; readonly id: string; readonly spans: Spans; readonly rests?: boolean };

export interface TableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly items: readonly ListItem<Row>[];
  /** Index of the first item that is drawn, and how many lines there are below the column titles. */
  readonly offset: number;
  readonly lines: number;
  readonly width: number;
  readonly cursorId: string | null;
  readonly marked: ReadonlySet<string>;
  readonly wide?: boolean;
  readonly sort?: { readonly key: string; readonly reverse: boolean } | undefined;
}

/** Cells before the first column: the cursor bar, the mark and a space. */
const LEAD = 3;

export function Table<Row>(props: TableProps<Row>) {
  const { columns, items, offset, lines, width, cursorId, marked, wide = false, sort } = props;
  const isSpoken = useIsScreenReaderEnabled();
  const placed = useMemo(
    () => (isSpoken ? spokenColumns(columns, wide) : placeColumns(columns, width - LEAD, wide)),
    [columns, width, wide, isSpoken],
  );
  return (
    <Box flexDirection="column" height={lines + 1} overflowY="hidden">
      {isSpoken ? null : <Titles placed={placed} width={width} sort={sort} />}
      {items
        .slice(offset, offset + lines)
        .map((item) =>
          item.kind === 'heading' ? (
            <Line key={item.id} spans={headingSpans(item, item.id === cursorId)} width={width} />
          ) : (
            <MemoRow
              key={item.id}
              row={item.row}
              placed={placed as PlacedColumn<unknown>[]}
              isCursor={item.id === cursorId}
              isMarked={marked.has(item.id)}
              isSpoken={isSpoken}
            />
          ),
        )}
    </Box>
  );
}

function Titles<Row>(props: {
  placed: readonly PlacedColumn<Row>[];
  width: number;
  sort: TableProps<Row>['sort'];
}) {
  const spans: Span[] = [{ text: ' '.repeat(LEAD) }];
  for (const { column, width } of props.placed) {
    const isSorted = column.key === props.sort?.key;
    const arrow = props.sort?.reverse === true ? '↑' : '↓';
    const title = isSorted && column.title.length < width ? `${column.title}${arrow}` : column.title;
    spans.push({ text: fit(title, width, column.align), tone: isSorted ? 'title' : 'dim' });
    spans.push({ text: ' '.repeat(GAP) });
  }
  return <Line spans={spans} width={props.width} />;
}

function headingSpans(
  { spans, rests }: { readonly spans: Spans; readonly rests?: boolean },
  isCursor: boolean,
): Spans {
  return rests === true ? [{ text: isCursor ? '▌' : ' ', tone: 'focus' }, ...spansOf(spans)] : spans;
}

interface RowProps {
  readonly row: unknown;
  readonly placed: readonly PlacedColumn<unknown>[];
  readonly isCursor: boolean;
  readonly isMarked: boolean;
  readonly isSpoken: boolean;
}

function Row({ row, placed, isCursor, isMarked, isSpoken }: RowProps) {
  if (isSpoken) return <SpokenRow row={row} placed={placed} isCursor={isCursor} isMarked={isMarked} />;
  const parts: ReactNode[] = [];
  let spans: Span[] = [
    { text: isCursor ? '▌' : ' ', tone: 'focus' },
    { text: isMarked ? '✓ ' : '  ', tone: 'focus' },
  ];
  const flush = () => {
    parts.push(<SpanTexts key={parts.length} spans={spans} />);
    spans = [];
  };
  for (const [index, { column, width }] of placed.entries()) {
    const gap = index === placed.length - 1 ? 0 : GAP;
    const look = { column, width, gap, bold: isCursor && index === 0 };
    const cell = column.cell(row);
    if (!isLive(cell)) {
      spans.push(...cellSpans(cell, look));
      continue;
    }
    flush();
    parts.push(<LiveCellText key={parts.length} cell={cell} {...look} />);
  }
  flush();
  return <Text wrap="truncate">{parts}</Text>;
}
const MemoRow = memo(Row);

/** Each value behind its title; the first one names the row, and what is empty is not said. */
function SpokenRow({ row, placed, isCursor, isMarked }: Omit<RowProps, 'isSpoken'>) {
  const now = useNow();
  const values = placed.flatMap(({ column }, index) => {
    const cell = column.cell(row);
    const spans = spansOf(isLive(cell) ? cell.live(now) : cell);
    const text = spokenLine(spans.map((span) => span.text).join(''));
    if (text === '' || text === '–') return [];
    return [index === 0 ? text : `${column.title.toLowerCase()} ${text}`];
  });
  const lead = `${isCursor ? '▌ ' : ''}${isMarked ? 'marked  ' : ''}`;
  return <Text>{`${lead}${values.join('  ')}`}</Text>;
}

function spokenColumns<Row>(columns: readonly Column<Row>[], wide: boolean): PlacedColumn<Row>[] {
  return columns
    .filter((column) => wide || column.wideOnly !== true)
    .map((column) => ({ column, width: column.width }));
}

interface CellLook {
  readonly column: Column<unknown>;
  readonly width: number;
  readonly gap: number;
  readonly bold: boolean;
}

function LiveCellText(props: CellLook & { readonly cell: LiveCell }) {
  return <SpanTexts spans={cellSpans(props.cell.live(useNow()), props)} />;
}

function isLive(cell: Cell): cell is LiveCell {
  return typeof cell === 'object' && 'live' in cell;
}

function cellSpans(spans: Spans, { column, width, gap, bold }: CellLook): readonly Span[] {
  const room = { text: ' '.repeat(gap) };
  if (typeof spans === 'string') return [{ text: fit(spans, width, column.align, column.cut), bold }, room];
  const fitted = fitSpans(spans, width);
  const blank = { text: ' '.repeat(Math.max(0, width - spansWidth(fitted))) };
  return column.align === 'right' ? [blank, ...fitted, room] : [...fitted, blank, room];
}
