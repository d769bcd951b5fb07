import { expect, test } from 'vitest';
import { judgeAddresses } from '../../../src/cloud/notices/address-rule.ts';
import { blockListOf } from './told-cloud.ts';

const allowed = blockListOf('127.0.0.0/8', '10.1.0.0/16', '169.254.0.0/16', 'fd00::/8');

test.each([
  ['https:', ['93.184.216.34'], true],
  ['https:', ['2606:2800:220:1::1'], true],
  ['https:', ['64:ff9b::5db8:d822'], true],
  ['https:', ['10.1.0.1'], true],
  ['https:', ['::ffff:10.1.0.1'], true],
  ['https:', ['fd12::1'], true],
  ['http:', ['127.0.0.1'], true],
  ['https:', ['10.2.0.1'], false],
  ['https:', ['172.31.255.255'], false],
  ['https:', ['172.32.0.1'], true],
  ['https:', ['192.168.0.1'], false],
  ['https:', ['100.64.0.1'], false],
  ['https:', ['::1'], false],
  ['https:', ['::ffff:192.168.0.1'], false],
  ['https:', ['64:ff9b::c0a8:1'], false],
  ['https:', ['2002:c0a8:1::1'], false],
  ['https:', ['::c0a8:1'], false],
  // Of two that a name stands for, the worse counts.
  ['https:', ['93.184.216.34', '10.2.0.1'], false],
  // Never, although the list names them.
  ['https:', ['169.254.169.254'], false],
  ['https:', ['::ffff:169.254.169.254'], false],
  ['https:', ['64:ff9b::a9fe:a9fe'], false],
  ['https:', ['fe80::1'], false],
  ['https:', ['fe80::1%eth0'], false],
  ['https:', ['fd00:ec2::254'], false],
  ['https:', ['0.0.0.0'], false],
  ['https:', ['::'], false],
  ['https:', ['224.0.0.1'], false],
  // Plain http: loopback that is allowed, nothing else.
  ['http:', ['10.1.0.1'], false],
  ['http:', ['93.184.216.34'], false],
  ['http:', ['::1'], false],
  ['https:', [], false],
])('NO4: %s to %j: %s', (protocol, addresses, ok) => {
  expect(judgeAddresses(protocol, addresses, allowed).ok).toBe(ok);
});

test('NO4: without a list nothing private is dialled, loopback included', () => {
  for (const address of ['127.0.0.1', '10.1.0.1', 'fd12::1'])
    expect(judgeAddresses('https:', [address], blockListOf())).toMatchObject({
      ok: false,
      because: `it leads to ${address}, a private address that --notices-allow does not name`,
    });
});
