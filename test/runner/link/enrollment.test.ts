// Registration: which answers end the program, which are tried again, and what lands on the disk.
import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startLink, temporaryDir, type LinkedRunner, type LinkSettings } from '../linked-runner.ts';
import { TurnedClock } from '../turned-clock.ts';
import { until } from '../until.ts';
import { WireServer, type Reply } from '../wire-server.ts';

let server: WireServer;
let runner: LinkedRunner | null = null;

beforeEach(async () => {
  server = await WireServer.start();
});
afterEach(async () => {
  await runner?.stop();
  runner = null;
  await server.stop();
});

async function link(settings: Partial<LinkSettings> = {}): Promise<LinkedRunner> {
  runner = await startLink({ url: server.url, ...settings });
  return runner;
}

test('EN1: a new host registers with its key, keeps the token at 0600 and dials with it', async () => {
  const { dataDir } = await link();
  const visit = await server.visit();
  expect(server.calls[0]).toMatchObject({ path: '/runner/register' });
  expect(server.calls[0]?.headers.authorization).toBe('Bearer emkey-auth-test');
  expect(JSON.parse(server.calls[0]?.body ?? '')).toEqual({
    external_id: 'host-1',
    hostname: 'host-1',
    group: 'g',
    version: '1.0.0',
  });
  expect(visit.headers.authorization).toBe('Bearer rnrtok-first');
  expect(visit.headers['emisar-capabilities']).toBe('exit-on-disable');
  expect(visit.headers['sec-websocket-extensions']).toBeUndefined();
  const path = join(dataDir, 'token.json');
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    token: 'rnrtok-first',
    key_fp: expect.stringMatching(/^[0-9a-f]{16}$/),
    refresh_after: '2031-01-01T00:00:00Z',
  });
});

test('WP2: the first frame is the state', async () => {
  await link();
  const visit = await server.visit();
  await until(() => visit.frames.length > 0, 'a frame');
  expect(visit.frames[0]).toMatchObject({ type: 'runner_state', protocol_version: 1 });
});

test.each([
  [401, { error: 'enrollment_key_invalid' }],
  [401, { error: 'missing_bearer' }],
  [403, { error: 'no' }],
])('RE3: %i at registration ends the program with the fix', async (status, body) => {
  server.registerReply = { status, body };
  const { loop, dataDir } = await link();
  const end = await loop.ended;
  expect(end.exitCode).toBe(1);
  expect(end.sentence).toMatch(/Mint a fresh key/);
  expect(end.sentence).not.toContain('emkey-auth-test');
  expect(existsSync(join(dataDir, 'token.json'))).toBe(false);
});

const retried: [string, Reply][] = [
  ['400', { status: 400, body: { error: 'invalid_external_id' } }],
  ['402', { status: 402, body: { error: 'runner_limit_exceeded' } }],
  ['409', { status: 409, body: { error: 'runner_name_taken', message: 'web-01 is taken' } }],
  ['500', { status: 500, body: 'oops' }],
  ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
  ['a field too many', { status: 201, body: { token: 'rnrtok-x', extra: 1 } }],
  ['no JSON', { status: 201, body: 'hello' }],
  ['an empty token', { status: 201, body: { token: '' } }],
  ['a token that no header can hold', { status: 201, body: { token: 'a\r\nb' } }],
  ['an answer over 4096 bytes', { status: 201, body: { token: 'rnrtok-x', pad: 'x'.repeat(5000) } }],
];
test.each(retried)('registration answered with %s is tried again', async (_name, reply) => {
  server.registerReply = reply;
  const { dataDir } = await link();
  await until(() => server.calls.length >= 2, 'a second call');
  expect(existsSync(join(dataDir, 'token.json'))).toBe(false);
  server.registerReply = { status: 200, body: { token: 'rnrtok-later', refresh_after: null } };
  expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-later');
});

test.each(['emkey auth', 'emkey\nauth', 'schlüssel'])(
  'the key %j ends the program with the fix, and is not repeated',
  async (key) => {
    const { loop } = await link({ key });
    const end = await loop.ended;
    expect(end).toMatchObject({ exitCode: 1, sentence: expect.stringMatching(/copy it again/) });
    expect(end.sentence).not.toContain(key);
    expect(server.calls).toEqual([]);
  },
);

test('a host without key and token ends with the fix', async () => {
  const { loop } = await link({ key: null });
  expect(await loop.ended).toMatchObject({ exitCode: 1, sentence: expect.stringMatching(/EMISAR_AUTH_KEY/) });
  expect(server.calls).toEqual([]);
});

describe('a token file', () => {
  const write = (content: string, mode = 0o600) => {
    const dataDir = temporaryDir();
    const path = join(dataDir, 'token.json');
    writeFileSync(path, content);
    chmodSync(path, mode);
    return { dataDir, path };
  };

  test('is used without registering, also when no key is given', async () => {
    const { dataDir } = write('{"token":"rnrtok-kept","refresh_after":"2999-01-01T00:00:00Z"}');
    await link({ dataDir, key: null });
    expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-kept');
    expect(server.calls.map((call) => call.path)).toEqual(['/runner/socket/websocket']);
  });

  test('of another key makes the host register again', async () => {
    const { dataDir } = write('{"token":"rnrtok-kept","key_fp":"0000000000000000"}');
    await link({ dataDir });
    expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-first');
  });

  test.each([
    ['readable by others', '{"token":"t"}', 0o644],
    ['with an unknown key', '{"token":"t","x":1}', 0o600],
    ['with trailing text', '{"token":"t"} {}', 0o600],
    ['with an empty token', '{"token":""}', 0o600],
    ['with space around the token', '{"token":" t"}', 0o600],
    ['with a line feed in the token', '{"token":"a\\nb"}', 0o600],
    ['with nothing', '', 0o600],
  ])('%s is refused, reported, and never overwritten', async (_name, content, mode) => {
    const { dataDir, path } = write(content, mode);
    const { lines } = await link({ dataDir });
    await until(() => lines.filter((line) => line.includes('Cannot use')).length >= 2, 'two refusals');
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(server.calls).toEqual([]);
  });

  test('that is a symbolic link is refused', async () => {
    const { path } = write('{"token":"t"}');
    const dataDir = temporaryDir();
    symlinkSync(path, join(dataDir, 'token.json'));
    const { lines } = await link({ dataDir });
    await until(() => lines.some((line) => line.includes('symbolic link')), 'the refusal');
    expect(server.calls).toEqual([]);
  });

  test('whose time has come is refreshed before the dial, and the successor is kept', async () => {
    server.refreshReply = {
      status: 200,
      body: { token: 'rnrtok-next', refresh_after: '2999-01-01T00:00:00Z' },
    };
    const { dataDir, path } = write(
      '{"token":"rnrtok-old","key_fp":"abc","refresh_after":"2020-01-01T00:00:00Z"}',
    );
    await link({ dataDir, key: null });
    expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-next');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ token: 'rnrtok-next', key_fp: 'abc' });
  });

  test('is refreshed while a connection outlives it, within an hour of its time, without a new dial', async () => {
    const clock = new TurnedClock();
    server.refreshReply = {
      status: 200,
      body: { token: 'rnrtok-next', refresh_after: '2999-01-01T00:00:00Z' },
    };
    const { dataDir, path } = write('{"token":"rnrtok-old","refresh_after":"2030-01-02T03:30:00Z"}');
    await link({ dataDir, key: null, clock });
    const visit = await server.visit();
    await visit.first('runner_state');
    let pings = 0;
    visit.socket.on('ping', () => (pings += 1));
    const asked = () => server.calls.filter((call) => call.path.endsWith('/token/refresh')).length;
    for (let quarter = 1; quarter < 240; quarter += 1) {
      await clock.advance(15_000);
      await until(() => pings === quarter, `ping ${quarter}`);
    }
    expect(asked()).toBe(0);
    await clock.advance(15_000);
    await until(() => readFileSync(path, 'utf8').includes('rnrtok-next'), 'the successor on the disk');
    expect([asked(), server.visits.length]).toEqual([1, 1]);
  });

  test.each([401, 409, 500])('that cannot be refreshed (%i) is used as it is', async (status) => {
    server.refreshReply = { status, body: { error: 'token_invalid' } };
    const { dataDir } = write('{"token":"rnrtok-old"}');
    await link({ dataDir, key: null });
    expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-old');
  });
});
