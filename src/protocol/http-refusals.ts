// The part of the catalogue of refusals that is about the call itself: its size, its kind, and making it twice.
import type { RefusalEntry } from './refusal-entry.ts';

export const httpRefusals = {
  request_too_large: {
    status: 413,
    sentence: 'Cannot read the request: it is too large',
    fix: 'Send less at once',
  },
  media_type_unsupported: {
    status: 415,
    sentence: 'Cannot read the request body: it must be sent as application/json',
    fix: 'Send JSON, with the header Content-Type: application/json',
  },
  idempotency_conflict: {
    status: 422,
    sentence: 'Cannot answer: this idempotency key was used for another request',
    fix: 'Use a fresh key for each request that is not the same one again',
  },
  secrets_gone: {
    status: 409,
    sentence:
      'Cannot answer again: the request was carried out, and the secrets it made were shown that once',
    fix: 'Revoke what it made if the first answer was lost, then ask again with a fresh idempotency key',
  },
} as const satisfies Record<string, RefusalEntry>;
