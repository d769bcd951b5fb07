// Serves bound routes: who is asking, whether their role may, then the decoded call. Deny by default: a route
// exists only by being declared with its permission, and a path's other methods are answered 405.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { decode } from '../../protocol/decode.ts';
import { publicRoutes, routes } from '../../protocol/api/routes.ts';
import { Refusal } from '../../protocol/errors.ts';
import { isCreating, type Route } from '../../protocol/api/route.ts';
import { may } from '../../protocol/permission.ts';
import { API_PREFIX } from '../../protocol/version.ts';
import type { BoundRoute, Caller, PublicRoute, TextAnswer } from './bound-route.ts';
import type { Idempotency } from './idempotency.ts';
import type { FailedRegistrations } from './failed-registrations.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
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
  { authenticate, idempotency }: { authenticate: Authenticate; idempotency: Idempotency },
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
        reply.status(one.route.status);
        const key = isCreating(one.route) ? idempotencyKeyOf(request) : null;
        if (key !== null) return sendOnce(reply, idempotency, { one, request, caller, key });
        const answered = await answer(one, request, caller);
        if (one.route.mediaType === undefined) return reply.send(answered);
        // Only bindText binds such a route.
        const { text, headers } = answered as TextAnswer;
        return reply.type(one.route.mediaType).headers(headers).send(text);
      },
    });
  }
  refuseOtherMethods(app, bound);
  requireWhole(bound, routes);
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
        const wait = parts.failures.waitSeconds(address);
        // Reading is no guessing.
        if (wait !== null && route.method !== 'GET') throw new Refusal('rate_limited', undefined, {}, wait);
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
  refuseOtherMethods(app, bound);
  requireWhole(bound, publicRoutes);
}

/** What is served is what is declared, documented and tested: nothing beside it, and nothing missing. */
function requireWhole(bound: readonly { route: Route }[], declared: readonly Route[]): void {
  const served = new Set(bound.map(({ route }) => route));
  const stray = [...served].filter((route) => !declared.includes(route));
  const missing = declared.filter((route) => !served.has(route));
  const [wrong] = [...stray, ...missing];
  if (wrong) throw new Error(`${wrong.method} ${wrong.path} is served or declared, but not both`);
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
    ifMatch: ifMatchOf(request),
    rawBody: body?.text ?? '',
  });
}

async function sendOnce(
  reply: FastifyReply,
  idempotency: Idempotency,
  call: { one: BoundRoute; request: FastifyRequest; caller: Caller; key: string },
): Promise<FastifyReply> {
  const { one, request, caller, key } = call;
  const rawBody = ((request.body ?? null) as JsonBody | null)?.text ?? '';
  const { text, isRepeated } = await idempotency.once(
    { caller, key, route: one.route, url: request.url, rawBody },
    () => answer(one, request, caller),
  );
  if (isRepeated) reply.header('idempotency-replayed', 'true');
  return reply.type('application/json; charset=utf-8').send(text);
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

function refuseOtherMethods(app: FastifyInstance, bound: readonly { route: Route }[]): void {
  const known = new Map<string, Set<string>>();
  for (const { route } of bound) {
    const methods = known.get(route.path) ?? new Set();
    known.set(route.path, methods.add(route.method));
    // Fastify answers it wherever there is a GET.
    if (route.method === 'GET') methods.add('HEAD');
  }
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
