// The launchers: a version at once, a clear word when they cannot start, and another Node where this one is too old.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isNewEnough } from '../../bin/launch.js';
import { findNode } from '../../bin/relaunch.js';
import { findOldNode } from './old-node.ts';
import { runProgram, startProgram } from './started.ts';
import { openTerminal } from './terminal.ts';

const oldNode = findOldNode();
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'emisar-launch-'));
  cpSync('bin', join(root, 'bin'), { recursive: true });
  cpSync('package.json', join(root, 'package.json'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const bin = (program: string) => join(root, 'bin', `${program}.js`);

function build(program: string, text: string): void {
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist', `${program}.js`), text);
}

function bringNode(): void {
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
}

describe.each(['emisar', 'emisar-cloud', 'emisar-console'])('%s', (program) => {
  test.each(['--version', '-V'])('%s is one line, answered without a bundle', async (flag) => {
    const { code, stdout, stderr } = await runProgram(process.execPath, [bin(program), flag]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `${program} version ${version}\n`,
      stderr: '',
    });
  });

  test('says how to build when it is not built', async () => {
    const { code, stdout, stderr } = await runProgram(process.execPath, [bin(program)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${program}: .*npm start.*\\n$`));
  });

  test('imports its bundle under a Node that is new enough, arguments and exit code included', async () => {
    build(program, 'console.log(process.pid, process.argv.slice(2).join()); process.exitCode = 7;');
    const started = startProgram(process.execPath, [bin(program), 'a', '--version']);
    const { code, stdout } = await started.ended();
    expect({ code, stdout }).toEqual({ code: 7, stdout: `${started.child.pid} a,--version\n` });
  });
});

test('what was compiled is kept beside the bundle for the next start, and a changed bundle is what runs', async () => {
  build('emisar', `console.log('old'); ${'/* long enough to be kept */'.repeat(100)}`);
  await runProgram(process.execPath, [bin('emisar')]);
  expect(readdirSync(join(root, 'dist/.compiled'))).toHaveLength(1);
  build('emisar', `console.log('new'); ${'/* long enough to be kept */'.repeat(100)}`);
  expect((await runProgram(process.execPath, [bin('emisar')])).stdout).toBe('new\n');
});

test('where nothing can be kept beside the bundle it runs all the same', async () => {
  build('emisar', "console.log('runs')");
  // A file in its place: what even root cannot write into.
  writeFileSync(join(root, 'dist/.compiled'), '');
  expect(await runProgram(process.execPath, [bin('emisar')])).toMatchObject({
    code: 0,
    stdout: 'runs\n',
    stderr: '',
  });
});

test.each([
  ['22.18.9', false],
  ['22.19.0', true],
  ['22.20.1', true],
  ['23.0.0', true],
  ['24.21.0', true],
  ['20.20.2', false],
  ['18.99.0', false],
])('Node %s is new enough: %s', (node, expected) => {
  expect(isNewEnough(node)).toBe(expected);
});

test('a Node that the checkout brings is found', () => {
  const at = new URL(`file://${root}/`);
  expect(findNode(at)).toBeUndefined();
  bringNode();
  expect(findNode(at)).toBe(join(root, 'node_modules/.bin/node'));
});

// On a machine without an old Node the second start is entered directly, with execve taken away.
const viaRelaunch = `
  process.execve = undefined;
  const { startUnder } = await import('./bin/relaunch.js');
  startUnder(process.execPath, [process.execPath, process.argv[2], ...process.argv.slice(3)]);`;

test('where a process can be replaced it is: no launcher stays behind', async () => {
  build('emisar', 'console.log(process.pid, process.argv.slice(2).join())');
  writeFileSync(
    join(root, 'replace.mjs'),
    `const { startUnder } = await import('./bin/relaunch.js'); startUnder(process.execPath, [process.execPath, ${JSON.stringify(bin('emisar'))}, 'x']);`,
  );
  const started = startProgram(process.execPath, [join(root, 'replace.mjs')]);
  expect((await started.ended()).stdout).toBe(`${started.child.pid} x\n`);
});

describe(`under a Node that is too old (${oldNode ?? 'none here, so through relaunch.js'})`, () => {
  const old = oldNode ?? process.execPath;
  const launcher = (): string[] => {
    if (oldNode) return [bin('emisar')];
    writeFileSync(join(root, 'relaunch.mjs'), viaRelaunch);
    return [join(root, 'relaunch.mjs'), bin('emisar')];
  };
  // Counts what it is sent and tells on USR2, which comes after whatever was sent before it.
  const counting = `
    const got = [];
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT']) process.on(signal, () => { got.push(signal); console.log('got ' + signal); });
    process.on('SIGUSR2', () => { console.log('all ' + got.join() + '.'); process.exit(3); });
    process.on('SIGCONT', () => console.log('continued'));
    setInterval(() => {}, 1000);
    console.log('ready as ' + process.pid + ' on ' + process.versions.node + ';');`;

  test('one sentence and exit 1 when no newer one is there', async () => {
    build('emisar', 'console.log(1)');
    // The launcher believes what its Node says of itself.
    const pretend = `data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})`;
    const { code, stdout, stderr } = await runProgram(process.execPath, [
      '--import',
      pretend,
      bin('emisar'),
      'connect',
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('emisar: needs Node.js 22.19 or newer, and this is 20.1.0\n');
  });

  test('the program runs under the newer one with its arguments and exit code', async () => {
    bringNode();
    build(
      'emisar',
      'console.log(process.versions.node, process.argv.slice(2).join()); process.exitCode = 7;',
    );
    const { code, stdout, stderr } = await runProgram(old, [...launcher(), 'a b', '--json']);
    expect({ code, stdout, stderr }).toEqual({
      code: 7,
      stdout: `${process.versions.node} a b,--json\n`,
      stderr: '',
    });
  });

  test.each(['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGINT'] as const)(
    '%s sent to the launcher alone reaches the program',
    async (signal) => {
      bringNode();
      build('emisar', counting);
      const started = startProgram(old, launcher());
      await started.shown('ready');
      started.child.kill(signal);
      await started.shown(`got ${signal}`);
      started.child.kill('SIGUSR2');
      const { code, stdout } = await started.ended();
      expect(code).toBe(3);
      expect(stdout).toContain(`all ${signal}.`);
    },
  );

  test.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGABRT'] as const)(
    'a program that dies of %s is seen to die of it',
    async (signal) => {
      bringNode();
      build('emisar', `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000);`);
      const { code, signal: seen } = await runProgram(old, launcher());
      expect({ code, seen }).toEqual({ code: null, seen: signal });
    },
  );

  test('ctrl-c in a terminal reaches the program once, not twice', async () => {
    bringNode();
    build('emisar', counting);
    await using terminal = openTerminal(old, launcher());
    await terminal.shown('ready');
    terminal.type('\u0003');
    await terminal.shown('got SIGINT');
    process.kill(terminal.pid, 'SIGUSR2');
    await terminal.shown('all SIGINT.');
  });

  test('T20: ctrl-z stops launcher and program, fg continues both', async () => {
    bringNode();
    build('emisar', counting);
    await using terminal = openTerminal('bash', ['--norc', '--noprofile', '-i']);
    terminal.type(`PS1=; ${old} ${launcher().join(' ')}\r`);
    const [, program = ''] = await terminal.shown(/ready as (\d+) on [\d.]+;/);
    terminal.type('\u001a');
    await terminal.shown('Stopped');
    await expect.poll(() => stateOf(program)).toBe('T');
    terminal.type('fg\r');
    await terminal.shown('continued');
    await expect.poll(() => stateOf(program)).not.toBe('T');
    process.kill(Number(program), 'SIGKILL');
    await terminal.shown('Killed');
  });
});

function stateOf(pid: string): string | undefined {
  return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
}
