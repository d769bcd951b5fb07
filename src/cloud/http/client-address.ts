// Where a request came from: the peer, or what a trusted proxy says about it. Nobody else's word counts.
import type { IncomingMessage } from 'node:http';
import { isIP, type BlockList } from 'node:net';

/** The address of the client; the last one in X-Forwarded-For that is no trusted proxy itself. */
export function clientAddress(request: IncomingMessage, proxies: BlockList | null): string {
  const peer = plainAddress(request.socket.remoteAddress ?? '');
  if (!proxies || !isProxy(peer, proxies)) return peer;
  const header = request.headers['x-forwarded-for'];
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((hop) => plainAddress(hop.trim()));
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return peer;
    if (!isProxy(hop, proxies)) return hop;
  }
  return peer;
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

function isProxy(address: string, proxies: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && proxies.check(address, family === 4 ? 'ipv4' : 'ipv6');
}
