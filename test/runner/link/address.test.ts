// Where a runner dials, and where it must not.
import { expect, test } from 'vitest';
import { cloudAddress } from '../../../src/runner/link/address.ts';

test.each([
  ['https://cp.example.test', 'https://cp.example.test', 'wss://cp.example.test'],
  ['wss://cp.example.test/', 'https://cp.example.test', 'wss://cp.example.test'],
  [
    'https://cp.example.test:8443/base//',
    'https://cp.example.test:8443/base',
    'wss://cp.example.test:8443/base',
  ],
  ['http://127.0.0.1:8443', 'http://127.0.0.1:8443', 'ws://127.0.0.1:8443'],
  ['ws://LOCALHOST:1', 'http://localhost:1', 'ws://localhost:1'],
  ['http://[::1]:1/', 'http://[::1]:1', 'ws://[::1]:1'],
])('%s leads to %s and %s', (url, http, socket) => {
  const address = cloudAddress(url, false);
  expect(address.register.href).toBe(`${http}/runner/register`);
  expect(address.refresh.href).toBe(`${http}/runner/token/refresh`);
  expect(address.socket.href).toBe(`${socket}/runner/socket/websocket`);
});

test.each(['http://cp.example.test', 'ws://10.0.0.1', 'http://localhost.example.test', 'http://128.0.0.1'])(
  'plain %s is refused beyond this machine, unless it is allowed',
  (url) => {
    expect(() => cloudAddress(url, false)).toThrow(/plain http/);
    expect(cloudAddress(url, true).register.protocol).toBe('http:');
  },
);

test.each([
  'nonsense',
  'ftp://a.test',
  '/path',
  'https://',
  'https://u:p@a.test',
  'https://a.test?x=1',
  'https://a.test#x',
])('%s is no address, and is not repeated', (url) => {
  expect(() => cloudAddress(url, true)).toThrow(/Cannot use cloud.url/);
  expect(() => cloudAddress(url, true)).not.toThrow('u:p');
});
