// What a person may get wrong: one clear sentence with the fix, a non-zero exit, nothing half-made.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writePack } from '../support/pack-builder.ts';
import { runBin, startBin } from '../support/program.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'emisar-bad-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One sentence for a person: no stack, no source path, at most a few lines. */
function expectSentence(text: string, pattern: RegExp): void {
  expect(text).toMatch(pattern);
  expect(text).not.toMatch(/\n\s+at |node:internal|undefined|\[object/);
  expect(text.trim().split('\n').length).toBeLessThanOrEqual(4);
}

describe('unknown words', () => {
  test.each([
    ['emisar', ['conect'], 1],
    ['emisar', ['connect', '--colour'], 1],
    ['emisar-cloud', ['server'], 2],
    ['emisar-cloud', ['serve', '--data-dir', 'x', '--prot', '1'], 2],
    ['emisar-console', ['runnners'], 2],
    ['emisar-console', ['runners', 'list', '--jsn'], 2],
    ['emisar-console', [':flet'], 2],
  ] as const)('%s %j says what is unknown and exits %i', async (program, words, code) => {
    const ended = await runBin(program, words, { env: { EMISAR_CONFIG_DIR: join(folder, 'none') } });
    expect(ended.code).toBe(code);
    expect(ended.stdout).toBe('');
    expectSentence(ended.stderr, /unknown|no such|not a|Did you mean/i);
  });
});

describe('the control plane', () => {
  test('a data directory that was never set up is named with the command that sets it up', async () => {
    const dataDir = join(folder, 'never');
    const ended = await runBin('emisar-cloud', ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
    expect(ended.code).toBe(1);
    expectSentence(ended.stderr, /emisar-cloud init/);
    expect(existsSync(dataDir)).toBe(false);
  });

  test('a data directory that cannot be written is refused, and nothing is made', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const ended = await runBin('emisar-cloud', ['init', '--data-dir', join(file, 'cloud')]);
    expect(ended.code).toBe(1);
    expectSentence(ended.stderr, /a-file\/cloud/);
  });

  test('a second set-up is refused and the first stays', async () => {
    const dataDir = join(folder, 'twice');
    expect((await runBin('emisar-cloud', ['init', '--data-dir', dataDir])).code).toBe(0);
    const again = await runBin('emisar-cloud', ['init', '--data-dir', dataDir]);
    expect(again.code).toBe(1);
    expectSentence(again.stderr, /account already/);
  });

  test('a data directory of a newer version is refused with both numbers', async () => {
    const dataDir = join(folder, 'newer');
    await runBin('emisar-cloud', ['init', '--data-dir', dataDir]);
    const store = new DatabaseSync(join(dataDir, 'emisar.db'));
    store.exec('update schema_version set version = 4711');
    store.close();
    const ended = await runBin('emisar-cloud', ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
    expect(ended.code).toBe(1);
    expectSentence(ended.stderr, /4711/);
  });

  test('a port in use and a held data directory are each named', async () => {
    const dataDir = join(folder, 'held');
    await runBin('emisar-cloud', ['init', '--data-dir', dataDir]);
    await using serving = startBin('emisar-cloud', [
      'serve',
      '--data-dir',
      dataDir,
      '--listen',
      '127.0.0.1:0',
    ]);
    const [, url = ''] = await serving.says(/^listening on (\S+)$/m);
    const held = await runBin('emisar-cloud', ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0']);
    expect(held.code).toBe(1);
    expectSentence(held.stderr, /another/);
    const other = join(folder, 'other');
    await runBin('emisar-cloud', ['init', '--data-dir', other]);
    const port = await runBin('emisar-cloud', ['serve', '--data-dir', other, '--listen', new URL(url).host]);
    expect(port.code).toBe(1);
    expectSentence(port.stderr, /in use/);
  });

  test('an address beyond this machine without TLS is refused', async () => {
    const dataDir = join(folder, 'open');
    await runBin('emisar-cloud', ['init', '--data-dir', dataDir]);
    const ended = await runBin('emisar-cloud', ['serve', '--data-dir', dataDir, '--listen', '0.0.0.0:0']);
    expect(ended.code).not.toBe(0);
    expectSentence(ended.stderr, /tls|TLS/);
  });
});

describe('packs', () => {
  const cases: [string, (pack: string) => void, RegExp][] = [
    [
      'an unknown key',
      (pack) =>
        writeFileSync(
          join(pack, 'pack.yaml'),
          'schema_version: 1\nid: demo\nname: D\nversion: 1.0.0\ndescription: D.\ncolour: red\nactions: [actions/ping.yaml]\n',
        ),
      /pack\.yaml.*colour/s,
    ],
    [
      'a duplicate action id',
      (pack) => {
        writePack(pack, { actions: [{ name: 'ping' }, { name: 'pong' }] });
        copyFileSync(join(pack, 'actions/ping.yaml'), join(pack, 'actions/pong.yaml'));
      },
      /demo\.ping.*(duplicate|twice|already)|(duplicate|twice|already).*demo\.ping/is,
    ],
    [
      'a script path that escapes',
      (pack) =>
        writePack(pack, {
          actions: [{ name: 'ping', script: 'x', execution: { script: { path: '../../etc/passwd' } } }],
        }),
      /ping\.yaml.*(outside|escape|inside)/is,
    ],
    [
      'a symlink',
      (pack) => {
        writePack(pack, { actions: [{ name: 'ping', script: '#!/bin/sh\n' }] });
        rmSync(join(pack, 'scripts/ping.sh'));
        symlinkSync('/etc/hostname', join(pack, 'scripts/ping.sh'));
      },
      /ping\.sh.*(symlink|symbolic)|(symlink|symbolic).*ping\.sh/is,
    ],
  ];
  test.each(cases)('%s is refused, naming file and rule', async (name, make, pattern) => {
    const pack = join(folder, `pack-${name.replaceAll(' ', '-')}`);
    writePack(pack, { actions: [{ name: 'ping' }] });
    make(pack);
    const ended = await runBin('emisar', ['pack', 'validate', pack]);
    expect(ended.code).toBe(1);
    expectSentence(ended.stderr, pattern);
  });
});

describe('the console', () => {
  const env = () => ({ EMISAR_CONFIG_DIR: join(folder, `profile-${Math.floor(performance.now() * 1000)}`) });

  test('without a profile it says how to sign in and exits 4', async () => {
    const ended = await runBin('emisar-console', ['runners', 'list'], { env: env() });
    expect(ended.code).toBe(4);
    expectSentence(ended.stderr, /login/);
  });

  test('an unreachable server exits 7', async () => {
    const words = ['login', '--url', 'http://127.0.0.1:1', '--token-stdin'];
    const ended = await runBin('emisar-console', words, { env: env(), input: `emop-${'x'.repeat(43)}\n` });
    expect(ended.code).toBe(7);
    expectSentence(ended.stderr, /127\.0\.0\.1:1/);
    expect(ended.stderr).not.toContain('xxxx');
  });

  test('a URL that is none, and plain http beyond this machine, are usage errors', async () => {
    for (const url of ['not a url', 'ftp://example.net', 'http://example.net']) {
      const ended = await runBin('emisar-console', ['login', '--url', url, '--token-stdin'], {
        env: env(),
        input: 'emop-x\n',
      });
      expect(ended.code, url).toBe(2);
      expectSentence(ended.stderr, /http/);
    }
  });

  test('a server that is no control plane is called that', async () => {
    const server = createServer((_request, response) => response.end('<html>hello</html>')).listen(
      0,
      '127.0.0.1',
    );
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const words = ['login', '--url', url, '--token-stdin'];
    const ended = await runBin('emisar-console', words, { env: env(), input: `emop-${'x'.repeat(43)}\n` });
    server.close();
    expect(ended.code).not.toBe(0);
    expectSentence(ended.stderr, /not an emisar control plane/);
  });

  test('a profile file that others can read is refused, a wrong token exits 4', async () => {
    const dataDir = join(folder, 'sign-in');
    await runBin('emisar-cloud', ['init', '--data-dir', dataDir]);
    await using serving = startBin('emisar-cloud', [
      'serve',
      '--data-dir',
      dataDir,
      '--listen',
      '127.0.0.1:0',
    ]);
    const [, url = ''] = await serving.says(/^listening on (\S+)$/m);
    const own = env();
    const wrong = await runBin('emisar-console', ['login', '--url', url, '--token-stdin'], {
      env: own,
      input: `emop-${'x'.repeat(43)}\n`,
    });
    expect(wrong.code).toBe(4);
    expectSentence(wrong.stderr, /token/);
    const profile = join(own.EMISAR_CONFIG_DIR, 'console.json');
    mkdirSync(own.EMISAR_CONFIG_DIR, { recursive: true });
    writeFileSync(profile, '{}');
    chmodSync(profile, 0o644);
    const exposed = await runBin('emisar-console', ['runners', 'list'], { env: own });
    expect(exposed.code).toBe(4);
    expectSentence(exposed.stderr, /chmod 600/);
  });
});
