// What a client reads when a call fails: RFC 9457 with our stable code and what to do (operator model E).
import { Refusal } from '../../protocol/errors.ts';
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

/** A Refusal as it is; what the HTTP layer refuses in our words; null for a bug. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof Refusal) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('invalid_request', 'Cannot read the request body: it is too large');
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE' || code === 'FST_ERR_CTP_EMPTY_TYPE') {
    return new Refusal(
      'invalid_request',
      'Cannot read the request body: it must be sent as application/json',
    );
  }
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' && status >= 400 && status < 500 ? new Refusal('invalid_request') : null;
}
