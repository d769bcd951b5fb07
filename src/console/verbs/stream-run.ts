// Follows one run to its end: its output as it comes, each chunk once and in order, then its exit code.
// Pages are the truth; the event stream, where there is one, only says when to look.
import { getRun, getRunOutput, type RunDetail } from '../../protocol/api/runs.ts';
import { Refusal } from '../../protocol/errors.ts';
import { isTerminal } from '../../protocol/run.ts';
import { openEventStream } from '../client/event-stream.ts';
import { systemClock, type Clock } from '../store/clock.ts';
import type { Call } from '../store/session.ts';
import { EXIT, exitCodeOfRun } from './exit-code.ts';
import { createOutputWriter, type OutputStreams, type OutputWriter } from './output-writer.ts';

export interface StreamRunOptions extends OutputStreams {
  readonly clock?: Clock;
  /** Stops following; the run itself goes on. The answer is then 130. */
  readonly signal?: AbortSignal | undefined;
  /** Where to be told of news; without it the pages are asked for again and again. */
  readonly stream?:
    | {
        readonly url: string;
        readonly token: string;
        readonly as?: string | undefined;
        readonly ca?: string | undefined;
      }
    | undefined;
  /** Only the last so many chunks of what was printed before. */
  readonly tail?: number | undefined;
  /** Print what there is and stop. */
  readonly follow?: boolean | undefined;
}

const PAGE = 2000;
const LOOK_FIRST_MS = 10;
const LOOK_SLOWEST_MS = 500;
/** With a stream, in case it is down without knowing. */
const LOOK_ANYWAY_MS = 2000;
/** A control plane that stays away this long ends the wait. */
const GIVE_UP_MS = 120_000;

/** Resolves with the run's exit code as console.md 8 counts it, or 130. Throws ReaderGone when nobody reads on. */
export async function streamRun(call: Call, runId: string, options: StreamRunOptions): Promise<number> {
  const clock = options.clock ?? systemClock;
  const writer = createOutputWriter(options);
  const news = watchNews(runId, options, clock);
  let after = await startOf(call, runId, options.tail);
  let unreachableSince: number | null = null;
  let waitMs = LOOK_FIRST_MS;
  try {
    for (;;) {
      if (options.signal?.aborted === true) return EXIT.interrupted;
      try {
        // Whether it has ended is asked before the output: what is printed after that is all there is.
        const run = await call(getRun, { params: { id: runId } });
        const before = after;
        after = await printAfter(call, runId, after, writer, options);
        unreachableSince = null;
        if (isTerminal(run.status)) return finish(run, options);
        if (options.follow === false) return EXIT.done;
        waitMs = after > before ? LOOK_FIRST_MS : Math.min(waitMs * 1.5, LOOK_SLOWEST_MS);
      } catch (error) {
        unreachableSince ??= clock.now();
        if (!isPassing(error) || clock.now() - unreachableSince > GIVE_UP_MS) throw error;
        waitMs = LOOK_SLOWEST_MS;
      }
      await news.wait(options.stream === undefined || unreachableSince !== null ? waitMs : LOOK_ANYWAY_MS);
    }
  } finally {
    news.close();
    writer.end();
  }
}

async function startOf(call: Call, runId: string, tail: number | undefined): Promise<number> {
  if (tail === undefined) return 0;
  const page = await call(getRunOutput, { params: { id: runId }, query: { limit: tail } });
  return page.first_seq === null ? 0 : page.first_seq - 1;
}

async function printAfter(
  call: Call,
  runId: string,
  from: number,
  writer: OutputWriter,
  { stderr }: OutputStreams,
): Promise<number> {
  let after = from;
  for (;;) {
    const page = await call(getRunOutput, {
      params: { id: runId },
      query: { after_seq: after, limit: PAGE },
    });
    for (const chunk of page.items) {
      if (chunk.seq <= after) continue;
      if (chunk.seq > after + 1)
        stderr.write(`emisar-console: output chunks ${after + 1} to ${chunk.seq - 1} were lost\n`);
      after = chunk.seq;
      await writer.write(chunk);
    }
    if (!page.more_after || page.items.length === 0) return after;
  }
}

function finish(run: RunDetail, { stderr }: OutputStreams): number {
  if (run.status !== 'success' && run.status !== 'failed') {
    const why = run.explanation ?? run.cause ?? '';
    stderr.write(`emisar-console: the run ended as ${run.status}${why === '' ? '' : `: ${oneLine(why)}`}\n`);
  }
  if (run.output_complete === false) stderr.write('emisar-console: the output is not complete\n');
  return exitCodeOfRun(run);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
}

function isPassing(error: unknown): boolean {
  return error instanceof Refusal && (error.code === 'unreachable' || error.code === 'unavailable');
}

interface News {
  /** Until something happened to the run, the time is over, or the person interrupts. */
  wait(ms: number): Promise<void>;
  close(): void;
}

function watchNews(runId: string, { stream, signal }: StreamRunOptions, clock: Clock): News {
  let wake: (() => void) | null = null;
  let missed = false;
  const ring = () => {
    missed = wake === null;
    wake?.();
  };
  const source =
    stream === undefined ? null : openEventStream({ ...stream, clock, onLink: () => {}, onReply: ring });
  source?.watch(`run:${runId}`);
  signal?.addEventListener('abort', ring);
  return {
    wait(ms) {
      return new Promise((resolve) => {
        const done = () => {
          callOff();
          wake = null;
          resolve();
        };
        const callOff = clock.after(ms, done);
        wake = done;
        if (missed || signal?.aborted === true) done();
        missed = false;
      });
    },
    close() {
      source?.close();
      signal?.removeEventListener('abort', ring);
    },
  };
}
