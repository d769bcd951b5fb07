// How the console looks on a real terminal: by its background, by what was asked for, by what is changed on the way.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePack } from '../support/pack-builder.ts';
import { repository, runBin, type Program } from '../support/program.ts';
import { keys, startPty, type Pty, type PtyOptions } from '../support/pty.ts';
import { openShellWith } from '../support/shell.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';

let fleet: SystemFleet;
let folder = '';
let host: Program;
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-looks-'));
  host = fleet.startRunner('host', { key: await fleet.mintKey() });
  await fleet.whenRunner(({ state }) => state === 'online');
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

const program = join(repository, 'bin/emisar-console.js');

function open(words: readonly string[] = [], options: PtyOptions = {}): Pty {
  return startPty(process.execPath, [program, ...words], {
    ...options,
    env: { EMISAR_CONFIG_DIR: folder, ...options.env },
  });
}

/** How the cell looks in which `word` begins. */
function cellOf(screen: Pty, word: string) {
  const lines = screen.lines();
  const row = lines.findIndex((line) => line.includes(word));
  return screen.terminal.buffer.active.getLine(row)?.getCell(lines[row]?.indexOf(word) ?? 0);
}

const colourOf = (screen: Pty, word: string) => cellOf(screen, word)?.getFgColor();

/** A terminal that tells its background when it is asked. */
function answerWith(screen: Pty, colour: string): void {
  screen.terminal.parser.registerOscHandler(11, (question) => {
    if (question === '?') screen.type(`\u001b]11;rgb:${colour}\u001b\\`);
    return true;
  });
}

test('T26: the background is asked for, and a light one gets the theme for it', async () => {
  await using screen = open();
  answerWith(screen, 'fdfd/f6f6/e3e3');
  await screen.shows(/● online/);
  await until('the colours are those for light', () => colourOf(screen, '● online') === 0x11_6b_2e);
  expect(cellOf(screen, '● online')?.isFgRGB()).toBe(true);
});

test('T26: nobody is asked where the environment says it already, and no console that could not answer', async () => {
  for (const env of [{ COLORFGBG: '0;15' }, { TERM: 'linux' }, { NO_COLOR: '1' }]) {
    await using screen = open([], { env });
    await screen.shows(/● online[^]*a act/);
    expect(screen.raw()).not.toContain('\u001b]11;');
    if ('COLORFGBG' in env) expect(colourOf(screen, '● online')).toBe(0x11_6b_2e);
  }
});

test('T25: who leaves before the terminal answered finds nothing of its answer at the prompt', async () => {
  await using shell = await openShellWith({ EMISAR_CONFIG_DIR: folder });
  shell.terminal.parser.registerOscHandler(11, () => {
    // The answer is on its way while the console is left.
    shell.type('q');
    setTimeout(() => shell.type('\u001b]11;rgb:ffff/ffff/ffff\u001b\\'), 100);
    return true;
  });
  shell.type(`${process.execPath} ${program}${keys.enter}`);
  await until('the console was left', () => /\u001b\[\?1049l[^]*ready:0 /.test(shell.raw()));
  shell.type(`echo "[$(true)]"${keys.enter}`);
  await shell.shows(/^\[\]$/m);
  expect(shell.screen()).not.toContain('rgb');
});

test('a theme is changed while the console runs, and kept for the next time; a wrong one names the others', async () => {
  await using screen = open(['--theme', 'dark']);
  await screen.shows(/● online[^]*a act/);
  screen.type(`:theme colour-blind${keys.enter}`);
  await screen.shows(/theme is colour-blind, now and the next time/);
  expect(colourOf(screen, '● online')).toBe(0x4f_a8_ff);
  screen.type(`:theme pink${keys.enter}`);
  await screen.shows(/write :theme and one of auto, dark, light/);
  screen.type(':theme hi\t');
  await screen.shows(/^ :theme high-contrast/m);
  screen.type(keys.escape);
  expect(JSON.parse(readFileSync(join(folder, 'console.json'), 'utf8'))).toMatchObject({
    settings: { theme: 'colour-blind' },
  });
  await using next = open();
  await next.shows(/● online/);
  expect(colourOf(next, '● online')).toBe(0x4f_a8_ff);
  // Of two wishes the one on the command line is the later one.
  await using other = open(['--theme', 'light']);
  await other.shows(/● online/);
  expect(colourOf(other, '● online')).toBe(0x11_6b_2e);
});

/** A pack on the host that nobody has seen yet. */
function addPack(name: string): void {
  writePack(fleet.packFolder('host'), { actions: [{ name, command: ['true'] }] });
  host.signal('SIGHUP');
}

test('a pack that begins to wait rings the bell once and stands in the title, which the shell gets back', async () => {
  await using screen = open([':runs']);
  let bells = 0;
  const titles: string[] = [];
  screen.terminal.onBell(() => (bells += 1));
  screen.terminal.onTitleChange((title) => titles.push(title));
  await screen.shows(/● live[^]*\? help/);
  await until('the window has its name', () => titles.at(-1) === 'emisar emisar');
  addPack('first');
  await screen.shows(/! demo 1\.0\.0 waits for a decision +:packs/);
  expect(bells).toBe(1);
  expect(titles.at(-1)).toBe('emisar ▲1 emisar');
  // Whoever opens the console now knows by looking.
  await using late = open([':runs']);
  await late.shows(/2 Packs ▲1/);
  expect(late.raw().replaceAll(/\u001b\][^\u0007]*\u0007/g, '')).not.toContain('\u0007');
  screen.type(`:bell notify${keys.enter}`);
  await screen.shows(/bell is notify/);
  const notes: string[] = [];
  screen.terminal.parser.registerOscHandler(9, (text) => notes.push(text) > 0);
  addPack('second');
  await until('the desktop is told', () => notes.length > 0);
  expect(notes).toEqual(['emisar: demo 1.0.0 waits for a decision']);
  screen.type(keys.ctrlC);
  await screen.ended;
  expect(screen.raw()).toMatch(/^[^]*?\u001b\[22;2t[^]*\u001b\[23;2t[^]*$/);
});

test('keys are the operator’s own where the settings say so, on the bottom line and in help; a slip is told', async () => {
  const own = join(folder, 'own-keys');
  mkdirSync(own, { mode: 0o700 });
  const stored = JSON.parse(readFileSync(join(folder, 'console.json'), 'utf8')) as Record<string, unknown>;
  const keyed = { 'app.help': ['h'], 'app.command': [';', ':'], 'list.dwon': ['n'] };
  const settings = { bell: 'off', keys: keyed };
  writeFileSync(join(own, 'console.json'), JSON.stringify({ ...stored, settings }), { mode: 0o600 });
  await using screen = open([], { env: { EMISAR_CONFIG_DIR: own } });
  await screen.shows(/! Setting keys names "list\.dwon", which is no command/);
  await screen.shows(/h help *$/m);
  screen.type('?');
  await screen.shows(/\? does nothing here/);
  screen.type('h');
  await screen.shows(/╭ Keys/);
  screen.type(keys.enter);
  await screen.hides(/╭/);
  screen.type(`;runs${keys.enter}`);
  await screen.shows(/^ Runs/m);
  // Back and forward, and the time in every zone.
  screen.type('[');
  await screen.shows(/^ Fleet/m);
  screen.type(']');
  await screen.shows(/^ Runs/m);
  screen.type(`:audit${keys.enter}`);
  await screen.shows(/\d+[smh] ago/);
  screen.type('Z');
  await screen.shows(/\d\d:\d\d:\d\d\+00/);
  screen.type('Z');
  await screen.shows(/^[ ▌]+\d\d:\d\d:\d\dZ/m);
});
