// The dispatch log on a real disk: what it keeps, what it refuses to believe, what a crash leaves.
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ActionResultFrame } from '../../../src/protocol/frames.ts';
import { dispatchDigest } from '../../../src/runner/link/dispatch-digest.ts';
import { DISPATCH_LOG_CAPACITY, DispatchLog } from '../../../src/runner/link/dispatch-log.ts';
import { temporaryDir } from '../linked-runner.ts';

const digest = 'a'.repeat(64);
let dir: string;
let path: string;

beforeEach(() => {
  dir = temporaryDir();
  path = join(dir, 'dispatches.jsonl');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const resultOf = (requestId: string): ActionResultFrame => ({
  type: 'action_result',
  protocol_version: 1,
  request_id: requestId,
  status: 'success',
  exit_code: 0,
  duration_ms: 1,
  event_id: 'evt_1',
});
const lines = () =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

test('the digest of a dispatch is the one that other builds compute', () => {
  const facts = {
    requestId: 'a',
    actionId: 'demo.ping',
    expectedPackHash: `sha256:${'c'.repeat(64)}`,
    args: {},
    reason: 'smoke',
  };
  expect(dispatchDigest(facts)).toBe('d1f869ca7031f022b950ce26555a1331a310a08af85772db7c6e2a8451edc186');
  expect(dispatchDigest({ ...facts, requestId: 'b' })).toBe(dispatchDigest(facts));
  expect(dispatchDigest({ ...facts, reason: '<smoke>' })).not.toBe(dispatchDigest(facts));
  expect(dispatchDigest({ ...facts, args: { a: 1 } })).not.toBe(dispatchDigest(facts));
  expect(dispatchDigest({ ...facts, opts: {} })).not.toBe(dispatchDigest(facts));
});

test('a dispatch goes from reserved over completed to acknowledged, each state on the disk', async () => {
  const log = await DispatchLog.open(path);
  await log.reserve('req_a', digest);
  expect(lines()).toMatchObject([{ request_id: 'req_a', dispatch_sha256: digest, state: 'reserved' }]);
  expect(lines()[0]?.['result']).toMatchObject({ type: '', request_id: '', exit_code: 0 });
  await log.complete(resultOf('req_a'));
  expect(lines()).toMatchObject([{ state: 'completed', result: { status: 'success' } }]);
  expect(log.unacknowledged()).toEqual([resultOf('req_a')]);
  log.acknowledge('req_a');
  await log.close();
  expect(lines()).toMatchObject([{ state: 'acknowledged', result: { status: 'success' } }]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await DispatchLog.open(path)).get('req_a')).toMatchObject({
    state: 'acknowledged',
    result: resultOf('req_a'),
  });
});

test('changes that come at once share their writes and all arrive', async () => {
  const log = await DispatchLog.open(path);
  const ids = Array.from({ length: 100 }, (_, n) => `req_${n}`);
  await Promise.all(ids.map((id) => log.reserve(id, digest)));
  await Promise.all(ids.map((id) => log.complete(resultOf(id))));
  expect(lines().map((line) => [line['request_id'], line['state']])).toEqual(
    ids.map((id) => [id, 'completed']),
  );
});

test('RN3: a log that was never closed is whole for whoever opens it next', async () => {
  const log = await DispatchLog.open(path);
  await log.reserve('req_a', digest);
  await log.reserve('req_b', digest);
  await log.complete(resultOf('req_a'));
  await log.reserve('req_c', digest);
  const again = await DispatchLog.open(path);
  expect(['req_a', 'req_b', 'req_c'].map((id) => again.get(id)?.state)).toEqual([
    'completed',
    'reserved',
    'reserved',
  ]);
  expect(again.unacknowledged()).toEqual([resultOf('req_a')]);
});

test('C10: a reservation whose append was cut short never happened; the lines before it hold', async () => {
  const log = await DispatchLog.open(path);
  await log.reserve('req_a', digest);
  await log.close();
  const whole = readFileSync(path, 'utf8');
  const next = whole.replace('req_a', 'req_b');
  for (let cut = 1; cut < next.length; cut += 37) {
    writeFileSync(path, whole + next.slice(0, cut));
    const again = await DispatchLog.open(path);
    expect(again.get('req_b')).toBeUndefined();
    expect(again.get('req_a')?.state).toBe('reserved');
    await again.reserve('req_c', digest);
    await again.close();
    expect(lines().map((line) => line['request_id'])).toEqual(['req_a', 'req_c']);
  }
});

test('only acknowledged dispatches make room; without any the next one is refused and nothing is kept of it', async () => {
  const log = await DispatchLog.open(path);
  const ids = Array.from({ length: DISPATCH_LOG_CAPACITY }, (_, n) => `req_${n}`);
  await Promise.all(ids.map((id) => log.reserve(id, digest)));
  await expect(log.reserve('req_more', digest)).rejects.toThrow(/1024 results wait/);
  expect(log.get('req_more')).toBeUndefined();
  await log.complete(resultOf('req_5'));
  await expect(log.reserve('req_more', digest)).rejects.toThrow();
  log.acknowledge('req_5');
  await log.reserve('req_more', digest);
  expect(log.get('req_5')).toBeUndefined();
  expect(lines()).toHaveLength(DISPATCH_LOG_CAPACITY);
});

test('C8, C28: while the folder is gone nothing is reserved, and a result is remembered until it can be written', async () => {
  const log = await DispatchLog.open(path);
  await log.reserve('req_a', digest);
  await rename(dir, `${dir}-away`);
  await expect(log.complete(resultOf('req_a'))).rejects.toThrow(/ENOENT/);
  await expect(log.reserve('req_b', digest)).rejects.toThrow(/ENOENT/);
  expect(log.get('req_b')).toBeUndefined();
  expect(log.unacknowledged()).toEqual([resultOf('req_a')]);
  await rename(`${dir}-away`, dir);
  await log.reserve('req_c', digest);
  expect(lines().map((line) => [line['request_id'], line['state']])).toEqual([
    ['req_a', 'completed'],
    ['req_c', 'reserved'],
  ]);
});

describe('a log is not believed when', () => {
  const good = JSON.stringify({
    request_id: 'a',
    dispatch_sha256: digest,
    state: 'completed',
    result: resultOf('a'),
  });
  const reserved = (result: object) =>
    JSON.stringify({ request_id: 'a', dispatch_sha256: digest, state: 'reserved', result });
  test.each([
    ['an id stands twice', `${good}\n${good}\n`],
    ['a line is torn in the middle', `${good.slice(0, 50)}\n${good.replace('"a"', '"b"')}\n`],
    ['the last line is no JSON', `${good}\nnonsense\n`],
    ['a line is empty', `${good}\n\n`],
    ['a key is unknown', `${good.replace('{', '{"more":1,')}\n`],
    ['a key stands twice', `${good.replace('{', '{"state":"completed",')}\n`],
    ['a reserved line has a result', `${reserved(resultOf('a'))}\n`],
    [
      'local_audit_failed contradicts event_id',
      `${good.replace('"event_id":"evt_1"', '"event_id":"e","local_audit_failed":true')}\n`,
    ],
    ['there is neither event nor failure', `${good.replace(',"event_id":"evt_1"', '')}\n`],
    ['the digest is none', `${good.replace(digest, 'abc')}\n`],
    [
      'the result belongs to another run',
      `${good.replace('"request_id":"a","status"', '"request_id":"b","status"')}\n`,
    ],
  ])('%s: the start is refused with the remedy, and the file stays', async (_name, text) => {
    writeFileSync(path, text);
    await expect(DispatchLog.open(path)).rejects.toThrow(`mv ${path} ${path}.corrupt`);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('but one that another build wrote is read', async () => {
    const zero = reserved({
      type: '',
      protocol_version: 0,
      request_id: '',
      status: '',
      exit_code: 0,
      duration_ms: 0,
    });
    writeFileSync(path, `${zero}\n`);
    appendFileSync(path, `${good.replaceAll('"a"', '"b"')}\n`);
    const log = await DispatchLog.open(path);
    expect(log.get('a')?.state).toBe('reserved');
    expect(log.unacknowledged()).toHaveLength(1);
  });
});
