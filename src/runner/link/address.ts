// The addresses that follow from `cloud.url`, and which URLs may be used at all.
import { STORED_EVENTS_PATH } from '../../protocol/stored-events.ts';
import { Refusal } from '../../protocol/errors.ts';

export interface CloudAddress {
  readonly register: URL;
  readonly refresh: URL;
  readonly storedEvents: URL;
  readonly socket: URL;
}

const httpOf: Record<string, string> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
};

/** Checks `cloud.url` and derives the endpoints; throws a Refusal that names what is wrong with it. */
export function cloudAddress(url: string, allowInsecure: boolean): CloudAddress {
  const base = parseBase(url);
  if (base.protocol === 'http:' && !isLoopback(base.hostname) && !allowInsecure) {
    throw new Refusal(
      'insecure_url',
      `Cannot use ${base.origin}: plain http is allowed only on this machine; use https, or set cloud.allow_insecure`,
    );
  }
  const at = (path: string) => new URL(base.href.replace(/\/+$/, '') + path);
  const socket = at('/runner/socket/websocket');
  socket.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
  return {
    register: at('/runner/register'),
    refresh: at('/runner/token/refresh'),
    storedEvents: at(STORED_EVENTS_PATH),
    socket,
  };
}

function parseBase(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const protocol = url && httpOf[url.protocol];
  if (!url || protocol === undefined || protocol === null || url.hostname === '') {
    throw refusedUrl('it must be an absolute http or https URL');
  }
  if (url.username !== '' || url.password !== '')
    throw refusedUrl('it must not hold a user name or password');
  if (url.search !== '' || url.hash !== '') throw refusedUrl('it must have no query and no fragment');
  return new URL(text.replace(/^[a-z]+:/i, protocol));
}

// The URL itself is not repeated: whoever pasted a secret into it must not find it in a log.
function refusedUrl(because: string): Refusal {
  return new Refusal('invalid_request', `Cannot use cloud.url (or EMISAR_URL): ${because}`);
}

/** True for `localhost` and for literal loopback addresses; names are never resolved. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
