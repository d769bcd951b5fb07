// Which addresses a notice may be sent to (SPEC NO4). A name is judged by every address that it stands for, and
// only what was judged is dialled, so that a name cannot turn between the two.
import { BlockList, isIP } from 'node:net';

export type AddressVerdict = { ok: true; addresses: readonly string[] } | { ok: false; because: string };

/** Never, whatever is allowed: link-local holds the credentials of cloud machines, the rest is no host at all. */
const never = listOf(
  '0.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4 ::/128 fe80::/10 ff00::/8 fd00:ec2::254/128',
);
/** Only where the operator of this control plane names them. */
const special = listOf(
  `10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16
   198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 ::1/128 ::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32
   2002::/16 3fff::/20 5f00::/16 fc00::/7 fec0::/10`,
);
const loopback = listOf('127.0.0.0/8 ::1/128');

/** `protocol` as URL has it; `addresses` are all that the host name stands for. */
export function judgeAddresses(
  protocol: string,
  addresses: readonly string[],
  allowed: BlockList,
): AddressVerdict {
  if (addresses.length === 0) return { ok: false, because: 'its name stands for no address' };
  for (const written of addresses) {
    const because = refusalOf(protocol, written, allowed);
    if (because !== null) return { ok: false, because };
  }
  return { ok: true, addresses };
}

function refusalOf(protocol: string, written: string, allowed: BlockList): string | null {
  const address = unwrapped(written);
  if (address === null || holds(never, address))
    return `it leads to ${written}, to which nothing is ever sent`;
  if (protocol !== 'https:' && !holds(loopback, address)) return 'plain http is for loopback alone';
  const isSpecial = holds(special, address) || protocol !== 'https:';
  return isSpecial && !holds(allowed, address)
    ? `it leads to ${written}, a private address that --notices-allow does not name`
    : null;
}

/** The IPv4 address inside an IPv6 one that stands for it; null for text that is no address. */
function unwrapped(written: string): string | null {
  if (isIP(written) === 4) return written;
  // A zone (`%eth0`) belongs to link-local addresses alone.
  if (isIP(written) !== 6 || written.includes('%')) return null;
  const groups = groupsOf(written);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return written;
  return groups
    .slice(6)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255])
    .join('.');
}

/** The eight groups, lower hex without leading zeros; dotted ends are written out by URL. */
function groupsOf(address: string): string[] {
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const head = left === '' ? [] : left.split(':');
  if (right === undefined) return head;
  const tail = right === '' ? [] : right.split(':');
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
}

function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function listOf(ranges: string): BlockList {
  const list = new BlockList();
  for (const range of ranges.split(/\s+/)) {
    const [address = '', bits] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
