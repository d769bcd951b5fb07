// One line of spans, cut to its width; never wraps.
import { Text, useIsScreenReaderEnabled } from 'ink';
import { cut, widthOf } from '../format/width.ts';
import { spansOf, type Span, type Spans } from '../theme/span.ts';
import { useTheme } from '../theme/theme-context.ts';

/** Spans that together take at most `width` cells; with `fill`, exactly as many. */
export function fitSpans(spans: Spans, width: number, fill: boolean = false): Span[] {
  const fitted: Span[] = [];
  let room = width;
  for (const span of spansOf(spans)) {
    if (room <= 0) break;
    const taken = widthOf(span.text);
    fitted.push(taken <= room ? span : { ...span, text: cut(span.text, room) });
    room -= Math.min(taken, room);
  }
  if (fill && room > 0) fitted.push({ text: ' '.repeat(room) });
  return fitted;
}

/** Cells that the spans take. */
export function spansWidth(spans: Spans): number {
  return spansOf(spans).reduce((sum, { text }) => sum + widthOf(text), 0);
}

export function SpanTexts({ spans }: { spans: readonly Span[] }) {
  const theme = useTheme();
  const hasBarePlain = Object.keys(theme.look.plain).length === 0;
  return mergedSpans(spans).map((span, index) =>
    isPlain(span) && hasBarePlain ? (
      span.text
    ) : (
      <Text
        // Spans have no identity beyond their place in the line.
        key={index}
        {...theme.look[span.tone ?? 'plain']}
        {...(span.bold === true ? { bold: true } : {})}
        {...(span.inverse === true ? { inverse: true } : {})}
      >
        {span.text}
      </Text>
    ),
  );
}

/** Neighbours that look alike as one: every piece of text is laid out, styled and compared by itself. */
export function mergedSpans(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last !== undefined && looksLike(last, span))
      merged[merged.length - 1] = { ...last, text: last.text + span.text };
    else merged.push(span);
  }
  return merged;
}

function looksLike(a: Span, b: Span): boolean {
  return (
    (a.tone ?? 'plain') === (b.tone ?? 'plain') &&
    (a.bold ?? false) === (b.bold ?? false) &&
    (a.inverse ?? false) === (b.inverse ?? false)
  );
}

function isPlain({ tone = 'plain', bold = false, inverse = false }: Span): boolean {
  return tone === 'plain' && !bold && !inverse;
}

export function Line({ spans, width, fill }: { spans: Spans; width: number; fill?: boolean | undefined }) {
  return (
    <Text wrap="truncate">
      <SpanTexts spans={fitSpans(spans, width, fill)} />
      {/* An empty Text has no height; the line must keep its row. */}
      {spansOf(spans).every(({ text }) => text === '') ? ' ' : ''}
    </Text>
  );
}

/** Left and right parts on one line; the left one gives way. */
export function SplitLine({ left, right, width }: { left: Spans; right: Spans; width: number }) {
  const rightWidth = Math.min(spansWidth(right), width);
  const leftWidth = Math.max(0, width - rightWidth);
  return <Line spans={[...fitSpans(left, leftWidth, true), ...fitSpans(right, rightWidth)]} width={width} />;
}

export function Rule({ width, title }: { width: number; title?: Spans | undefined }) {
  if (useIsScreenReaderEnabled()) return title === undefined ? null : <Line spans={title} width={width} />;
  if (title === undefined)
    return <Line spans={{ text: '─'.repeat(Math.max(0, width)), tone: 'dim' }} width={width} />;
  const used = spansWidth(title) + 4;
  const rest = { text: ` ${'─'.repeat(Math.max(0, width - used))}`, tone: 'dim' } as const;
  return <Line spans={[{ text: '── ', tone: 'dim' }, ...spansOf(title), rest]} width={width} />;
}
