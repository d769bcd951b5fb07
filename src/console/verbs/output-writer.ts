// Passes a run's output on: exact bytes into a pipe, neutralised on a terminal.
import { neutraliseLines } from '../../protocol/neutralise.ts';
import type { OutputChunk } from '../../protocol/api/runs.ts';
import { ReaderGone } from './verb-io.ts';

export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface OutputWriter {
  /** Resolves when the stream can take more; throws ReaderGone when nobody reads it any more. */
  write(chunk: Pick<OutputChunk, 'stream' | 'chunk'>): Promise<void>;
  end(): void;
}

export interface OutputStreams {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** Overrides what the streams say about themselves. */
  readonly neutralise?: boolean | undefined;
}

export function createOutputWriter(streams: OutputStreams): OutputWriter {
  const gone = new Map<OutputStream, Error>();
  const offs = [streams.stdout, streams.stderr].map((stream) =>
    listen(stream, (error) => gone.set(stream, error)),
  );
  // A carriage return at a chunk's end may belong to a line feed that comes next.
  const heldBack = new Map<string, string>();

  return {
    async write({ stream, chunk }) {
      const target = streams[stream];
      const failed = gone.get(target);
      if (failed !== undefined) throw endOf(failed);
      const safe = streams.neutralise ?? target.isTTY === true;
      const text = safe ? safeText(heldBack, stream, chunk) : chunk;
      if (text !== '' && !target.write(text)) await drained(target);
      const failedNow = gone.get(target);
      if (failedNow !== undefined) throw endOf(failedNow);
    },
    end() {
      for (const off of offs) off();
    },
  };
}

function safeText(heldBack: Map<string, string>, stream: string, chunk: string): string {
  const text = (heldBack.get(stream) ?? '') + chunk;
  const held = text.endsWith('\r') ? '\r' : '';
  heldBack.set(stream, held);
  return neutraliseLines(held === '' ? text : text.slice(0, -1));
}

function listen(stream: OutputStream, failed: (error: Error) => void): () => void {
  // Plain sinks have no events; they also never fail.
  if (typeof stream.on !== 'function') return () => {};
  stream.on('error', failed);
  return () => stream.removeListener('error', failed);
}

function drained(stream: OutputStream): Promise<void> {
  if (typeof stream.once !== 'function') return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      for (const name of ['drain', 'error', 'close']) stream.removeListener(name, done);
      resolve();
    };
    for (const name of ['drain', 'error', 'close']) stream.once(name, done);
  });
}

function endOf(error: Error): Error {
  const { code } = error as { code?: unknown };
  return code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' ? new ReaderGone() : error;
}
