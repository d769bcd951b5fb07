// Serves bound routes: who is asking, whether their role may, then the decoded call. Deny by default: a route
// exists only by being declared with its permission, and a path's other methods are answered 405.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decode } from '../../protocol/decode.ts';
import { Refusal } from '../../protocol/errors.ts';
import { may } from '../../protocol/permission.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import type { BoundRoute, Caller, PublicRoute, TextAnswer } from './bound-route.ts';
import type { FailedRegistrations } from './failed-registrations.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
const MAX_IDEMPOTENCY_KEY = 128;

export type Authenticate = (request: FastifyRequest) => Promise<Caller>;

/** Bodies arrive as text, so that who needs number literals untouched can have them. */
export interface JsonBody {
  text: string;
  value: unknown;
}

export function mountRoutes(
  app: FastifyInstance,
  bound: readonly BoundRoute[],
  authenticate: Authenticate,
): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  for (const one of bound) {
    app.route({
      method: one.route.method,
      url: API_PREFIX + one.route.path,
      // Before the body is read: who may not ask shall not make us read megabytes.
      onRequest: async (request) => {
        const caller = await authenticate(request);
        const { permission, method } = one.route;
        if (caller.actingAs && method !== 'GET') throw new Refusal('acting_as_read_only');
        if (permission !== null && !may(caller.role, permission))
          throw new Refusal('insufficient_privileges');
        callers.set(request, caller);
      },
      handler: async (request, reply) => {
        const caller = callers.get(request);
        if (!caller) throw new Refusal('token_missing');
        const answered = await answer(one, request, caller);
        reply.status(one.route.status);
        if (one.route.mediaType === undefined) return reply.send(answered);
        // Only bindText binds such a route.
        const { text, headers } = answered as TextAnswer;
        return reply.type(one.route.mediaType).headers(headers).send(text);
      },
    });
  }
  refuseOtherMethods(app, bound);
}

/** Serves what needs no token. `failures` slows down who guesses: thirty wrong answers a minute and address. */
export function mountPublicRoutes(
  app: FastifyInstance,
  bound: readonly PublicRoute[],
  parts: { failures: FailedRegistrations; addressOf: (request: FastifyRequest) => string },
): void {
  for (const { route, answer: call } of bound) {
    app.route({
      method: route.method,
      url: API_PREFIX + route.path,
      handler: async (request, reply) => {
        const address = parts.addressOf(request);
        if (parts.failures.waitSeconds(address) !== null) throw new Refusal('rate_limited');
        const sent = (request.body ?? null) as JsonBody | null;
        const body = decode(route.body, sent?.value ?? {}, 'the request body');
        try {
          return await reply.status(route.status).send(await call({ body, ipAddress: address }));
        } catch (error) {
          if (error instanceof Refusal && error.status === 401) parts.failures.note(address);
          throw error;
        }
      },
    });
  }
}

async function answer(
  { route, answer: call }: BoundRoute,
  request: FastifyRequest,
  caller: Caller,
): Promise<unknown> {
  const body = (request.body ?? null) as JsonBody | null;
  return call({
    caller,
    params: decode(route.params, request.params, 'the path'),
    query: decode(route.query, request.query, 'the query'),
    body: decode(route.body, body?.value ?? {}, 'the request body'),
    idempotencyKey: idempotencyKeyOf(request),
    ifMatch: ifMatchOf(request),
    rawBody: body?.text ?? '',
  });
}

function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key.length > MAX_IDEMPOTENCY_KEY || !/^[\x21-\x7e]+$/.test(key)) {
    throw new Refusal(
      'invalid_request',
      `Cannot read Idempotency-Key: it is 1 to ${MAX_IDEMPOTENCY_KEY} visible characters`,
    );
  }
  return key;
}

function ifMatchOf(request: FastifyRequest): number | null {
  const header = request.headers['if-match'];
  if (header === undefined) return null;
  const version = /^"?(\d{1,15})"?$/.exec(header)?.[1];
  if (version === undefined) {
    throw new Refusal('invalid_request', 'Cannot read If-Match: it is a version, such as "3"');
  }
  return Number(version);
}

function refuseOtherMethods(app: FastifyInstance, bound: readonly BoundRoute[]): void {
  const known = new Map<string, Set<string>>();
  for (const { route } of bound)
    known.set(route.path, (known.get(route.path) ?? new Set()).add(route.method));
  for (const [path, methods] of known) {
    const others = METHODS.filter((method) => !methods.has(method));
    const allow = [...methods].join(', ');
    app.route({
      method: others,
      url: API_PREFIX + path,
      exposeHeadRoute: false,
      onRequest: async (_request: FastifyRequest, reply: FastifyReply) => {
        reply.header('allow', allow);
        throw new Refusal('method_not_allowed');
      },
      handler: () => null,
    });
  }
}
