// From nothing to a fleet on the screen, and the ways in which the screen can be opened.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { repository, runBin } from '../support/program.ts';
import { keys, startPty, type Pty, type PtyOptions } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';

let fleet: SystemFleet;
let folder = '';
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-first-'));
  fleet.startRunner('host', { key: await fleet.mintKey() });
  await fleet.whenRunner(({ state }) => state === 'online');
  await login('stored');
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function login(name: string, url = fleet.url, ...words: string[]): Promise<void> {
  const { code, stderr } = await runBin(
    'emisar-console',
    ['login', '--url', url, '--token-stdin', ...words],
    { env: { EMISAR_CONFIG_DIR: join(folder, name) }, input: `${fleet.token}\n` },
  );
  if (code !== 0) throw new Error(stderr);
}

function open(profiles: string, words: readonly string[] = [], options: PtyOptions = {}): Pty {
  return startPty(process.execPath, [join(repository, 'bin/emisar-console.js'), ...words], {
    ...options,
    env: {
      EMISAR_CONFIG_DIR: join(folder, profiles),
      XDG_STATE_HOME: join(folder, 'state'),
      ...options.env,
    },
  });
}

test('who is signed in nowhere signs in: a wrong token leaves the form, the right one opens the fleet', async () => {
  await using screen = open('fresh');
  await screen.shows(/knows no control plane yet/);
  screen.type('s');
  await screen.shows(/▌ server/);
  screen.type(`${fleet.url}${keys.tab}`);
  await screen.shows(/▌ token/);
  screen.type(keys.paste(`emop-${'x'.repeat(43)}`) + keys.tab + keys.tab);
  await screen.shows(/▌ +Sign in/);
  screen.type(keys.enter);
  await screen.shows(/✗ .*[^]*token_invalid/);
  expect(screen.screen()).toContain(fleet.url);
  screen.type(keys.up + keys.up);
  await screen.shows(/▌ token/);
  screen.type('\u0015');
  screen.type(keys.paste(fleet.token) + keys.tab + keys.tab);
  await screen.shows(/▌ +Sign in/);
  screen.type(keys.enter);
  await screen.shows(/● online/);
  expect(screen.raw()).not.toContain(fleet.token);
  const file = join(folder, 'fresh/console.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).toContain(fleet.token);
  screen.type('q');
  expect(await screen.ended).toEqual({ exitCode: 0, signal: 0 });
});

test('who is signed in nowhere starts a fleet of one, or leaves', async () => {
  await using left = open('none');
  await left.shows(/Start a fleet of one here/);
  left.type('q');
  expect((await left.ended).exitCode).toBe(0);
  await using screen = open('none');
  await screen.shows(/Start a fleet of one here/);
  screen.type('l');
  await screen.shows(/● online/, 30_000);
  await screen.shows(/▲|local owner|owner@local/);
  screen.type('q');
  expect((await screen.ended).exitCode).toBe(0);
});

test('a deep link, read-only, another theme, a stored profile by name or by address', async () => {
  await using runs = open('stored', [':runs', '--read-only', '--theme', 'light']);
  await runs.shows(/Nothing was run yet/);
  await runs.shows(/read-only/);
  expect(runs.screen()).not.toMatch(/r run…/);
  await using byUrl = open('elsewhere', ['--url', fleet.url, ':keys'], {
    env: { EMISAR_TOKEN: fleet.token },
  });
  await byUrl.shows(/Keys[^]*✓ used/);
  await using plain = open('stored', ['--ascii']);
  await plain.shows(/\* online/);
  await plain.shows(/a act/);
  expect(plain.raw()).toMatch(/^[\x00-\x7f]*$/);
});

test.each([
  [['--theme', 'pink'], 2, /no theme "pink"; there are auto, dark, light/],
  [['--nope'], 2, /unknown option '--nope'; --help/],
  [[':runs', ':keys'], 2, /one word too many/],
  [['--profile', 'nobody'], 4, /Cannot find a profile named nobody/],
  [['local', '--theme', 'pink'], 2, /no theme "pink"/],
  [['local', ':nowhere'], 2, /unknown screen "nowhere"/],
])('%j says in one sentence what is wrong', async (words, code, sentence) => {
  const ended = await runBin('emisar-console', words, { env: { EMISAR_CONFIG_DIR: join(folder, 'stored') } });
  expect(ended.code).toBe(code);
  expect(ended.stderr).toMatch(sentence);
  expect(ended.stderr.trim().split('\n').length).toBeLessThan(3);
  expect(ended.stdout).toBe('');
});

test('T7: another profile opens only by hand, its server stands in the header, and the window is named after it', async () => {
  await login('two', fleet.url, '--name', 'one');
  await login('two', fleet.url.replace('127.0.0.1', 'localhost'), '--name', 'other');
  await using screen = open('two', ['--profile', 'one']);
  const titles: string[] = [];
  screen.terminal.onTitleChange((title) => titles.push(title));
  await screen.shows(/@emisar +127\.0\.0\.1:\d+/);
  screen.type(`:profiles${keys.enter}`);
  await screen.shows(/● open +one[^]*other/);
  screen.type(`:profile other${keys.enter}`);
  await screen.shows(/@emisar +localhost:\d+/);
  await screen.shows(/● online/);
  expect(titles.some((title) => /^emisar .*localhost:\d+$/.test(title))).toBe(true);
  screen.type('q');
  expect((await screen.ended).exitCode).toBe(0);
});

test('T23: resized five ways it is whole each time, and too small it says what it needs', async () => {
  await using screen = open('stored');
  await screen.shows(/● online/);
  for (const [columns, rows] of [
    [200, 60],
    [80, 24],
    [60, 16],
    [44, 11],
    [120, 36],
  ] as const) {
    screen.resize(columns, rows);
    await screen.shows(/● online/);
    // Nothing of an earlier size is left: header, tabs, place, rule, titles, the row.
    await screen.shows(new RegExp(`^ emisar[^\n]*\n 1 [^\n]*\n Fleet[^\n]*\n─{${columns}}\n`));
    expect(screen.lines().filter((line) => line.includes('online'))).toHaveLength(1);
  }
  screen.resize(30, 8);
  await screen.shows(/^needs 40×10, has 30×8$/m);
  screen.resize(1, 1);
  screen.resize(100, 30);
  await screen.shows(/● online/);
});

test('the command line completes names, and brings back what was typed', async () => {
  await using screen = open('stored');
  await screen.shows(/● online/);
  screen.type(':ru');
  await screen.shows(/^ :ru +run +runner +runners +runs/m);
  screen.type(`nner${keys.tab}`);
  await screen.shows(/^ :runner/m);
  screen.type(keys.escape);
  await screen.hides(/^ :runner/m);
  screen.type(`:runs status:failed${keys.enter}`);
  await screen.shows(/Runs[^]*status:failed/);
  screen.type(`:${keys.up}`);
  await screen.shows(/^ :runs status:failed/m);
  screen.type(keys.down);
  await screen.shows(/^ : /m);
});
