// The HTTP server itself: headers, bodies, and how a failed call is answered. Which calls there are, is mount.ts.
import helmet from '@fastify/helmet';
import type { Socket } from 'node:net';
import fastify, {
  type ConnectionError,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { Refusal } from '../../protocol/errors.ts';
import { VERSION, type TlsFiles } from '../config.ts';
import type { JsonBody } from './mount.ts';
import { refuseUpgrade } from './refuse-upgrade.ts';
import { PROBLEM_TYPE, problemOf, refusalOf } from './problem.ts';

const MAX_BODY_BYTES = 256 * 1024;
const REQUEST_WITHIN_MS = 30_000;

export async function createServer({
  log,
  tls,
}: {
  log: Logger;
  tls: TlsFiles | null;
}): Promise<FastifyInstance> {
  const options = {
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_WITHIN_MS,
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: 'idle' as const,
    // Its own answer to who comes too late is no problem document.
    return503OnClosing: false,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, refusalOf(error) ?? new Refusal('invalid_request')),
    clientErrorHandler: refuseUnreadable,
  };
  // The type of a TLS server differs from that of a plain one only in its socket, which nobody here touches.
  const app = tls
    ? (fastify({ ...options, https: { ...tls, minVersion: 'TLSv1.2' } }) as unknown as FastifyInstance)
    : fastify(options);
  let isClosing = false;
  app.addHook('preClose', async () => void (isClosing = true));
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('emisar-server', VERSION);
    if (isClosing) throw new Refusal('unavailable');
  });
  await app.register(helmet);
  acceptJson(app);
  app.setNotFoundHandler(() => {
    throw new Refusal('not_found', 'Cannot find this path: the operator API is below /api/v1');
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = refusalOf(error);
    if (!refusal)
      log.error({ err: error, method: request.method, path: request.routeOptions.url }, 'call failed');
    return sendProblem(reply, refusal ?? new Refusal('internal'));
  });
  return app;
}

function sendProblem(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfterSeconds) reply.header('retry-after', refusal.retryAfterSeconds);
  if (refusal.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .status(refusal.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problemOf(refusal)));
}

/** What is no HTTP never becomes a request; whoever hung up is told nothing. */
function refuseUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const refusal =
    refusalOf(error) ?? new Refusal('invalid_request', 'Cannot read the request: it is not HTTP');
  refuseUpgrade(socket, refusal.status, problemOf(refusal), PROBLEM_TYPE);
}

function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const text = String(body);
    if (text.trim() === '') return done(null, null);
    try {
      done(null, { text, value: JSON.parse(text) } satisfies JsonBody);
    } catch {
      done(new Refusal('invalid_request', 'Cannot read the request body: it is not JSON'), undefined);
    }
  });
}
