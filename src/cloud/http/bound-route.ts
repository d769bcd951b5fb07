// One route of the operator API joined to what answers it. Domains export these; mount.ts serves them.
import type { z } from 'zod';
import type { Route } from '../../protocol/api/route.ts';
import type { Access } from '../../protocol/access.ts';
import type { Role } from '../../protocol/permission.ts';
import type { Reach } from '../../protocol/scope.ts';
import type { Actor } from '../audit/audit.ts';

/** Whose token was presented. */
export interface Caller {
  accountId: string;
  memberId: string;
  memberName: string;
  role: Role;
  /** Which runners and packs exist for this caller; whatever lies outside is absent to them. */
  reach: Reach;
  tokenId: string;
  /** When the token ends by itself; null or absent for one that does not. */
  tokenExpiresAt?: number | null;
  /** What the token is narrowed to; null or absent for one that reaches what its member reaches. */
  tokenScope?: Access | null;
  /** The member as whom they only look: nothing may be changed meanwhile. */
  actingAs?: { id: string; name: string };
  ipAddress: string | null;
  /** The same person as the audit trail names them. */
  actor: Actor;
}

export interface Call<R extends Route> {
  caller: Caller;
  params: z.output<R['params']>;
  query: z.output<R['query']>;
  body: z.output<R['body']>;
  /** The version of `If-Match: "N"`, for what is changed only if it still is what was looked at. */
  ifMatch: number | null;
  /** The body as it arrived, for who needs number literals untouched; empty when there was none. */
  rawBody: string;
}

/** Answers one call; an expected "no" is thrown as a Refusal. */
export type Handler<R extends Route> = (call: Call<R>) => Promise<z.input<R['output']>>;

export interface BoundRoute {
  readonly route: Route;
  readonly answer: (call: Call<Route>) => Promise<unknown>;
}

/** The answer of a route that has a media type of its own. */
export interface TextAnswer {
  text: string;
  headers: Record<string, string>;
}

/** For a route whose answer is text of its `mediaType`. */
export function bindText<R extends Route>(
  route: R,
  handler: (call: Call<R>) => Promise<TextAnswer>,
): BoundRoute {
  return { route, answer: handler };
}

/** One that is answered without a token; who asks is known by address alone. */
export interface PublicRoute {
  readonly route: Route;
  readonly answer: (call: PublicCall<Route>) => Promise<unknown>;
}

export interface PublicCall<R extends Route> {
  body: z.output<R['body']>;
  ipAddress: string | null;
}

export function bindPublic<R extends Route>(
  route: R,
  handler: (call: PublicCall<R>) => Promise<z.input<R['output']>>,
): PublicRoute {
  return { route, answer: handler };
}

export function bind<R extends Route>(route: R, handler: Handler<R>): BoundRoute {
  // The mount decodes params, query and body by this same route before it calls, so the types hold.
  return { route, answer: handler };
}
