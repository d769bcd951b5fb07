// What hosts call: registration, the successor of a token, and what their journal is held against, answered byte for byte as runners of any
// build expect it (wire protocol 2 and 3), so not as problem documents.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { RegisterRequest } from '../../protocol/frames.ts';
import { tryDecode } from '../../protocol/decode.ts';
import { Refusal } from '../../protocol/errors.ts';
import { STORED_EVENTS_PATH, type StoredEvents } from '../../protocol/stored-events.ts';
import type { Enrollment } from '../enrollment/enrollment.ts';
import type { RunnerTokens } from '../runners/runner-tokens.ts';
import { bearerOf } from '../tokens/secret-hash.ts';
import type { FailedRegistrations } from './failed-registrations.ts';
import type { JsonBody } from './mount.ts';
import { refusalOf } from './problem.ts';

const MAX_REGISTRATION_BYTES = 96 * 1024;

interface Parts {
  enrollment: Enrollment;
  tokens: RunnerTokens;
  storedEvents: (runnerId: string) => Promise<string[]>;
  failures: FailedRegistrations;
  addressOf: (request: FastifyRequest) => string;
  log: Logger;
}

export async function mountRunnerEndpoints(app: FastifyInstance, parts: Parts): Promise<void> {
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => {
      parts.failures.note(parts.addressOf(request));
      const refusal = refusalOf(error);
      if (!refusal) parts.log.error({ err: error }, 'registration failed');
      return reply
        .status(refusal ? 400 : 500)
        .send({ error: 'register_failed', message: refusal?.message ?? 'internal' });
    });
    scope.post('/runner/register', { bodyLimit: MAX_REGISTRATION_BYTES }, async (request, reply) => {
      const address = parts.addressOf(request);
      const waitSeconds = parts.failures.waitSeconds(address);
      if (waitSeconds !== null) {
        reply.header('retry-after', waitSeconds);
        return reply.status(429).send({
          error: 'rate_limited',
          message: `Too many failed registrations. Retry in ${waitSeconds}s.`,
        });
      }
      const answer = await register(parts.enrollment, request, address);
      if (answer.status !== 201) {
        parts.failures.note(address);
        parts.log.warn(
          { address, status: answer.status, error: 'error' in answer.body ? answer.body.error : null },
          'registration refused',
        );
      }
      return reply.status(answer.status).send(answer.body);
    });
    scope.post('/runner/token/refresh', async (request, reply) => {
      const secret = bearerOf(request.headers.authorization);
      if (secret === null) return unauthorized(reply, 'missing_bearer');
      const answer = await parts.tokens.refresh(secret);
      if (answer.ok) return reply.status(200).send(answer.issued);
      if (answer.because === 'not_due') return reply.status(409).send({ error: 'not_due' });
      return unauthorized(reply, answer.because);
    });
    scope.get(STORED_EVENTS_PATH, async (request, reply) => {
      const secret = bearerOf(request.headers.authorization);
      if (secret === null) return unauthorized(reply, 'missing_bearer');
      const verdict = await parts.tokens.verify(secret);
      if (!verdict.ok) return unauthorized(reply, verdict.because);
      const answer: StoredEvents = { event_ids: await parts.storedEvents(verdict.bearer.runnerId) };
      return reply.status(200).send(answer);
    });
  });
}

function unauthorized(reply: FastifyReply, error: string) {
  return reply.status(401).send({ error });
}

async function register(enrollment: Enrollment, request: FastifyRequest, address: string) {
  const secret = bearerOf(request.headers.authorization);
  if (secret === null) return { status: 401, body: { error: 'missing_bearer' } };
  const { value } = (request.body ?? { value: {} }) as JsonBody;
  // An identity that is absent or no text is the same fault to a host as a blank one.
  const stated = typeof value === 'object' && value !== null ? value : {};
  const decoded = tryDecode(RegisterRequest, { external_id: '', ...stated });
  if (!decoded.ok) {
    const error = decoded.path === 'external_id' ? 'invalid_external_id' : 'register_failed';
    return { status: 400, body: { error, message: `${decoded.path}: ${decoded.because}` } };
  }
  const { external_id: externalId, hostname, group, version, labels } = decoded.value;
  try {
    const applicant = { externalId, hostname, group, version, labels, address };
    return { status: 201, body: await enrollment.redeem(secret, applicant) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { name } = error.about;
    const message = `${error.message}. ${error.fix}`;
    return {
      status: error.status,
      body: { error: error.code, ...(name === undefined ? {} : { name }), message },
    };
  }
}
