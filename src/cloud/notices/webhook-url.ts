// The address of a webhook as it is given: its shape, and what can be said of it before anything is sent.
import { isIP, type BlockList } from 'node:net';
import { Refusal } from '../../protocol/errors.ts';
import { judgeAddresses } from './address-rule.ts';

/**
 * Refuses `webhook_url_refused`. A name is judged by its addresses whenever something is sent to it.
 */
export function checkedUrl(text: string, allowed: BlockList): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new Refusal('webhook_url_refused', 'Cannot send notices there: it is no https address');
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw new Refusal(
      'webhook_url_refused',
      'Cannot send notices there: the address holds a user or a fragment',
    );
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) === 0 && (url.protocol === 'https:' || host === 'localhost')) return url.href;
  const verdict =
    isIP(host) === 0
      ? { ok: false as const, because: 'plain http is for loopback alone' }
      : judgeAddresses(url.protocol, [host], allowed);
  if (!verdict.ok) throw new Refusal('webhook_url_refused', `Cannot send notices there: ${verdict.because}`);
  return url.href;
}
