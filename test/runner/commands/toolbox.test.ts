// The toolbox as an operator types it: one clear sentence and exit code 1 for every mistake.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/runner/clock.ts';
import { run } from '../../../src/runner/program.ts';
import { temporaryDir } from '../linked-runner.ts';

let dir: string;
beforeEach(() => {
  dir = temporaryDir();
  const pack = join(dir, 'packs/demo');
  mkdirSync(join(pack, 'actions'), { recursive: true });
  writeFileSync(
    join(pack, 'pack.yaml'),
    'schema_version: 1\nid: demo\nname: Demo\nversion: 1.0.0\ndescription: Says pong.\nactions: [actions/ping.yaml]\n',
  );
  writeFileSync(join(pack, 'actions/ping.yaml'), ping);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ping = `schema_version: 1
id: demo.ping
title: Ping
description: Says pong <here>.
kind: exec
risk: low
side_effects: [none]
args: []
execution: {command: {binary: echo, argv: [pong]}, timeout: 5s}
output: {max_stdout_bytes: 1024, max_stderr_bytes: 1024}
`;

async function emisar(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(['--packs-dir', join(dir, 'packs'), ...argv], {
    env: { HOME: dir, PATH: process.env['PATH'], EMISAR_GROUP: 'web' },
    version: '9.8.7',
    programDir: dir,
    clock: systemClock,
    out: (text) => (out += text),
    err: (text) => (err += text),
    exitCode: 0,
  });
  return { code, out, err };
}

test('--version is exactly one line', async () => {
  expect(await emisar('--version')).toEqual({ code: 0, out: 'emisar version 9.8.7\n', err: '' });
});

test.each([[[]], [['--help']], [['action']], [['pack']], [['actions', '--help']]])(
  '%j prints help',
  async (argv) => {
    const { code, out, err } = await emisar(...argv);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/Usage: emisar/);
  },
);

test('the help of the whole program says where the configuration is looked for', async () => {
  expect((await emisar('--help')).out).toMatch(/Paths:\n {2}config .*\/etc\/emisar\/config\.yaml/);
});

test('state check-dispatch-log counts what it can read, and names the way out of what it cannot', async () => {
  const check = () => emisar('state', 'check-dispatch-log', '--data-dir', dir);
  const log = join(dir, 'dispatches.jsonl');
  expect(await check()).toEqual({ code: 0, out: `ok: there is no dispatch log yet at ${log}\n`, err: '' });
  writeFileSync(log, '');
  expect((await check()).out).toBe(`ok: 0 entries in ${log}\n`);
  writeFileSync(log, '{"request_id":"req_1"}\n');
  const { code, out, err } = await check();
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain(`mv ${log} ${log}.corrupt`);
});

test.each([
  [['state', 'bogus'], /too many arguments/],
  [['bogus'], /no such command; see emisar --help/],
  [['action', 'bogus'], /no such command; see emisar action --help/],
  [['--bogus'], /unknown option '--bogus'; see emisar --help/],
  [['connect', '--bogus'], /unknown option '--bogus'/],
  [['action', 'describe'], /missing required argument 'id'/],
  [['action', 'describe', 'no.such'], /Cannot find the action no\.such; see emisar action list/],
  [['action', 'describe', 'demo.ping', '--json'], /Cannot use --json with emisar action describe/],
  [['state', '--json'], /Cannot use --json with emisar state/],
  [['connect', '--json'], /Cannot use --json/],
  [['connect'], /EMISAR_URL is not set/],
  [['pack', 'validate', '/nowhere'], /no pack\.yaml/],
  [['pack', 'list', 'extra'], /too many arguments/],
])('%j is refused with one sentence', async (argv, message) => {
  const { code, out, err } = await emisar(...argv);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(message);
  expect(err).toMatch(/^error: [^\n]*\n$/);
});

test('action list is a table, or JSON', async () => {
  expect((await emisar('action', 'list')).out).toBe(
    'ID         PACK  KIND  RISK  TITLE\ndemo.ping  demo  exec  low   Ping\n',
  );
  const { out } = await emisar('actions', 'list', '--json');
  expect(JSON.parse(out)).toMatchObject([{ id: 'demo.ping', limits: { default_timeout: 5_000_000_000 } }]);
  expect(out).toContain('\\u003chere\\u003e');
});

test('action describe is one definition', async () => {
  const { out } = await emisar('action', 'describe', 'demo.ping');
  expect(JSON.parse(out)).toMatchObject({
    id: 'demo.ping',
    pack_id: 'demo',
    primary_executable_available: true,
  });
});

test('pack list and validate show the hash', async () => {
  const list = await emisar('pack', 'list', '--json');
  const [{ hash }] = JSON.parse(list.out) as [{ hash: string }];
  expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect((await emisar('pack', 'list')).out).toContain(
    `demo  1.0.0    1        ${hash.slice(0, 19)}  Says pong.`,
  );
  const path = join(dir, 'packs/demo');
  expect((await emisar('pack', 'validate', path)).out).toBe(`demo: 1 actions, valid\nhash: ${hash}\n`);
  expect(JSON.parse((await emisar('pack', 'validate', path, '--json')).out)).toEqual({
    pack_id: 'demo',
    actions: 1,
    hash,
  });
});

test('state is what would be advertised, admission applied', async () => {
  const { out } = await emisar('state');
  expect(JSON.parse(out)).toMatchObject({
    type: 'runner_state',
    protocol_version: 1,
    version: '9.8.7',
    group: 'web',
    packs: { demo: { version: '1.0.0', hash: expect.stringMatching(/^sha256:/) } },
    actions: [{ id: 'demo.ping' }],
  });
  const config = join(dir, 'config.yaml');
  writeFileSync(
    config,
    'schema_version: 1\nrunner: {group: web}\nevents: {jsonl_path: e}\nadmission: {deny: ["demo.*"]}\n',
    { mode: 0o600 },
  );
  const denied = JSON.parse((await emisar('state', '--config', config)).out) as Record<string, unknown>;
  expect(denied['actions']).toBeNull();
  expect((await emisar('action', 'list', '--config', config)).out).toContain('demo.ping');
});

test('a broken pack is named and left out where a host must go on, and refused where it is looked at', async () => {
  mkdirSync(join(dir, 'packs/broken'));
  writeFileSync(join(dir, 'packs/broken/pack.yaml'), 'schema_version: 1\nid: broken\nextra: 1\n');
  const list = await emisar('action', 'list');
  expect([list.code, list.out.includes('demo.ping')]).toEqual([0, true]);
  expect(list.err).toMatch(/warning: pack left out: .*broken\/pack\.yaml:\d+: extra/);
  expect(JSON.parse((await emisar('state')).out)).toMatchObject({ degraded_packs: [{ pack: 'broken' }] });
  const refused = await emisar('pack', 'list');
  expect([refused.code, refused.out]).toEqual([1, '']);
  expect(refused.err).toMatch(/^error: .*broken\/pack\.yaml:\d+: extra/);
});
