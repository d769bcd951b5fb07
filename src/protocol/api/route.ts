// How one call of the operator API is described: once, for the server that mounts it and the client that makes it.
import { z } from 'zod';
import type { RefusalCode } from '../errors.ts';
import type { Permission } from '../permission.ts';

export interface Route<
  Params extends z.ZodType = z.ZodType,
  Query extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the API prefix, parameters as `:id`. */
  readonly path: string;
  /** What the caller's role must allow; null for what every signed-in member may ask. */
  readonly permission: Permission | null;
  readonly summary: string;
  /** What it refuses beyond what any call of its kind may be refused for (refusals-of.ts). */
  readonly refusals: readonly RefusalCode[];
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly output: Output;
  /** Status of success. */
  readonly status: number;
  /** Set when the answer is text of that kind instead of JSON. */
  readonly mediaType?: string | undefined;
}

export const nothing = z.object({});
export type Nothing = typeof nothing;

/** Declares a route; parts that are left out are empty. */
export function route<
  Output extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(parts: {
  method: Route['method'];
  path: string;
  permission: Permission | null;
  summary: string;
  output: Output;
  refusals?: readonly RefusalCode[];
  params?: Params;
  query?: Query;
  body?: Body;
  status?: number;
  mediaType?: string;
}): Route<Params, Query, Body, Output> {
  const made: Route<Params, Query, Body, Output> = {
    status: 200,
    refusals: [],
    params: nothing as unknown as Params,
    query: nothing as unknown as Query,
    body: nothing as unknown as Body,
    ...parts,
  };
  declared.add(made);
  return made;
}

const declared = new WeakSet<object>();

/** True for what `route` made. */
export function isRoute(value: unknown): value is Route {
  return typeof value === 'object' && value !== null && declared.has(value);
}

/**
 * True for a call that makes something new each time it is made: it takes an `Idempotency-Key`, and made again with
 * the same key it is answered with what the first one made.
 */
export function isCreating({ method, status }: Pick<Route, 'method' | 'status'>): boolean {
  return method === 'POST' && status === 201;
}

/** Shown in one answer and kept nowhere. Whatever an answer holds of that kind is this very schema. */
export const Secret = z.string();

export const ById = z.object({ id: z.string().min(1).max(128) });

/** Instants travel as RFC 3339 in UTC. */
export const Instant = z.iso.datetime({ offset: true });
export const MaybeInstant = Instant.nullable();

export const PageQuery = z.object({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** One page: `next_cursor` is null on the last one; `total` counts what the filter matches, in scope. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: z.string().nullable(), total: z.number().int() });
}

/** RFC 9457, with our stable code and what to do. */
export const Problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  fix: z.string(),
  about: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;
