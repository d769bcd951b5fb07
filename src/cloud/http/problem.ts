// What a client reads when a call fails: RFC 9457 with our stable code and what to do (operator model E).
import { Refusal, type RefusalCode } from '../../protocol/errors.ts';
import type { Problem } from '../../protocol/api/route.ts';

export const PROBLEM_TYPE = 'application/problem+json';

export function problemOf(refusal: Refusal): Problem {
  return {
    type: `urn:emisar:refusal:${refusal.code}`,
    title: refusal.code.replaceAll('_', ' '),
    status: refusal.status,
    code: refusal.code,
    detail: refusal.message,
    fix: refusal.fix,
    ...(Object.keys(refusal.about).length === 0 ? {} : { about: refusal.about }),
  };
}

/** What Fastify and Node's parser call what we have a code for. */
const inOurWords: Readonly<Record<string, RefusalCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  HPE_HEADER_OVERFLOW: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_EMPTY_TYPE: 'media_type_unsupported',
};

/** A Refusal as it is; what the HTTP layer refuses in our words; null for a bug. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = inOurWords[code];
  if (known) return new Refusal(known);
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' && status >= 400 && status < 500 ? new Refusal('invalid_request') : null;
}
