import type { IncomingMessage } from 'node:http';
import { BlockList } from 'node:net';
import { expect, test } from 'vitest';
import { clientAddress } from '../../../src/cloud/http/client-address.ts';

const proxies = new BlockList();
proxies.addSubnet('10.0.0.0', 8, 'ipv4');

// Only these two fields of a request are looked at.
const request = (peer: string, forwarded?: string) =>
  ({
    socket: { remoteAddress: peer },
    headers: { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

test.each([
  ['nobody is trusted', request('198.51.100.7', '203.0.113.9'), null, '198.51.100.7'],
  ['the peer is no proxy', request('198.51.100.7', '203.0.113.9'), proxies, '198.51.100.7'],
  ['the peer is a proxy', request('10.1.1.1', '203.0.113.9'), proxies, '203.0.113.9'],
  ['two proxies stand in a row', request('10.1.1.1', '203.0.113.9, 10.2.2.2'), proxies, '203.0.113.9'],
  [
    'the client forged what is left of it',
    request('10.1.1.1', '127.0.0.1, 203.0.113.9'),
    proxies,
    '203.0.113.9',
  ],
  ['the proxy says nothing', request('10.1.1.1'), proxies, '10.1.1.1'],
  ['the proxy says nonsense', request('10.1.1.1', 'unknown'), proxies, '10.1.1.1'],
  ['the peer is written as IPv6', request('::ffff:10.1.1.1', '203.0.113.9'), proxies, '203.0.113.9'],
])('the address of a client when %s', (_when, asked, trusted, expected) => {
  expect(clientAddress(asked, trusted)).toBe(expected);
});
