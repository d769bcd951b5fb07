// Turns chunks into lines that are safe to draw. Chunks end anywhere; a line belongs to one stream.
import type { OutputChunk } from '../../protocol/api/runs.ts';
import { neutraliseLines } from '../../protocol/neutralise.ts';

export type OutputLine =
  | {
      readonly kind: 'text';
      /** Chunk that ended (or, while open, last extended) the line. */
      readonly seq: number;
      readonly stream: 'stdout' | 'stderr';
      readonly at: string;
      /** Neutralised; may be wider than the screen. */
      readonly text: string;
    }
  /** Chunks `from` to `to` never came, both included. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number };

/** A line that never ends is cut here, so that one host cannot make a line of 64 MiB. */
const LINE_MAX_UNITS = 16 * 1024;

type Stream = OutputChunk['stream'];
interface Begun {
  text: string;
  seq: number;
  at: string;
}

/** Grows `lines` chunk by chunk, in order of `seq`. */
export class LineBuilder {
  readonly lines: OutputLine[] = [];
  readonly #begun = new Map<Stream, Begun>();
  #nextSeq: number | null;

  constructor(firstSeq: number | null) {
    this.#nextSeq = firstSeq;
  }

  add({ seq, stream, chunk, at }: OutputChunk): void {
    if (this.#nextSeq !== null && seq > this.#nextSeq) this.#markGap(this.#nextSeq, seq - 1);
    this.#nextSeq = seq + 1;
    const parts = chunk.split('\n');
    const rest = parts.pop() ?? '';
    for (const part of parts) this.#end(stream, part, seq, at);
    if (rest !== '') this.#extend(stream, rest, seq, at);
  }

  /** Begun lines in the order in which their streams were last written to. */
  openLines(): OutputLine[] {
    return [...this.#begun]
      .sort(([, a], [, b]) => a.seq - b.seq)
      .map(([stream, { text, seq, at }]) => safeLine(stream, text, seq, at));
  }

  #markGap(from: number, to: number): void {
    for (const line of this.openLines()) this.lines.push(line);
    this.#begun.clear();
    this.lines.push({ kind: 'gap', from, to });
  }

  #end(stream: Stream, part: string, seq: number, at: string): void {
    const text = (this.#begun.get(stream)?.text ?? '') + part;
    this.#begun.delete(stream);
    this.#pushCut(stream, text, seq, at);
  }

  #extend(stream: Stream, part: string, seq: number, at: string): void {
    let text = (this.#begun.get(stream)?.text ?? '') + part;
    while (text.length > LINE_MAX_UNITS) {
      this.lines.push(safeLine(stream, text.slice(0, LINE_MAX_UNITS), seq, at));
      text = text.slice(LINE_MAX_UNITS);
    }
    this.#begun.set(stream, { text, seq, at });
  }

  #pushCut(stream: Stream, text: string, seq: number, at: string): void {
    let rest = text;
    while (rest.length > LINE_MAX_UNITS) {
      this.lines.push(safeLine(stream, rest.slice(0, LINE_MAX_UNITS), seq, at));
      rest = rest.slice(LINE_MAX_UNITS);
    }
    this.lines.push(safeLine(stream, rest, seq, at));
  }
}

function safeLine(stream: Stream, text: string, seq: number, at: string): OutputLine {
  return { kind: 'text', seq, stream, at, text: neutraliseLines(text) };
}
