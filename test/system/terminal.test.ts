// The terminal after the console: however it ended, the shell that started it finds it as it was.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  childrenOf,
  cpuTicks,
  expectNothingLeft,
  isAlive,
  jobOf,
  processesWith,
} from '../support/processes.ts';
import { repository, runBin } from '../support/program.ts';
import { keys, startPty, type Pty } from '../support/pty.ts';
import { expectGivenBack, openShellWith } from '../support/shell.ts';
import { startSystemFleet, type SystemFleet } from '../support/system-fleet.ts';
import { until } from '../support/until.ts';
import { findOldNode } from '../tooling/old-node.ts';

let fleet: SystemFleet;
let folder = '';
beforeAll(async () => {
  fleet = await startSystemFleet();
  folder = mkdtempSync(join(tmpdir(), 'emisar-terminal-'));
  fleet.startRunner('host', { key: await fleet.mintKey() });
  await fleet.whenRunner(({ state }) => state === 'online');
  const login = ['login', '--url', fleet.url, '--token-stdin'];
  const { code, stderr } = await runBin('emisar-console', login, {
    env: { EMISAR_CONFIG_DIR: join(folder, 'profiles') },
    input: `${fleet.token}\n`,
  });
  if (code !== 0) throw new Error(stderr);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const console_ = `${process.execPath} ${join(repository, 'bin/emisar-console.js')}`;
const failing = `${process.execPath} ${join(repository, 'dist/test/failing-console.js')}`;

/** A shell that finds the stored profile, and its state in a folder of this test. */
const openShell = (env: Record<string, string> = {}) =>
  openShellWith({
    EMISAR_CONFIG_DIR: join(folder, 'profiles'),
    XDG_STATE_HOME: join(folder, 'state'),
    ...env,
  });

async function openConsoleIn(shell: Pty, command: string): Promise<number> {
  shell.type(`${command}${keys.enter}`);
  await shell.shows(/● online/);
  await shell.shows(/a act/);
  return jobOf(shell.pid);
}

const kill = (name: NodeJS.Signals) => (pid: number) => process.kill(pid, name);
const type = (text: string) => (_: number, shell: Pty) => shell.type(text);

test.each([
  ['q at the root', type('q'), 0],
  [':q', type(`:q${keys.enter}`), 0],
  ['ctrl-c', type(keys.ctrlC), 0],
  ['SIGTERM', kill('SIGTERM'), 143],
  ['SIGINT', kill('SIGINT'), 130],
  ['SIGHUP', kill('SIGHUP'), 129],
  ['SIGQUIT', kill('SIGQUIT'), 131],
  ['SIGABRT', kill('SIGABRT'), 134],
] as const)('T18: after %s the shell has its terminal back, and no process is left', async (_, end, code) => {
  await using shell = await openShell();
  const pid = await openConsoleIn(shell, console_);
  end(pid, shell);
  await expectGivenBack(shell, code);
  await expectNothingLeft(pid);
});

test.each([
  ['SIGKILL', 137, ''],
  ['SIGSEGV', 139, ''],
  ['SIGUSR2', 134, 'abort'],
] as const)(
  'T18: after %s (%s %s), which it cannot outlive, somebody else gives the terminal back',
  async (name, code, how) => {
    await using shell = await openShell({ FAILS: how });
    const pid = await openConsoleIn(shell, how === '' ? console_ : failing);
    process.kill(pid, name);
    await shell.shows(/was killed; the terminal is as it was/);
    shell.type(keys.enter);
    await expectGivenBack(shell, code);
    await expectNothingLeft(pid);
  },
);

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'T18: after %s every setting of the terminal is as before, under a shell that mends nothing itself',
  async (name) => {
    const script = `echo "before $(stty -g)"; ${console_}; echo left; read line; echo "after $(stty -g)"; echo end`;
    await using shell = startPty('sh', ['-c', script], {
      env: { EMISAR_CONFIG_DIR: join(folder, 'profiles') },
    });
    await shell.shows(/● online/);
    process.kill(jobOf(shell.pid), name);
    // After SIGKILL the script may still have written into the screen that is taken away.
    await shell.shows(name === 'SIGKILL' ? /was killed; the terminal is as it was/ : /^left/m);
    shell.type(keys.enter);
    const [, before, after] = await shell.shows(/before (\S+)[^]*after (\S+)\s+end/);
    expect(after).toBe(before);
  },
);

test.each([
  ['a screen that cannot be drawn', 'draw'],
  ['an exception that nobody caught', 'throw'],
  ['a rejection that nobody handled', 'reject'],
])('T18, T19: after %s the cause and its file are on the shell’s screen, without secrets', async (_, how) => {
  const state = join(folder, `state-${how}`);
  await using shell = await openShell({ FAILS: how, XDG_STATE_HOME: state });
  const pid = await openConsoleIn(shell, failing);
  process.kill(pid, 'SIGUSR2');
  await shell.shows(/emisar-console: Ended by an error of its own: made to fail with \[secret\]/);
  await expectGivenBack(shell, 1);
  const [name = ''] = readdirSync(join(state, 'emisar/console'));
  const path = join(state, 'emisar/console', name);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const report = readFileSync(path, 'utf8');
  expect(report).toMatch(/Error: made to fail with \[secret\]\n +at /);
  expect(report).not.toContain('SSSS');
  expect(shell.screen().replaceAll('\n', '')).toContain(path);
});

test.each([
  ['ctrl-c', (_: number, shell: Pty) => shell.type(keys.ctrlC), 0],
  ['SIGTERM to npm', kill('SIGTERM'), 143],
  ['SIGKILL to npm', kill('SIGKILL'), 137],
  ['SIGHUP to npm', kill('SIGHUP'), 129],
] as const)(
  'T18: after %s under npm start the shell has its terminal back, and nothing runs on',
  async (how, end, code) => {
    const dataDir = join(folder, how.replaceAll(' ', '-'));
    await using shell = await openShell();
    const npm = await openConsoleIn(shell, `npm start --silent -- --data-dir ${dataDir}`);
    end(npm, shell);
    await until('everything has ended', () => processesWith(dataDir).length === 0, 15_000);
    // Nobody can tell the shell to draw its prompt again when npm alone was killed.
    shell.type(keys.enter);
    await shell.shows(new RegExp(`ready:${code} `));
    shell.type(`clear; true${keys.enter}`);
    await expectGivenBack(shell, 0);
  },
);

const oldNode = findOldNode();
const launched = `${oldNode ?? process.execPath} ${join(repository, 'bin/emisar-console.js')}`;

test.each([
  ['SIGTERM', 143],
  ['SIGKILL', 137],
  ['SIGHUP', 129],
] as const)(
  `T18: after %s to the launcher under ${oldNode ?? 'the same Node'} the shell has its terminal back`,
  async (name, code) => {
    await using shell = await openShell();
    const launcher = await openConsoleIn(shell, launched);
    const started = [launcher, ...childrenOf(launcher)];
    process.kill(launcher, name);
    await until('both have ended', () => started.every((pid) => !isAlive(pid)), 15_000);
    shell.type(keys.enter);
    await shell.shows(new RegExp(`ready:${code} `));
    shell.type(`clear; true${keys.enter}`);
    await expectGivenBack(shell, 0);
  },
);

test('T18: a terminal that hangs up ends the console', async () => {
  const shell = startPty(process.execPath, [join(repository, 'bin/emisar-console.js')], {
    env: { EMISAR_CONFIG_DIR: join(folder, 'profiles') },
  });
  await shell.shows(/● online/);
  const { pid } = shell;
  // Closing the master is what the end of an ssh session does.
  shell.hangUp();
  await until('the console is gone', () => !isAlive(pid));
});

test.each([
  ['the launcher', () => console_],
  ['npm start', () => `npm start --silent -- --data-dir ${join(folder, 'suspended')}`],
])('T20: ctrl-z through %s gives the terminal back, and fg draws the screen again', async (_, command) => {
  await using shell = await openShell();
  await openConsoleIn(shell, command());
  shell.type(keys.ctrlZ);
  await shell.shows(/Stopped/);
  await expectGivenBack(shell, 148);
  const stopped = execFileSync('ps', ['-o', 'pid=,stat=,args=', '--ppid', String(shell.pid)], {
    encoding: 'utf8',
  });
  expect(stopped).toMatch(/^\s*\d+ T/m);
  const pid = Number(/^\s*(\d+) T/m.exec(stopped)?.[1]);
  const before = cpuTicks(pid);
  shell.type(`fg${keys.enter}`);
  await shell.shows(/● online/);
  await shell.shows(/● live/);
  expect(shell.terminal.buffer.active.type).toBe('alternate');
  expect(cpuTicks(pid) - before).toBeLessThan(100);
  shell.type('?');
  await shell.shows(/╭ Keys/);
  shell.type(keys.escape);
  await shell.hides(/╭ Keys/);
  shell.type('q');
  await expectGivenBack(shell, 0);
});

test('T20: asked to stop from elsewhere it gives the terminal back first; stopped by force it draws anew', async () => {
  await using shell = await openShell();
  const pid = await openConsoleIn(shell, console_);
  process.kill(pid, 'SIGTSTP');
  await shell.shows(/Stopped/);
  await expectGivenBack(shell, 148);
  shell.type(`fg${keys.enter}`);
  await shell.shows(/● live/);
  process.kill(pid, 'SIGSTOP');
  await shell.shows(/Stopped/);
  shell.type(`printf '\\033[2Jgarbage\\n'; fg${keys.enter}`);
  await shell.shows(/● live/);
  await shell.hides(/garbage|Stopped/);
  expect(shell.terminal.buffer.active.type).toBe('alternate');
  shell.type('q');
  await expectGivenBack(shell, 0);
});

test('T25: nothing is asked of the terminal but its background, once, when answers are no longer echoed', async () => {
  await using shell = await openShell();
  await openConsoleIn(shell, console_);
  const question = '\u001b]11;?\u001b\\';
  await until('its background is asked for', () => shell.raw().includes(question));
  const [before = '', ...after] = shell.raw().split(question);
  expect(after).toHaveLength(1);
  // Paste mode is set together with raw mode. What leaves before the answer came: looks.test.ts.
  expect(before).toContain('\u001b[?1049h');
  expect(before.lastIndexOf('\u001b[?2004h')).toBeGreaterThan(before.indexOf('\u001b[?1049h'));
  const asked = before + after.join('');
  // Device attributes, cursor position, colours, kitty keyboard, mode reports.
  expect(asked).not.toMatch(/\u001b\[[>=]?0?c|\u001b\[\??6n|\u001b\]1[0-2];\?|\u001b\[\?u|\$p/);
  shell.type('q');
  await expectGivenBack(shell, 0);
});

const answers = [
  '\u001b[?62;22c',
  '\u001b[>0;276;0c',
  '\u001b[12;40R',
  '\u001b]11;rgb:ffff/ffff/ffff\u0007',
  '\u001b]10;rgb:0000/0000/0000\u001b\\',
  '\u001bP>|xterm(390)\u001b\\',
  '\u001b[?2026;2$y',
  '\u001b[?0u',
  '\u001b[I',
  '\u001b[O',
  '\u001b[<0;10;10M',
];

test('T25: answers that a terminal gives late, to whomever, press no key here and never reach the prompt', async () => {
  await using shell = await openShell();
  await openConsoleIn(shell, console_);
  const [, header] = shell.lines();
  for (const answer of answers) shell.type(answer);
  shell.type('?');
  await shell.shows(/╭ Keys/);
  shell.type(keys.escape);
  await shell.hides(/╭ Keys/);
  expect(shell.screen()).not.toMatch(/does nothing here|Runs ›|Fleet ›|╭/);
  expect(shell.lines()[1]).toBe(header);
  shell.type(`q${answers.join('')}`);
  await expectGivenBack(shell, 0);
  expect(shell.screen()).not.toMatch(/rgb:|\?62|;40R|xterm/);
});
