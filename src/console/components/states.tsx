// The four states of every list: loading, cannot load, nothing there, nothing that matches. A failed read
// never looks like an empty list.
import { Box } from 'ink';
import { wrap } from '../format/width.ts';
import type { Span, Spans } from '../theme/span.ts';
import { Line } from './line.tsx';

export interface FailureWords {
  readonly code: string;
  readonly detail: string;
  readonly fix: string;
}

interface Room {
  readonly width: number;
  readonly height: number;
}

/** Lines in the upper third of the room, a little in from the left. */
export function Centre({ lines, width, height }: { lines: readonly Spans[] } & Room) {
  const above = Math.max(0, Math.min(Math.floor((height - lines.length) / 3), 6));
  return (
    <Box flexDirection="column" height={height} paddingTop={above} paddingLeft={3} overflowY="hidden">
      {lines.slice(0, Math.max(0, height - above)).map((spans, index) => (
        <Line key={index} spans={spans} width={Math.max(0, width - 4)} />
      ))}
    </Box>
  );
}

export function Loading({ what, ...room }: { what: string } & Room) {
  return <Centre lines={[{ text: `◌ Reading ${what}…`, tone: 'dim' }]} {...room} />;
}

export function Failed({ what, failure, ...room }: { what: string; failure: FailureWords | null } & Room) {
  const width = room.width - 4;
  const lines: Spans[] = [
    { text: `✗ Cannot show ${what}`, tone: 'danger', bold: true },
    '',
    ...wrap(failure?.detail ?? 'No answer yet', width),
    ...wrap(failure?.fix ?? '', width).map((text) => ({ text, tone: 'dim' }) as const),
    '',
    { text: `${failure?.code ?? 'unknown'} · ctrl-r tries again`, tone: 'dim' },
  ];
  return <Centre lines={lines} {...room} />;
}

/** `hint` says what one can do about it. */
export function Empty({ text, hint, ...room }: { text: string; hint?: Spans | undefined } & Room) {
  return <Centre lines={[{ text, bold: true }, ...(hint === undefined ? [] : ['', hint])]} {...room} />;
}

/** What went wrong and what to do, inside a dialog. */
export function failureSpans(failure: FailureWords, width: number): Spans[] {
  return [
    ...wrap(`✗ ${failure.detail}`, width).map((text): Span => ({ text, tone: 'danger' })),
    ...wrap(failure.fix, width).map((text): Span => ({ text })),
    { text: failure.code, tone: 'dim' },
  ];
}
