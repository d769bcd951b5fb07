// A piece of one line with one meaning. Everything on the screen is lines of spans.
import type { Tone } from './theme.ts';

export interface Span {
  readonly text: string;
  readonly tone?: Tone | undefined;
  readonly bold?: boolean | undefined;
  readonly inverse?: boolean | undefined;
}

/** What a caller may write where spans are wanted. */
export type Spans = string | Span | readonly Span[];

export function spansOf(spans: Spans): readonly Span[] {
  if (typeof spans === 'string') return [{ text: spans }];
  return isSpan(spans) ? [spans] : spans;
}

function isSpan(spans: Span | readonly Span[]): spans is Span {
  return 'text' in spans;
}
