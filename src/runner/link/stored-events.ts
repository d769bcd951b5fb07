// Asking the control plane which events of this host's journal it has on record. Its answer is the only anchor
// for the end of the journal that nobody on this host can change.
import { StoredEvents } from '../../protocol/stored-events.ts';
import { callCloud, readErrorBody, type CallOptions } from './registration.ts';

export type StoredEventsAnswer =
  | { readonly kind: 'known'; readonly eventIds: readonly string[] }
  /** A control plane of another build: there is nothing to compare with. */
  | { readonly kind: 'none' }
  | { readonly kind: 'failed'; readonly because: string };

export async function askStoredEvents(
  url: URL,
  token: string,
  options: CallOptions,
): Promise<StoredEventsAnswer> {
  const answer = await callCloud(url, { method: 'GET', bearer: token, body: null }, options);
  if ('because' in answer) return { kind: 'failed', because: answer.because };
  const { status, text } = answer;
  if (status === 404 || status === 405) return { kind: 'none' };
  if (status !== 200) {
    const { code, message } = readErrorBody(text);
    return { kind: 'failed', because: `it answered ${status} ${message || code}`.trim() };
  }
  const decoded = StoredEvents.safeParse(parse(text));
  return decoded.success ? { kind: 'known', eventIds: decoded.data.event_ids } : { kind: 'none' };
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
