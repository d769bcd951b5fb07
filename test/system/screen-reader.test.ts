// The console read aloud: lines in the order of reading, no boxes, no glyphs, and after the first page only what is new.
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listPackVersions, trustPackVersion } from '../../src/protocol/api/packs.ts';
import { writePack } from '../support/pack-builder.ts';
import { repository, runBin, type Program } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { typistAt } from '../support/typist.ts';
import { until } from '../support/until.ts';

const slow = '#!/bin/sh\nfor n in 1 2 3; do echo "line $n"; sleep 0.2; done\necho odd >&2\n';
const actions = [{ name: 'slow', script: slow }];

let fleet: SystemFleet;
let folder = '';
let host: Program;
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-spoken-'));
  host = fleet.startRunner('host', { key: await fleet.mintKey(), pack: { actions } });
  await fleet.whenRunner((each) => each.packs_pending === 1);
  const { code, stderr } = await runBin('emisar-console', ['login', '--url', fleet.url, '--token-stdin'], {
    env: { EMISAR_CONFIG_DIR: folder },
    input: `${fleet.token}\n`,
  });
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Listener {
  readonly screen: Pty;
  /** What is said after the keys, up to the line that matches. */
  hears(typed: string, line: RegExp): Promise<string>;
  /** All that was said so far, without control sequences. */
  said(): string;
}

function listenTo(screen: Pty): Listener {
  const said = () =>
    screen
      .raw()
      .replaceAll(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b\[[0-9;:?]*[ -/]*[@-~]|[\r\u0007]/g, '');
  return {
    screen,
    said,
    async hears(typed, line) {
      const from = said().length;
      screen.type(typed);
      await until(`it says ${line}`, () => line.test(said().slice(from)), 20_000).catch(() => {
        throw new Error(`it never said ${line}:\n${said().slice(from)}`);
      });
      return said().slice(from);
    },
  };
}

function open(words: readonly string[] = ['--screen-reader'], env: Record<string, string> = {}): Listener {
  return listenTo(
    startPty(process.execPath, [join(repository, 'bin/emisar-console.js'), ...words], {
      columns: 80,
      rows: 24,
      env: { EMISAR_CONFIG_DIR: folder, ...env },
    }),
  );
}

test('every screen is read as lines, with the name of each value, and without anything drawn', async () => {
  const { screen, hears, said } = open();
  await using _ = screen;
  await hears(
    '',
    new RegExp(
      `^emisar, owner@emisar, .*, live, question mark lists the keys$[^]*^${hostname()}, state online, heartbeat \\d+s, .*packs 1 \\(1 waiting\\).*, selected$`,
      'm',
    ),
  );
  const places: [string, RegExp][] = [
    [
      `:runner ${hostname()}`,
      new RegExp(`^Fleet, ${hostname()}, online[^]*^pending, demo, 1\\.0\\.0, 1 action, `, 'm'),
    ],
    [':packs', /^demo, version 1\.0\.0, state pending, hash sha256:.*, selected$/m],
    [':runs', /^Nothing was run yet$/m],
    [':approvals', /^Nothing waits for approval$/m],
    [':keys', /^emkey-auth-.*state used.*$|^used,/m],
    [':team', /^owner.*, role owner, state active/m],
    [':member owner', /^chosen every runner, selected$[^]*^not chosen no runner$/m],
    [':audit', /event runner\.connected, by /],
    [':explain pack_moved', /^pack_moved, means Cannot decide: .*, do Look at the new difference/m],
    [':profiles', /^open, name emisar@.*, account emisar, member owner, selected$/m],
  ];
  for (const [place, line] of places) await hears(`${place}${keys.enter}`, line);
  await hears('?', /^Dialog: Keys$[^]*^Everywhere$[^]*^1 to 9, tab of that number$/m);
  expect(said()).not.toMatch(/[─│╭╮╰╯█░▌▏●◐○◌■✓✗▲›⏎…]/u);
  // The cursor tells a reader where it is, and is never taken away.
  expect(screen.raw().indexOf('\u001b[?25l')).toBe(-1);
  expect(screen.terminal.buffer.active.type).toBe('alternate');
  screen.type(keys.ctrlC);
  expect((await screen.ended).exitCode).toBe(0);
});

test('after that only what is new is said: a move, a menu, a change of state; time alone says nothing', async () => {
  const { screen, hears, said } = open(['--screen-reader', ':packs']);
  await using _ = screen;
  await hears('', /^emisar, owner@emisar[^]*^demo, version 1\.0\.0, state pending/m);
  await hears(keys.enter, /^trusting allows[^]*^low, demo\.slow/m);
  const menu = await hears('a', /^Dialog: demo 1\.0\.0$[^]*esc leaves$/m);
  expect(menu.trim().split('\n')[0]).toBe('Dialog: demo 1.0.0');
  expect(await hears(keys.down, /\n/)).toBe('x, Reject, nothing of this version may run\n');
  const dialog = await hears(`${keys.up}${keys.enter}`, /^Cancel, selected$\n^Trust$/m);
  expect(dialog).toMatch(/^Dialog: Trust demo 1\.0\.0 on 127\.0\.0\.1:\d+$/m);
  await typistAt(screen).pressIn(/^Dialog: Trust/m, keys.enter);
  await hears(`:packs${keys.enter}`, /^demo, version/m);
  // The moved bytes of the host are said without a key.
  writePack(fleet.packFolder('host'), { actions: [...actions, { name: 'more', command: ['true'] }] });
  host.signal('SIGHUP');
  const change = await hears(
    '',
    /^demo, version 1\.0\.0, state (?:pending|drifted), hash \S+.*actions 2.*$/m,
  );
  expect(change.trim().split('\n').length).toBeLessThanOrEqual(2);
  const silent = said().length;
  const clock = Date.now();
  // The ages of everything have moved by then.
  await until('ages were counted again a few times', () => Date.now() - clock > 3_500);
  expect(said().slice(silent)).toBe('');
});

test('a run is followed by its lines; a secret is gone once its page is left', async () => {
  const { items } = await fleet.api.call(listPackVersions);
  for (const { id, pending_hash: hash } of items)
    if (hash !== null)
      await fleet.api.call(trustPackVersion, { params: { id }, body: { expected_hash: hash } });
  const { runId } = await fleet.start('demo.slow');
  const { screen, hears } = open([], { INK_SCREEN_READER: 'true' });
  await using _ = screen;
  await hears('', /, live,/);
  const run = await hears(`:run ${runId}${keys.enter}`, /^stderr: odd$/m);
  expect(run).toMatch(/^line 1$\n[^]*^line 3$/m);
  await hears(`:keys mint${keys.enter}`, /^hosts, .*selected$[^]*^Mint 1 key$/m);
  await hears(keys.up, /^Mint 1 key$/m);
  await hears(keys.enter, /emkey-auth-[\w-]{20,}/);
  await screen.shows(/emkey-auth-[\w-]{20,}/);
  screen.type('y');
  await hears(`:fleet${keys.enter}`, /^Fleet,/m);
  await screen.hides(/emkey-auth-[\w-]{20,}/);
  screen.terminal.scrollToTop();
  expect(screen.screen()).not.toMatch(/emkey-auth-[\w-]{20,}/);
});
