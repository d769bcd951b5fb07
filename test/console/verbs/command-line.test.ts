import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isVerb, verbNames } from '../../../src/console/verbs/command-line.ts';
import { refusals, type RefusalCode } from '../../../src/protocol/errors.ts';
import { getMe, listGroups, revokeToken } from '../../../src/protocol/api/session.ts';
import { getRunner, listRunners } from '../../../src/protocol/api/runners.ts';
import { Problem, startControlPlane, TOKEN } from '../support/control-plane.ts';
import { AT, me, operatorToken, runner, runnerDetail } from '../support/rows.ts';
import { environment, verb } from '../support/verb-run.ts';

test.each([
  [['runers', 'list'], 'runners'],
  [['runners', 'lst'], 'list'],
  [['runners', 'list', '--jsn'], '--json'],
  [['runners', 'list', '--output', 'xml'], 'csv'],
  [['runners', 'show'], 'runner'],
  [['runners'], '--help'],
  [['moon'], '--help'],
  [['watch', 'moon'], 'enrollment_keys'],
])('%j is one sentence that helps, and exit 2', async (argv, hint) => {
  const { code, out, err } = await verb(argv, { env: environment('http://127.0.0.1:9') });
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toContain(hint);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
});

test('--help of every verb has examples and exits 0', async () => {
  for (const name of verbNames) {
    const { code, out } = await verb([name, '--help'], { env: environment() });
    expect(code).toBe(0);
    expect(isVerb(name)).toBe(true);
    if (!out.includes('Commands:')) expect(out).toContain('Examples:');
  }
});

const exits: [RefusalCode, number][] = [
  ['invalid_request', 2],
  ['denied_by_policy', 3],
  ['pack_untrusted', 3],
  ['insufficient_privileges', 3],
  ['token_invalid', 4],
  ['runner_not_found', 5],
  ['conflict', 6],
  ['pack_moved', 6],
  ['internal', 1],
];
test.each(exits)(
  'a refusal %s exits %i, with code, sentence and fix on stderr',
  async (refused, expected) => {
    await using plane = await startControlPlane();
    plane.answer(listGroups, () => {
      throw new Problem(refused);
    });
    const { code, out, err } = await verb(['groups'], { env: environment(plane.url) });
    expect(code).toBe(expected);
    expect(out).toBe('');
    expect(err).toContain(refused);
    expect(err).toContain(refusals[refused].fix);
  },
);

test('nothing listening exits 7; nobody signed in exits 4; both name the fix', async () => {
  const gone = await verb(['whoami'], { env: environment('http://127.0.0.1:9') });
  expect(gone.code).toBe(7);
  const stranger = await verb(['whoami'], { env: environment() });
  expect(stranger.code).toBe(4);
  expect(stranger.err).toContain('emisar-console login');
});

test('login stores what the control plane accepted, for the owner only; logout forgets it', async () => {
  await using plane = await startControlPlane();
  plane.answer(getMe, () => me());
  const env = environment();
  const login = await verb(['login', '--url', plane.url, '--token-stdin', '--name', 'prod'], {
    env,
    stdin: `${TOKEN}\n`,
  });
  expect(login.code).toBe(0);
  const file = join(env['EMISAR_CONFIG_DIR'] ?? '', 'console.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await verb(['whoami', '--json'], { env })).out).toContain('"mara"');
  const listed = await verb(['profiles', '--json'], { env });
  expect(listed.out).toContain('"prod"');
  expect(login.out + login.err + listed.out).not.toContain(TOKEN);
  expect((await verb(['logout'], { env })).code).toBe(0);
  expect((await verb(['whoami'], { env })).code).toBe(4);
});

test('logout --revoke ends the stored token, not the one in the environment', async () => {
  await using home = await startControlPlane();
  await using other = await startControlPlane();
  home.answer(getMe, () => me());
  home.answer(revokeToken, ({ params }) => ({ ...operatorToken, id: String(params['id']), revoked_at: AT }));
  const env = environment();
  await verb(['login', '--url', home.url, '--token-stdin', '--name', 'home'], { env, stdin: TOKEN });
  const elsewhere = { ...env, EMISAR_CONSOLE_URL: other.url, EMISAR_TOKEN: TOKEN };
  expect((await verb(['logout', 'home', '--revoke'], { env: elsewhere })).code).toBe(0);
  expect(home.asked.at(-1)?.path).toBe('/api/v1/tokens/tok_1/revoke');
  expect(other.asked).toEqual([]);
});

test('a token that is wrong is not stored', async () => {
  await using plane = await startControlPlane();
  const env = environment();
  const { code } = await verb(['login', '--url', plane.url, '--token-stdin'], { env, stdin: 'emop-wrong' });
  expect(code).toBe(4);
  expect(existsSync(join(env['EMISAR_CONFIG_DIR'] ?? '', 'console.json'))).toBe(false);
});

test('a profile file that others can read is refused by name', async () => {
  const env = environment();
  const file = join(env['EMISAR_CONFIG_DIR'] ?? '', 'console.json');
  writeFileSync(
    file,
    JSON.stringify({ current: 'x', profiles: [{ name: 'x', url: 'http://127.0.0.1:9', token: TOKEN }] }),
    { mode: 0o644 },
  );
  const { code, err } = await verb(['whoami'], { env });
  expect(code).toBe(4);
  expect(err).toContain(file);
  expect(err).toContain('chmod 600');
});

test('EMISAR_TOKEN alone counts for nothing, and goes nowhere', async () => {
  await using plane = await startControlPlane();
  plane.answer(getMe, () => me());
  const env = { ...environment(), EMISAR_TOKEN: TOKEN };
  expect((await verb(['whoami'], { env })).code).toBe(4);
  expect(plane.asked).toHaveLength(0);
  expect((await verb(['whoami', '--url', plane.url], { env })).code).toBe(0);
});

test('a stored token goes only to the server that it was stored for', async () => {
  await using home = await startControlPlane();
  await using other = await startControlPlane();
  home.answer(getMe, () => me());
  const env = environment();
  await verb(['login', '--url', home.url, '--token-stdin', '--name', 'home'], { env, stdin: TOKEN });
  expect((await verb(['whoami', '--url', other.url], { env })).code).toBe(4);
  expect((await verb(['whoami', '--url', other.url, '--profile', 'home'], { env })).code).toBe(2);
  expect(other.asked).toHaveLength(0);
  expect((await verb(['whoami', '--url', home.url], { env })).code).toBe(0);
});

test('lists come as table, json, ndjson and csv, all pages of them', async () => {
  await using plane = await startControlPlane();
  plane.answer(listRunners, ({ query }) =>
    query['cursor'] === 'more'
      ? { items: [runner('b', { name: '=cmd()' })], next_cursor: null, total: 2 }
      : { items: [runner('a', { group: 'g,"1' })], next_cursor: 'more', total: 2 },
  );
  const env = environment(plane.url);
  const json = await verb(['runners', 'list', '--json'], { env });
  expect(JSON.parse(json.out)).toMatchObject({ total: 2, items: [{ id: 'b' }, { id: 'a' }] });
  const ndjson = await verb(['runners', 'list', '--output', 'ndjson'], { env });
  expect(
    ndjson.out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id)
      .sort(),
  ).toEqual(['a', 'b']);
  const csv = await verb(['runners', 'list', '--output', 'csv'], { env });
  expect(csv.out).toContain("'=cmd()");
  expect(csv.out).toContain('"g,""1"');
  expect((await verb(['runners', 'list', '-q', 'name:a'], { env })).out).toBe('a\n');
});

test('T27: columns stay aligned over wide characters, and a terminal gets a frame that fits', async () => {
  await using plane = await startControlPlane();
  plane.answer(listRunners, () => ({ items: [runner('日本語'), runner('é')], next_cursor: null, total: 2 }));
  const env = environment(plane.url);
  const plain = await verb(['runners', 'list'], { env });
  expect(plain.out).toContain('日本語  default');
  expect(plain.out).toContain('é       default');
  const framed = await verb(['runners', 'list'], { env, terminal: true });
  expect(framed.out).toContain('┌');
  expect(framed.out).toContain('日本語');
});

test('T17: a name that would colour or move is harmless in tables; JSON in a pipe carries it exactly', async () => {
  await using plane = await startControlPlane();
  const spoof = 'web\u001b[31m\r\u202e';
  plane.answer(listRunners, () => ({ items: [runner(spoof)], next_cursor: null, total: 1 }));
  plane.answer(getRunner, () => runnerDetail(spoof));
  const env = environment(plane.url);
  for (const argv of [
    ['runners', 'list'],
    ['runners', 'show', 'x'],
    ['runners', 'list', '--output', 'csv'],
  ]) {
    for (const terminal of [true, false]) {
      expect((await verb(argv, { env, terminal })).out).not.toMatch(/[\u001b\r\u202e]/);
    }
  }
  expect((await verb(['runners', 'list', '--json'], { env, terminal: true })).out).not.toMatch(
    /\\u001b|\u202e/,
  );
  const exact = await verb(['runners', 'list', '--json'], { env });
  expect((JSON.parse(exact.out) as { items: { name: string }[] }).items[0]?.name).toBe(spoof);
});

test('explain tells by code and by fault id, and suggests for a mistyped one', async () => {
  const env = environment();
  const byCode = await verb(['explain', 'pack_untrusted'], { env });
  expect(byCode.out).toContain(refusals.pack_untrusted.fix);
  expect((await verb(['explain', 'pack.pending'], { env })).out).toBe(byCode.out);
  const mistyped = await verb(['explain', 'pack_untrused'], { env });
  expect(mistyped.code).toBe(5);
  expect(mistyped.err).toContain('pack_untrusted');
});
