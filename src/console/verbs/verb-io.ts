// The world of a verb: streams, environment, time. A closed pipe ends a verb quietly.
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../store/clock.ts';

export interface VerbIo {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Fires when the person interrupts. */
  readonly signal?: AbortSignal | undefined;
  /** PEM of a private authority. */
  readonly ca?: string | undefined;
}

/** The reader of our output went away (`| head`); nobody is left to tell anything. */
export class ReaderGone extends Error {}

/** Exit code of a program that a closed pipe ended, as shells count it. */
export const READER_GONE_EXIT = 141;

/** Writes and waits until the stream can take more. Throws ReaderGone when it is closed. */
export async function writeText(stream: Writable, text: string): Promise<void> {
  if (text === '') return;
  await new Promise<void>((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) return resolve();
      const { code } = error as { code?: unknown };
      reject(code === 'EPIPE' || code === 'ERR_STREAM_DESTROYED' ? new ReaderGone() : error);
    });
  });
}

/** A write that fails is told to its writer; without a listener the same error would also end the process. */
export function holdErrors(...streams: Writable[]): () => void {
  const ignore = () => {};
  for (const stream of streams) stream.on('error', ignore);
  return () => {
    for (const stream of streams) stream.off('error', ignore);
  };
}

/** Everything on stdin, at most `limit` UTF-16 units. */
export async function readAll(stdin: Readable, limit = 4 * 1024 * 1024): Promise<string> {
  let text = '';
  for await (const part of stdin) {
    text += String(part);
    if (text.length > limit) break;
  }
  return text;
}
