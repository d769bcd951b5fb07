// What ends the program and what makes it dial again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLink, type LinkedRunner } from '../linked-runner.ts';
import { WireServer } from '../wire-server.ts';

let server: WireServer;
let runner: LinkedRunner;

beforeEach(async () => {
  server = await WireServer.start();
});
afterEach(async () => {
  await runner.stop();
  await server.stop();
});

test.each([
  ['runner_disabled', 1, true],
  ['runner_revoked', 1, false],
  ['runner_version_unsupported', 0, true],
])('RE1, RE2: shutdown %s ends with %i, token kept: %s', async (reason, exitCode, isKept) => {
  runner = await startLink({ url: server.url });
  const visit = await server.visit();
  await visit.first('runner_state');
  visit.send({ type: 'shutdown', reason, message: 'over' });
  expect((await runner.loop.ended).exitCode).toBe(exitCode);
  expect(existsSync(join(runner.dataDir, 'token.json'))).toBe(isKept);
  const record = JSON.parse(readFileSync(join(runner.dataDir, 'terminal_shutdown.json'), 'utf8')) as object;
  expect(record).toMatchObject({ reason });
  expect(server.visits).toHaveLength(1);
});

test.each(['cloud_shutdown', 'account_disabled', 'something_else'])(
  'shutdown %s is followed by a new dial, with the state told again',
  async (reason) => {
    runner = await startLink({ url: server.url });
    const visit = await server.visit();
    await visit.first('runner_state');
    visit.send({ type: 'shutdown', reason, message: 'later' });
    visit.socket.close(1000);
    await (await server.visit(2)).first('runner_state');
    expect(server.calls.filter((call) => call.path === '/runner/register')).toHaveLength(1);
  },
);

test.each([
  ['token_invalid', false],
  ['token_expired', false],
  ['runner_disabled', true],
])('401 %s at the dial ends with 1, token kept: %s', async (error, isKept) => {
  server.dialReply = { status: 401, body: { error } };
  runner = await startLink({ url: server.url });
  const end = await runner.loop.ended;
  expect(end.exitCode).toBe(1);
  expect(end.sentence).toMatch(isKept ? /enable/ : /Mint a fresh key/);
  expect(existsSync(join(runner.dataDir, 'token.json'))).toBe(isKept);
});

test.each([
  [403, 'runner_disabled'],
  [403, 'account_disabled'],
  [404, ''],
  [429, ''],
  [503, 'unavailable'],
])('%i %s at the dial is tried again with the same token', async (status, error) => {
  server.dialReply = { status, body: { error } };
  runner = await startLink({ url: server.url });
  const dials = () => server.calls.filter((call) => call.path.endsWith('/websocket'));
  await expect.poll(() => dials().length).toBeGreaterThan(1);
  server.dialReply = null;
  expect((await server.visit()).headers.authorization).toBe('Bearer rnrtok-first');
});

test('WP1: another protocol version ends the session and the runner dials again', async () => {
  runner = await startLink({ url: server.url });
  const visit = await server.visit();
  visit.send({ type: 'cancel', protocol_version: 2, request_id: 'a' });
  expect((await server.visit(2)).headers.authorization).toBe('Bearer rnrtok-first');
});

test('a binary frame ends the session', async () => {
  runner = await startLink({ url: server.url });
  const visit = await server.visit();
  visit.socket.send(Buffer.from('{}'));
  expect((await server.visit(2)).headers.authorization).toBe('Bearer rnrtok-first');
});

test.each([
  ['no JSON', 'hello'],
  ['no type', '{}'],
  ['an unknown type', '{"type":"other"}'],
  ['a duplicate key', '{"type":"cancel","protocol_version":1,"request_id":"a","request_id":"b"}'],
  [
    'args that are no object',
    '{"type":"run_action","protocol_version":1,"request_id":"a","action_id":"x","args":null,"reason":"r"}',
  ],
  [
    'a known name in another case',
    '{"type":"run_action","protocol_version":1,"request_id":"a","action_id":"x","Action_ID":"y","args":{},"reason":"r"}',
  ],
  ['half a surrogate pair', '{"type":"cancel","protocol_version":1,"request_id":"a","reason":"\\ud800"}'],
  [
    'args over 32 KiB',
    `{"type":"run_action","protocol_version":1,"request_id":"a","action_id":"x","args":{"a":"${'x'.repeat(33_000)}"},"reason":"r"}`,
  ],
])('a frame with %s is dropped and the session goes on', async (_name, text) => {
  runner = await startLink({ url: server.url });
  const visit = await server.visit();
  visit.socket.send(text);
  visit.run('req_after');
  await expect.poll(() => runner.engine.runs.map((run) => run.facts.requestId)).toEqual(['req_after']);
  expect(server.visits).toHaveLength(1);
});

test('a frame over 131,072 bytes ends the session', async () => {
  runner = await startLink({ url: server.url });
  const visit = await server.visit();
  visit.socket.send(`{"type":"other","pad":"${'x'.repeat(131_072)}"}`);
  expect((await server.visit(2)).headers.authorization).toBe('Bearer rnrtok-first');
});
