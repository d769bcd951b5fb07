// What a screen holds on to: the live state, and the only ways to ask for more or to change something.
// client/session.ts makes it; screens know only this shape.
import type { z } from 'zod';
import type { StoreApi } from 'zustand/vanilla';
import type { Route } from '../../protocol/api/route.ts';
import type { Topic } from '../../protocol/events.ts';
import type { EventListener } from './reduce.ts';
import type { ConsoleState, Notice } from './state.ts';

type Part<Key extends string, Schema extends z.ZodType> =
  Record<string, never> extends z.input<Schema>
    ? { [K in Key]?: z.input<Schema> }
    : { [K in Key]: z.input<Schema> };

/** What a call of that route needs; parts that may be empty may be left out. */
export type CallParts<R extends Route> = Part<'params', R['params']> &
  Part<'query', R['query']> &
  Part<'body', R['body']>;

export type CallArguments<R extends Route> =
  Record<string, never> extends CallParts<R> ? [parts?: CallParts<R>] : [parts: CallParts<R>];

/**
 * Makes one call and answers its decoded output. Throws a Refusal: the server's own, or `unreachable`,
 * `not_emisar`, `insecure_url`.
 */
export type Call = <R extends Route>(route: R, ...parts: CallArguments<R>) => Promise<z.output<R['output']>>;

export interface SessionProfile {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly account?: string | undefined;
  readonly member?: string | undefined;
}

export interface Session {
  readonly store: StoreApi<ConsoleState>;
  /** Name, server and account; the token is not kept here. */
  readonly profile: Omit<SessionProfile, 'token'>;
  /** Adds to a topic's readers; the returned function takes this reader away, once. */
  watch(topic: Topic): () => void;
  /** Tells of every event of what is watched, just before it is applied; never of what a snapshot holds. */
  onEvent(listener: EventListener): () => void;
  /** Like `Call`, with every remote string neutralised; refuses changes with `stale_data` while not live. */
  readonly call: Call;
  /** Subscribes anew to everything that is watched, keeping what is shown until the answers come. */
  refresh(): void;
  /** Fetches the page of output before (or after) the held window; resolves when it is in the store. */
  loadOutput(runId: string, direction: 'before' | 'after' | 'tail'): Promise<void>;
  /** All output of a run as exact chunks in order, by page, from the first on; for saving to a file. */
  exactOutput(runId: string): AsyncIterable<{ stream: 'stdout' | 'stderr'; chunk: string; seq: number }>;
  notify(notice: Pick<Notice, 'tone' | 'text'> & Partial<Pick<Notice, 'fix' | 'code'>>): void;
  /** Shows a caught error as a notice: code, sentence and remedy when it is a refusal. */
  notifyFailure(error: unknown): void;
  dismissNotice(): void;
  close(): Promise<void>;
}
