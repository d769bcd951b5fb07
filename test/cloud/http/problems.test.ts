// Whatever fails, fails with a problem (RFC 9457): also what no route ever saw.
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../../src/cloud/log.ts';
import { createServer } from '../../../src/cloud/http/server.ts';
import { PROBLEM_TYPE } from '../../../src/cloud/http/problem.ts';
import { Problem } from '../../../src/protocol/api/route.ts';
import { refusalEntry, type RefusalCode } from '../../../src/protocol/errors.ts';
import { startRunningCloud, type RunningCloud } from '../../support/running-cloud.ts';
import { until } from '../../support/until.ts';

let cloud: RunningCloud;
beforeAll(async () => {
  cloud = await startRunningCloud();
});
afterAll(() => cloud[Symbol.asyncDispose]());

function expectProblem(status: number, type: string | null, body: unknown, code: RefusalCode): void {
  expect(type).toMatch(new RegExp(`^${PROBLEM_TYPE.replace('+', '\\+')}`));
  const { status: expected, fix } = refusalEntry(code);
  expect(Problem.parse(body)).toMatchObject({ status, code, fix });
  expect(status).toBe(expected);
}

const json = { 'content-type': 'application/json' };
test.each<[string, RefusalCode, string, string, Record<string, string>, string | undefined]>([
  ['an unknown path', 'not_found', 'GET', '/api/v1/nothing', {}, undefined],
  ['a path beside the API', 'not_found', 'GET', '/index.html', {}, undefined],
  ['another method', 'method_not_allowed', 'DELETE', '/api/v1/me', {}, undefined],
  [
    'another method where no token is asked',
    'method_not_allowed',
    'PUT',
    '/api/v1/auth/token',
    {},
    undefined,
  ],
  ['OPTIONS', 'method_not_allowed', 'OPTIONS', '/api/v1/runners', {}, undefined],
  ['a path that is no text', 'invalid_request', 'GET', '/api/v1/runners/%ff', {}, undefined],
  ['an id that is endless', 'invalid_request', 'GET', `/api/v1/runners/${'x'.repeat(600)}`, {}, undefined],
  ['no JSON', 'invalid_request', 'POST', '/api/v1/tokens', json, '{"name":'],
  [
    'another media type',
    'media_type_unsupported',
    'POST',
    '/api/v1/tokens',
    { 'content-type': 'text/xml' },
    '<a/>',
  ],
  ['a body too large', 'request_too_large', 'POST', '/api/v1/tokens', json, `"${'x'.repeat(300_000)}"`],
  [
    'headers too large',
    'request_too_large',
    'GET',
    '/api/v1/me',
    { 'x-long': 'x'.repeat(40_000) },
    undefined,
  ],
])('%s is refused %s', async (_what, code, method, path, headers, body) => {
  const authorization = `Bearer ${cloud.ownerToken}`;
  const response = await fetch(cloud.url + path, {
    method,
    headers: { authorization, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  expectProblem(response.status, response.headers.get('content-type'), await response.json(), code);
});

test('what is no HTTP is refused in the same words', async () => {
  const socket = connect(Number(new URL(cloud.url).port), '127.0.0.1');
  socket.end('HELO there\r\n\r\n');
  const [head = '', body = ''] = (await textOf(socket)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 /);
  expectProblem(400, /content-type: (\S+)/.exec(head)?.[1] ?? null, JSON.parse(body), 'invalid_request');
});

test('a method that is refused says which ones there are', async () => {
  const allowed = async (path: string) =>
    (await fetch(`${cloud.url}/api/v1${path}`, { method: 'PATCH' })).headers.get('allow');
  expect(await allowed('/fleet/summary')).toBe('GET, HEAD');
  expect(await allowed('/tokens')).toBe('GET, HEAD, POST');
  expect(await allowed('/auth/device')).toBe('POST');
});

test('who guesses is told how long to wait; reading goes on', async () => {
  const guess = () => cloud.call('POST', '/api/v1/auth/token', { device_code: 'emdev-guess' }, null);
  for (let count = 0; count < 30; count += 1) expect((await guess()).status).toBe(401);
  const refused = await guess();
  expectProblem(refused.status, refused.headers.get('content-type'), refused.body, 'rate_limited');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await cloud.call('GET', '/api/v1/openapi.json', undefined, null)).status).toBe(200);
});

test('who comes while the server closes is told so', async () => {
  const app = await createServer({ log: createLog('error', () => {}), tls: null });
  app.get('/late', async () => 'served');
  const arrived = new Promise<Socket>((resolve) => app.server.once('connection', resolve));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  const answer = textOf(socket);
  // Half a request keeps its connection open while the server waits for those to end.
  socket.write('GET /late HTTP/1.1\r\nhost: x\r\n');
  const served = await arrived;
  await until('half of it has arrived', () => served.bytesRead > 0);
  const closed = app.close();
  socket.write('connection: close\r\n\r\n');
  await closed;
  const [head = '', body = ''] = (await answer).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expectProblem(503, PROBLEM_TYPE, JSON.parse(body), 'unavailable');
});

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const part of socket) text += String(part);
  return text;
}
