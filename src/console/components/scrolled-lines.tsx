// Lines of which a window is seen, scrolled as little as keeps some of them in sight.
import { Box } from 'ink';
import { useState } from 'react';
import type { Spans } from '../theme/span.ts';
import { Line } from './line.tsx';

interface ScrolledProps {
  readonly lines: readonly Spans[];
  /** First and last line that must be seen. */
  readonly keep: readonly [number, number];
  readonly width: number;
  readonly height: number;
}

export function ScrolledLines({ lines, keep, width, height }: ScrolledProps) {
  const [offset, setOffset] = useState(0);
  const most = Math.max(0, lines.length - height);
  const lowest = Math.max(0, keep[1] - height + 1);
  const from = Math.min(most, Math.max(lowest, Math.min(offset, keep[0])));
  if (from !== offset) setOffset(from);
  return (
    <Box flexDirection="column" height={height} overflowY="hidden">
      {lines.slice(from, from + height).map((spans, index) => (
        <Line key={from + index} spans={spans} width={width} />
      ))}
    </Box>
  );
}
