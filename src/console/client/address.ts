// Which control planes a token may be sent to at all.
import { API_PREFIX } from '../../protocol/version.ts';
import { Refusal } from '../../protocol/errors.ts';

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/i;

/**
 * The control plane's address without a trailing slash, query or fragment. Refuses with `insecure_url`
 * plain http beyond this machine, with `invalid_request` what is no web address or holds credentials.
 */
export function controlPlaneUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new Refusal('invalid_request', 'Cannot use this URL: it must begin with https:// or http://');
  }
  if (url.username !== '' || url.password !== '') {
    throw new Refusal('invalid_request', 'Cannot use this URL: it must not hold a user name or password');
  }
  if (url.protocol === 'http:' && !loopback.test(url.hostname)) {
    throw new Refusal('insecure_url', `Cannot use plain http for ${url.host}: it lies beyond this machine`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Host and port as a person names the server. */
export function hostOf(url: string): string {
  return new URL(url).host;
}

/** Address of the event stream of that control plane. */
export function streamUrl(url: string): string {
  return `${url.replace(/^http/, 'ws')}${API_PREFIX}/stream`;
}
