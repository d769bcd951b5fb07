import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createApi } from '../../../src/console/client/api.ts';
import { failureOf } from '../../../src/console/client/remote-refusal.ts';
import { getMe } from '../../../src/protocol/api/session.ts';
import { disableRunner, listRunners } from '../../../src/protocol/api/runners.ts';
import { dispatch } from '../../../src/protocol/api/runs.ts';
import { rawNumber } from '../../../src/protocol/exact-json.ts';
import { Problem, startControlPlane, TOKEN } from '../support/control-plane.ts';
import { me, run, runner } from '../support/rows.ts';

const random = () => 0;

async function startPlain(listener: RequestListener) {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function refusalOf(promise: Promise<unknown>) {
  const error: unknown = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  return failureOf(error);
}

test('a call fills path, query and token, and answers the decoded output', async () => {
  await using plane = await startControlPlane();
  plane.answer(listRunners, () => ({ items: [runner('web 1')], next_cursor: null, total: 1 }));
  const api = createApi({ url: plane.url, token: TOKEN });
  const page = await api.call(listRunners, { query: { group: 'a&b', limit: 5 } });
  expect(page.items[0]?.name).toBe('web 1');
  expect(plane.asked[0]?.query).toEqual({ group: 'a&b', limit: '5' });
  await api.close();
});

test('WP3: argument numbers leave as they were typed', async () => {
  await using plane = await startControlPlane();
  plane.answer(dispatch, () => ({
    id: 'op_1',
    action_id: 'a',
    results: [{ runner_id: 'r', runner_name: 'r', run: run('run_1'), refusal: null }],
  }));
  const api = createApi({ url: plane.url, token: TOKEN });
  const args = { big: rawNumber('891234567890123456'), exp: rawNumber('1e3') };
  await api.call(dispatch, { body: { action_id: 'a', runners: ['r'], args, reason: 'x' } });
  expect(plane.asked[0]?.rawBody).toContain('"args":{"big":891234567890123456,"exp":1e3}');
  await api.close();
});

test('a refusal of the server keeps its code, sentence and fix, also when this build does not know the code', async () => {
  await using plane = await startControlPlane();
  plane.answer(disableRunner, () => {
    throw new Problem('runner_on_the_moon', {
      status: 409,
      detail: 'Cannot reach \u001b[31mthe moon',
      fix: 'Build a rocket',
    });
  });
  const api = createApi({ url: plane.url, token: TOKEN });
  const failure = await refusalOf(api.call(disableRunner, { params: { id: 'r' } }));
  expect(failure).toEqual({
    code: 'runner_on_the_moon',
    detail: 'Cannot reach ␛[31mthe moon',
    fix: 'Build a rocket',
  });
  await api.close();
});

test('reading is tried again after 503, changing is not', async () => {
  await using plane = await startControlPlane();
  let failing = 2;
  plane.answer(getMe, () => {
    failing -= 1;
    if (failing >= 0) throw new Problem('unavailable');
    return me();
  });
  plane.answer(disableRunner, () => {
    throw new Problem('unavailable');
  });
  const api = createApi({ url: plane.url, token: TOKEN, random });
  expect((await api.call(getMe)).account.name).toBe('acme');
  expect((await refusalOf(api.call(disableRunner, { params: { id: 'r' } }))).code).toBe('unavailable');
  expect(plane.asked.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'POST']);
  await api.close();
});

test('what creates is tried again with the key of its first attempt, so that it is made once', async () => {
  await using plane = await startControlPlane();
  let failing = 1;
  plane.answer(dispatch, () => {
    failing -= 1;
    if (failing >= 0) throw new Problem('unavailable');
    return { id: 'op_1', action_id: 'a', results: [] };
  });
  const api = createApi({ url: plane.url, token: TOKEN, random });
  const body = { action_id: 'a', runners: ['r'], reason: 'x' };
  expect((await api.call(dispatch, { body })).id).toBe('op_1');
  await api.call(dispatch, { body });
  await api.call(dispatch, { body: { ...body, dry_run: true } });
  const [first, again, other, dry] = plane.asked.map(({ headers }) => headers['idempotency-key']);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(dry).toBeUndefined();
  await api.close();
});

test('T9: 401 is asked once', async () => {
  await using plane = await startControlPlane();
  const api = createApi({ url: plane.url, token: 'emop-wrong', random });
  expect((await refusalOf(api.call(getMe))).code).toBe('token_invalid');
  expect(plane.asked).toHaveLength(1);
  await api.close();
});

test('a redirect is not followed, so that the token reaches nobody else', async () => {
  const seen: string[] = [];
  await using other = await startPlain((request, response) => {
    seen.push(String(request.headers.authorization));
    response.end('{}');
  });
  await using moved = await startPlain((_request, response) =>
    response.writeHead(302, { location: other.url }).end(),
  );
  const api = createApi({ url: moved.url, token: TOKEN });
  expect((await refusalOf(api.call(getMe))).code).toBe('not_emisar');
  expect(seen).toEqual([]);
  await api.close();
});

test.each([
  ['a page', 'text/html', '<html>welcome</html>'],
  ['JSON of something else', 'application/json', '{"hello":"world"}'],
  [
    'another product',
    'application/json',
    JSON.stringify({ ...me(), server: { product: 'other', version: '1' } }),
  ],
])('a server that answers %s is not emisar', async (_what, type, body) => {
  await using server = await startPlain((_request, response) =>
    response.writeHead(200, { 'content-type': type }).end(body),
  );
  const api = createApi({ url: server.url, token: TOKEN });
  expect((await refusalOf(api.call(getMe))).code).toBe('not_emisar');
  await api.close();
});

test('nothing listening is unreachable and names the host', async () => {
  const closed = await startPlain(() => {});
  const { url } = closed;
  await closed[Symbol.asyncDispose]();
  const api = createApi({ url, token: TOKEN, random });
  const failure = await refusalOf(api.call(getMe));
  expect(failure.code).toBe('unreachable');
  expect(failure.detail).toContain(new URL(url).host);
  await api.close();
});

test('a server that never answers is unreachable after the bound', async () => {
  await using server = await startPlain(() => {});
  const api = createApi({ url: server.url, token: TOKEN, random, timeoutMs: 100 });
  expect((await refusalOf(api.call(disableRunner, { params: { id: 'r' } }))).code).toBe('unreachable');
  await api.close();
});

test.each([
  ['http://cp.example.net', 'insecure_url'],
  ['http://10.0.0.7:8443', 'insecure_url'],
  ['http://localhost.example.net', 'insecure_url'],
  ['https://mara:secret@cp.example.net', 'invalid_request'],
  ['ftp://cp.example.net', 'invalid_request'],
  ['cp.example.net', 'invalid_request'],
])('%s is refused as %s before anything is sent', (url, code) => {
  expect(() => createApi({ url, token: TOKEN })).toThrow(expect.objectContaining({ code }));
});
