// `emisar audit verify`: what it says of a whole journal and of a tampered one, and its exit code.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { temporaryFolder } from '../../support/pack-builder.ts';
import { smallEvent } from '../journal/events.ts';
import { WireServer } from '../wire-server.ts';
import { emisar, writeConfig } from './toolbox-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(async () => {
  folder = temporaryFolder('audit-');
  path = join(folder.path, 'events.jsonl');
  writeConfig(folder.path);
  const journal = await openJournal({ path, maxSizeBytes: 800, maxBackups: 9 });
  for (let number = 1; number <= 8; number += 1) await journal.append(smallEvent(number));
  await journal.close();
});
afterEach(() => folder[Symbol.dispose]());

const verify = (...argv: string[]) => emisar(folder.path, ['audit', 'verify', ...argv]);
const cutLastLine = (file: string) =>
  writeFileSync(file, `${readFileSync(file, 'utf8').split('\n').slice(0, -2).join('\n')}\n`);

test('a whole journal: one line a file on standard output, exit 0', async () => {
  expect(await verify()).toEqual({ code: 0, out: `${path}: intact, 2 lines\n`, err: '' });
  expect(await verify('--all')).toMatchObject({
    code: 0,
    out: ['.2', '.1', '']
      .map((suffix) => `${path}${suffix}: intact, ${suffix === '' ? 2 : 3} lines\n`)
      .join(''),
  });
  expect((await verify(`${path}.1`)).out).toBe(`${path}.1: intact, 3 lines\n`);
});

test('a changed line: file, line, event and both hashes on standard error, exit 1', async () => {
  writeFileSync(`${path}.2`, readFileSync(`${path}.2`, 'utf8').replace('event 1"', 'event 9"'));
  expect((await verify()).code).toBe(0);
  const { code, out, err } = await verify('--all');
  expect([code, out.split('\n').length]).toEqual([1, 3]);
  expect(err).toMatch(
    /\.2: line 2 \(event evt_0+2\) does not follow from the line before it: expected [0-9a-f]{64}, found [0-9a-f]{64}\nerror: Cannot vouch for the journal: 1 of 3 files failed\n$/,
  );
});

test('--all finds a rotated file that was removed and one that was cut; --json lists them and exits 1', async () => {
  cutLastLine(`${path}.2`);
  rmSync(`${path}.1`);
  const { code, out } = await verify('--all', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual([
    { path: `${path}.2`, intact: false, error: expect.stringContaining('was cut at its end or replaced') },
    { path: `${path}.1`, intact: false, error: 'is missing' },
    { path, intact: true },
  ]);
});

test('no journal, an unreadable one and a path with --against-cloud are refused in one sentence', async () => {
  rmSync(path);
  expect((await verify()).err).toMatch(/^\/.*events\.jsonl: cannot be read: ENOENT/);
  mkdirSync(path);
  expect((await verify()).code).toBe(1);
  const nowhere = join(folder.path, 'none/x');
  expect((await verify(nowhere, '--all')).err).toBe(`error: Cannot read the journal ${nowhere}: ENOENT\n`);
  expect((await verify(`${path}.1`, '--against-cloud')).err).toMatch(
    /^error: Cannot use --against-cloud with a path/,
  );
});

const stored = (number: number) => `evt_${String(number).padStart(26, '0')}`;

async function against(reply: WireServer['storedEventsReply']) {
  const server = await WireServer.start();
  try {
    server.storedEventsReply = reply;
    mkdirSync(join(folder.path, 'data'), { recursive: true });
    writeFileSync(join(folder.path, 'data/token.json'), '{"token":"rnrtok-mine"}', { mode: 0o600 });
    const said = await emisar(folder.path, ['audit', 'verify', '--against-cloud'], { url: server.url });
    return { ...said, calls: server.calls };
  } finally {
    await server.stop();
  }
}

test('JR12: with the control plane’s last event in it the journal stands, and its token is what asks', async () => {
  const { code, out, calls } = await against({ status: 200, body: { event_ids: [stored(8), stored(7)] } });
  expect([code, out.split('\n').at(-2)]).toEqual([
    0,
    `control plane: the last event that it has stored is there, ${stored(8)}`,
  ]);
  expect(calls).toMatchObject([
    { path: '/runner/journal/stored-events', headers: { authorization: 'Bearer rnrtok-mine' } },
  ]);
});

test.each([
  ['its last line', [8, 7], 8],
  ['lines before one that was stored earlier', [7, 8], 8],
])('JR12: a journal cut at its end by %s is found', async (_what, ids, missing) => {
  cutLastLine(path);
  const { code, out, err } = await against({ status: 200, body: { event_ids: ids.map(stored) } });
  expect([code, out]).toEqual([1, expect.stringContaining('intact')]);
  expect(err).toContain(`has stored the event ${stored(missing)}, which is not in it`);
});

test('JR12: an older event that was rotated away is not missed', async () => {
  expect((await against({ status: 200, body: { event_ids: [stored(8), stored(0)] } })).code).toBe(0);
  expect((await against({ status: 200, body: { event_ids: [stored(0)] } })).code).toBe(1);
});

test.each([
  [{ status: 404 }, /does not tell which events it has stored/],
  [{ status: 200, body: 'hello' }, /does not tell which events it has stored/],
  [{ status: 401, body: { error: 'token_expired' } }, /it answered 401 token_expired/],
  [{ status: 503 }, /it answered 503/],
])('JR12: a control plane that answers %j is not taken for a comparison', async (reply, sentence) => {
  const { code, err } = await against(reply);
  expect([code, err]).toEqual([1, expect.stringMatching(sentence)]);
  expect(err).toMatch(/^error: Cannot compare with the control plane: [^\n]*\n$/);
});

test('JR12: nothing is asked without a URL or without a token', async () => {
  expect((await verify('--against-cloud')).err).toContain('cloud.url is not set');
  const answer = await emisar(folder.path, ['audit', 'verify', '--against-cloud'], {
    url: 'http://127.0.0.1:1',
  });
  expect(answer.err).toContain('there is no runner token in');
});
