// Everything that one call can be refused for: what any call of its kind may meet, and what is its own.
import type { RefusalCode } from '../errors.ts';
import { isCreating, type Route } from './route.ts';

const anyCall = ['invalid_request', 'internal', 'unavailable'] as const;
const signedIn = ['token_missing', 'token_invalid', 'account_disabled', 'not_found'] as const;
const withBody = ['request_too_large', 'media_type_unsupported'] as const;

/** Sorted, each once. `isPublic`: it is answered without a token. */
export function refusalsOf(route: Route, isPublic: boolean): RefusalCode[] {
  const codes = new Set<RefusalCode>([...anyCall, ...route.refusals]);
  const add = (more: readonly RefusalCode[]) => more.forEach((code) => codes.add(code));
  if (route.method !== 'GET') add(withBody);
  if (isPublic) {
    // Who guesses is slowed down.
    if (route.method !== 'GET') add(['rate_limited']);
    return [...codes].toSorted();
  }
  add(signedIn);
  if (route.permission !== null) add(['insufficient_privileges']);
  if (route.method !== 'GET') add(['acting_as_read_only']);
  if (isCreating(route)) add(['idempotency_conflict', 'secrets_gone']);
  return [...codes].toSorted();
}
