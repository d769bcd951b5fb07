// What the console writes to a terminal: how much, how often, in which colours, and never a stranger's bytes.
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mintToken, revokeToken } from '../../src/protocol/api/session.ts';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { listRunners } from '../../src/protocol/api/runners.ts';
import { dispatch } from '../../src/protocol/api/runs.ts';
import { mainThreadMs } from '../support/processes.ts';
import { repository, runBin } from '../support/program.ts';
import { keys, startPty, type Pty, type PtyOptions } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';
import { connect, type WireRunner } from '../support/wire-runner.ts';

const spoofs = [
  'untrusted\rtrusted',
  'a\b\b\bb',
  'bell\u0007',
  'tab\there',
  '\u001b[2J\u001b[Hgone',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007',
  '\u001b[8mhidden\u001b[28m',
  '\u009b31mred',
  'abc\u202egnp.exe',
  '\u2066isolate\u2069',
] as const;
const printed = spoofs.map((text) => `printf '%b\\n' '${octal(text)}'`).join('\n');
const noise = 'printf NOISE-1; printf NOISE-2 >&2; printf NOISE-3 >/dev/tty; printf NOISE-4 >&0; true';
const pack = {
  actions: [
    { name: 'spoof', script: `#!/bin/sh\n${printed}\n${noise} 2>/dev/null\n` },
    { name: 'plain', command: ['true'] as const },
  ],
};

let fleet: SystemFleet;
let folder = '';
let stranger: WireRunner;
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-screen-'));
  fleet.startRunner('host', { key: await fleet.mintKey(), pack });
  stranger = await connectStranger();
  await trustAll();
  const { code, stderr } = await runBin('emisar-console', ['login', '--url', fleet.url, '--token-stdin'], {
    env: { EMISAR_CONFIG_DIR: folder },
    input: `${fleet.token}\n`,
  });
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  stranger[Symbol.dispose]();
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

function octal(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join('');
}

/** A host that says of itself whatever it likes. */
async function connectStranger(): Promise<WireRunner> {
  const response = await fetch(`${fleet.url}/runner/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await fleet.mintKey()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ external_id: 'stranger', hostname: `stranger ${spoofs[0]}` }),
  });
  const { token } = (await response.json()) as { token: string };
  const runner = await connect(fleet.url, token);
  runner.sendState({
    hostname: `stranger ${spoofs.join(' ')}`,
    group: spoofs.join(' '),
    labels: Object.fromEntries(spoofs.map((text, index) => [`label${index}`, text])),
    version: spoofs[8],
  });
  return runner;
}

async function trustAll(): Promise<void> {
  await fleet.whenRunner((each) => each.packs_pending === 1);
  const { items } = await fleet.api.call(listPackVersions, { query: { state: 'pending' } });
  for (const { id, pending_hash } of items) {
    if (pending_hash === null) continue;
    await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: pending_hash } });
  }
}

function open(words: readonly string[] = [], options: PtyOptions = {}): Pty {
  return startPty(process.execPath, [join(repository, 'bin/emisar-console.js'), ...words], {
    ...options,
    env: { EMISAR_CONFIG_DIR: folder, ...options.env },
  });
}

const openFleet = async (options: PtyOptions = {}) => {
  const screen = open([], options);
  await screen.shows(/● online[^]*● online/);
  await screen.shows(/● live/);
  await screen.shows(/a act/);
  return screen;
};

test('T17: through a real host and control plane no stranger moves, colours, hides or links anything', async () => {
  const body = {
    action_id: 'demo.spoof',
    runners: [hostname()],
    args: {},
    reason: `why ${spoofs.join(' ')}`,
  };
  const { results } = await fleet.api.call(dispatch, { body });
  const id = results[0]?.run?.id ?? '';
  await fleet.whenFinished(id);
  const { items } = await fleet.api.call(listRunners, { query: { limit: 100 } });
  const other = items.find(({ name }) => name !== hostname());
  await using screen = await openFleet({ columns: 200, rows: 50 });
  const places: [string, RegExp][] = [
    [':runs', /why untrusted␍trusted/],
    [`:run ${id}`, /untrusted␍trusted[^]*NOISE-1/],
    [`:runner ${other?.id}`, /stranger untrusted␍trusted/],
    [':packs', /demo/],
    [':fleet', /stranger untrusted␍trusted/],
  ];
  for (const [place, shown] of places) {
    screen.type(`${place}${keys.enter}`);
    await screen.shows(shown);
  }
  for (const spoof of spoofs) expect(screen.raw()).not.toContain(spoof);
  const rest = screen
    .raw()
    .replaceAll(/\u001b\[[?\d;]*[A-Za-z]|\u001b\]2;[^\u0007\u001b]*\u0007|\u001b\]11;\?\u001b\\|[\r\n]/g, '');
  expect(rest).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/);
  expect(screen.raw()).not.toMatch(/\u001b\[8m/);
});

test('T7: a profile that changes on disk does not move a console that is open', async () => {
  const profiles = join(folder, 'moving');
  const login = async (url: string) => {
    const { code, stderr } = await runBin(
      'emisar-console',
      ['login', '--url', url, '--token-stdin', '--name', 'it'],
      {
        env: { EMISAR_CONFIG_DIR: profiles },
        input: `${fleet.token}\n`,
      },
    );
    if (code !== 0) throw new Error(stderr);
  };
  await login(fleet.url);
  await using screen = await openFleet({ env: { EMISAR_CONFIG_DIR: profiles } });
  await login(fleet.url.replace('127.0.0.1', 'localhost'));
  screen.type('\u0012');
  await screen.shows(/ 127\.0\.0\.1:\d+/);
  screen.type(`:runner ${hostname()}${keys.enter}`);
  await screen.shows(new RegExp(`Fleet › ${hostname()}[^]*a act`));
  screen.type('a');
  await screen.shows(/Disable…/);
  screen.type('d');
  await screen.shows(new RegExp(`╭ Disable ${hostname()} on 127\\.0\\.0\\.1:`));
  expect(screen.raw()).not.toContain('localhost');
});

/** The cell in which `word` begins. */
function cellOf(screen: Pty, word: string) {
  const lines = screen.lines();
  const row = lines.findIndex((line) => line.includes(word));
  return screen.terminal.buffer.active.getLine(row)?.getCell(lines[row]?.indexOf(word) ?? 0);
}

test('T8, T9: once its token is revoked the screen stays, grey, and offers to sign in again', async () => {
  const { secret, token } = await fleet.api.call(mintToken, { body: { name: 'short-lived' } });
  await using screen = await openFleet({ env: { EMISAR_CONSOLE_URL: fleet.url, EMISAR_TOKEN: secret } });
  expect(cellOf(screen, '● online')?.isFgDefault()).toBe(false);
  await fleet.api.call(revokeToken, { params: { id: token.id } });
  await screen.shows(/! signed out/);
  await screen.shows(/Sign in again: :login/);
  await screen.shows(/● online[^]*● online/);
  await until('the rows are grey', () => cellOf(screen, '● online')?.isDim());
  expect(cellOf(screen, '● online')?.isFgDefault()).toBe(true);
  // Nothing is sent over it, and it still leaves in order.
  screen.type('q');
  expect((await screen.ended).exitCode).toBe(0);
});

test('T21: after the first frame nothing is cleared as a whole, except when the window changes', async () => {
  await using screen = await openFleet();
  const start = screen.raw().length;
  for (const key of ['j', 'k', '2', '3', '4', '1', '?']) screen.type(key);
  await screen.shows(/╭ Keys/);
  screen.type(keys.escape);
  await screen.hides(/╭ Keys/);
  screen.type('a');
  await screen.shows(/chooses/);
  screen.type(keys.escape);
  await screen.hides(/chooses/);
  screen.type('/zzz');
  await screen.shows(/Nothing matches/);
  screen.type(keys.escape);
  await screen.shows(/● online/);
  const since = screen.raw().slice(start);
  expect(since.length).toBeGreaterThan(2000);
  expect(since).not.toMatch(/\u001b\[[0-3]?J/);
  // T24: the mouse stays the terminal's own, so that text can be marked and copied as ever.
  expect(screen.raw()).not.toMatch(/\u001b\[\?(?:9|100[0-6]|1015|1016)h/);
  screen.resize(90, 20);
  await screen.shows(new RegExp(`\n─{90}\n`));
  // Whatever happens, scrollback is the terminal's.
  expect(screen.raw()).not.toContain('\u001b[3J');
});

const withoutSync = (text: string) => text.replaceAll(/\u001b\[\?2026[hl]/g, '');

test('T22: without synchronized output a move rewrites the lines that changed and nothing else', async () => {
  await using screen = await openFleet();
  const start = screen.raw().length;
  screen.type('j');
  await screen.shows(new RegExp(`▌ +${hostname()} `));
  const since = withoutSync(screen.raw().slice(start));
  expect(since).not.toContain('HEARTBEAT');
  expect(since).not.toContain('? help');
  expect(since.length).toBeLessThan(1500);
});

test('T22: a line that is stuck and goes on shows where things are now, not every step on the way', async () => {
  await using screen = await openFleet();
  screen.pause();
  for (let step = 0; step < 400; step += 1) screen.type(step % 2 === 0 ? 'j' : 'k');
  screen.type('?');
  screen.resume();
  const start = screen.bytes();
  await screen.shows(/╭ Keys/);
  // A whole frame for each of 400 keys would be more than a megabyte.
  expect(screen.bytes() - start).toBeLessThan(200_000);
});

/** Every colour and style that was asked for, as the numbers of SGR. */
function stylesOf(screen: Pty): string[] {
  return [...new Set([...screen.raw().matchAll(/\u001b\[([\d;]*)m/g)].map(([, codes = '']) => codes))];
}

test.each([[[]], [['--theme', 'light']], [['--theme', 'high-contrast']]])(
  'T26: sixteen colours suffice (%j), and the background is the terminal’s',
  async (words) => {
    await using screen = open(words, { env: { TERM: 'xterm', COLORTERM: '' } });
    await screen.shows(/● online/);
    await screen.shows(/a act/);
    const styles = stylesOf(screen);
    expect(styles).toEqual(expect.arrayContaining([expect.stringMatching(/^(?:3|9)[0-7]$/)]));
    for (const code of styles) expect(code).toMatch(/^(?:0|1|2|4|7|2[2-7]|3[0-79]|9[0-7])?$/);
  },
);

test('T26: with NO_COLOR nothing is coloured, and every state still has its glyph and word', async () => {
  await using screen = open([], { env: { NO_COLOR: '1' } });
  await screen.shows(/● online/);
  await screen.shows(/a act/);
  for (const code of stylesOf(screen)) expect(code).toMatch(/^(?:0|1|2|4|7|2[2-7])?$/);
});

test('T29: an idle screen draws once a second at most and takes less than 10 ms of it', async () => {
  await using screen = await openFleet();
  const clock = () => /(\d\d:\d\d:\d\d)Z/.exec(screen.screen())?.[1] ?? '';
  const ticked = async () => {
    const before = clock();
    await until('the clock ticks', () => clock() !== before);
  };
  // The first second belongs to the start.
  await ticked();
  await ticked();
  const [from, ran, since] = [screen.raw().length, mainThreadMs(screen.pid), performance.now()];
  for (let second = 0; second < 5; second += 1) await ticked();
  const seconds = (performance.now() - since) / 1000;
  const frames = screen.raw().slice(from).split('\u001b[?2026h').length - 1;
  expect(frames).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
  expect((mainThreadMs(screen.pid) - ran) / seconds).toBeLessThan(10);
});
