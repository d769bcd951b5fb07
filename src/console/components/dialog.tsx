// The box that every dialog and menu is drawn in: opaque, in the middle of the body.
import { Box, useIsScreenReaderEnabled } from 'ink';
import { widthOf, cut } from '../format/width.ts';
import { spansOf, type Span, type Spans } from '../theme/span.ts';
import type { Tone } from '../theme/theme.ts';
import { fitSpans, Line } from './line.tsx';

export interface DialogRoom {
  readonly width: number;
  readonly height: number;
}

interface DialogProps {
  readonly title: string;
  readonly tone: Tone;
  readonly lines: readonly Spans[];
  readonly room: DialogRoom;
  /** Cells inside the border; narrowed to the room. */
  readonly innerWidth: number;
}

/** Cells inside the border that a dialog of that wish gets in that room. */
export function innerWidthIn(room: DialogRoom, wanted: number): number {
  return Math.max(10, Math.min(wanted, room.width - 6));
}

export function Dialog({ title, tone, lines, room, innerWidth }: DialogProps) {
  const isSpoken = useIsScreenReaderEnabled();
  const edge = (text: string): Span => ({ text, tone });
  const width = innerWidth + 4;
  const shownTitle = cut(title, innerWidth - 2);
  const top: Spans = [
    edge('╭ '),
    { text: shownTitle, tone, bold: true },
    edge(` ${'─'.repeat(Math.max(0, width - widthOf(shownTitle) - 4))}╮`),
  ];
  const shown = lines.slice(0, Math.max(1, room.height - 2));
  const height = shown.length + 2;
  if (isSpoken)
    return (
      <Box flexDirection="column">
        {[`Dialog: ${title}`, ...lines].map((spans, index) => (
          <Line key={index} spans={spans} width={innerWidth} />
        ))}
      </Box>
    );
  return (
    <Box
      position="absolute"
      flexDirection="column"
      marginLeft={Math.max(0, Math.floor((room.width - width) / 2))}
      marginTop={Math.max(0, Math.floor((room.height - height) / 3))}
      width={width}
      height={height}
    >
      <Line spans={top} width={width} />
      {shown.map((spans, index) => (
        <Line
          key={index}
          spans={[edge('│ '), ...fitSpans(spansOf(spans), innerWidth, true), edge(' │')]}
          width={width}
        />
      ))}
      <Line spans={edge(`╰${'─'.repeat(Math.max(0, width - 2))}╯`)} width={width} />
    </Box>
  );
}
