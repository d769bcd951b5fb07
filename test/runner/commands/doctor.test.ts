// `emisar doctor`: every check on its good side and on its bad one.
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openJournal } from '../../../src/runner/journal/journal.ts';
import { temporaryFolder, writePack } from '../../support/pack-builder.ts';
import { authority } from '../../support/signing.ts';
import { smallEvent } from '../journal/events.ts';
import { WireServer } from '../wire-server.ts';
import { emisar, writeConfig } from './toolbox-run.ts';

let folder: ReturnType<typeof temporaryFolder>;
let server: WireServer;
const at = (...path: string[]) => join(folder.path, ...path);

beforeEach(async () => {
  server = await WireServer.start();
  folder = temporaryFolder('doctor-');
  writeConfig(folder.path);
  writePack(at('packs/demo'), { actions: [{ name: 'ping', command: ['echo', 'pong'] }] });
  mkdirSync(at('data'));
  writeFileSync(at('data/token.json'), '{"token":"rnrtok-mine"}', { mode: 0o600 });
});
afterEach(async () => {
  await server.stop();
  folder[Symbol.dispose]();
});

interface Report {
  status: string;
  passed: number;
  checks: { name: string; status: string; detail: string }[];
}
async function doctor(): Promise<{ code: number; report: Report }> {
  const { code, out } = await emisar(folder.path, ['doctor', '--json'], { url: server.url });
  return { code, report: JSON.parse(out) as Report };
}

test('a host that is right: a line each, a sum, exit 0', async () => {
  const journal = await openJournal({ path: at('events.jsonl') });
  await journal.append(smallEvent(1));
  await journal.close();
  const { code, out, err } = await emisar(folder.path, ['doctor'], { url: server.url });
  expect([code, err]).toEqual([0, '']);
  expect(out.split('\n')).toEqual([
    `  ✓  config        ${at('config.yaml')}, group web, id web-01`,
    `  ✓  credential    runner token in ${at('data/token.json')}`,
    '  ✓  dispatch log  none yet',
    '  ✓  journal       1 events, chain intact',
    `  ✓  pack dirs     ${at('packs')}`,
    '  ✓  packs         1: demo@1.0.0',
    '  ✓  action tools  every program that an action starts is there',
    expect.stringMatching(/^ {2}✓ {2}isolation {5}actions are started by .*setpriv$/),
    '  ✓  signing       not enforced',
    `  ✓  cloud         ${server.url} answers`,
    '10 passed, 0 warnings, 0 failed',
    '',
  ]);
});

const recent = () => new Date(Date.now() - 60_000).toISOString();
test.each<[string, string, string, () => void, RegExp]>([
  [
    'credential',
    'fail',
    'no token and no key',
    () => rmSync(at('data/token.json')),
    /no runner token .* no enrollment key in EMISAR_AUTH_KEY/,
  ],
  [
    'credential',
    'fail',
    'a token that others read',
    () => chmodSync(at('data/token.json'), 0o644),
    /others can read/,
  ],
  [
    'dispatch log',
    'fail',
    'nonsense',
    () => writeFileSync(at('data/dispatches.jsonl'), 'nonsense\n'),
    /Cannot trust the dispatch log .* mv /,
  ],
  [
    'journal',
    'fail',
    'nonsense',
    () => writeFileSync(at('events.jsonl'), 'nonsense\n'),
    /line 1 is not an event in JSON; see emisar audit verify --all/,
  ],
  ['pack dirs', 'warn', 'none', () => rmSync(at('packs'), { recursive: true }), /missing: .*packs/],
  [
    'packs',
    'fail',
    'a broken one',
    () => writePack(at('packs/broken'), { id: 'demo', actions: [] }),
    /1 cannot be loaded: broken: /,
  ],
  [
    'action tools',
    'warn',
    'a program that is not there',
    () =>
      writePack(at('packs/rare'), { id: 'rare', actions: [{ name: 'do', command: ['emisar-test-rare'] }] }),
    /not on the PATH: emisar-test-rare \(rare\.do\)/,
  ],
  [
    'signing',
    'ok',
    'enforced',
    () =>
      writeConfig(
        folder.path,
        `signing: {enforce_signatures: true, trusted_cas: [{ca_id: ca-main, public_key: ${authority.publicKey}}]}\n`,
      ),
    /only signed dispatches run; trusted: ca-main; at most 86400 s old/,
  ],
  [
    'cloud',
    'fail',
    'turned away a minute ago',
    () =>
      writeFileSync(
        at('data/terminal_shutdown.json'),
        JSON.stringify({ reason: 'runner_revoked', message: 'Mint a key', timestamp: recent() }),
      ),
    /^runner_revoked: Mint a key$/,
  ],
])('%s is %s: %s', async (name, status, _what, prepare, detail) => {
  prepare();
  const { code, report } = await doctor();
  expect(report.checks.find((check) => check.name === name)).toEqual({
    name,
    status,
    detail: expect.stringMatching(detail),
  });
  expect([code, report.checks.length]).toEqual([status === 'fail' ? 1 : 0, 10]);
});

test('cloud: unreachable, and turned away long ago', async () => {
  const old = { reason: 'runner_revoked', message: 'x', timestamp: '2020-01-01T00:00:00Z' };
  writeFileSync(at('data/terminal_shutdown.json'), JSON.stringify(old));
  expect((await doctor()).report.status).toBe('ok');
  const { code, out } = await emisar(folder.path, ['doctor'], { url: 'http://127.0.0.1:1' });
  expect([code, out]).toEqual([
    1,
    expect.stringMatching(/✗ {2}cloud {9}http:\/\/127\.0\.0\.1:1 is unreachable: .*ECONNREFUSED/),
  ]);
});

test('without a usable configuration only that is said', async () => {
  writeFileSync(at('config.yaml'), 'schema_version: 1\nextra: 1\n');
  const { code, report } = await doctor();
  expect([code, report]).toMatchObject([
    1,
    {
      status: 'fail',
      passed: 0,
      checks: [{ name: 'config', status: 'fail', detail: expect.stringMatching(/extra/) }],
    },
  ]);
});
