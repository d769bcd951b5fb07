// The pack hash: fixed vectors, and what does and does not enter it.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { packHash } from '../../src/packs/hash.ts';
import { currentPackHash, loadPackDirectory } from '../../src/packs/pack-directory.ts';
import { demoManifest, pingAction, runAction, runScript } from './pack-files.ts';

const made: string[] = [];
afterEach(() => made.splice(0).forEach((directory) => rmSync(directory, { recursive: true, force: true })));

function packOf(files: Record<string, string>): string {
  const directory = mkdtempSync(join(tmpdir(), 'emisar-pack-'));
  made.push(directory);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const v2Files = {
  'pack.yaml': demoManifest('1.1.0', ['actions/run.yaml']),
  'actions/run.yaml': runAction('demo.run'),
  'scripts/run.sh': runScript,
};

test('V0: two files hash to the fixed value, in whatever order they are given', () => {
  const a = { path: 'pack.yaml', bytes: Buffer.from('A') };
  const b = { path: 'a/b.yaml', bytes: Buffer.from('B\n') };
  const expected = 'sha256:59317bd79d792584cae2de0ceb7c9836e81956a434ff921080c6d77fc7f3bcda';
  expect(packHash([a, b])).toBe(expected);
  expect(packHash([b, a])).toBe(expected);
});

test('V1: a pack of one exec action hashes to the fixed value', () => {
  const directory = packOf({
    'pack.yaml': demoManifest('1.0.0', ['actions/ping.yaml']),
    'actions/ping.yaml': pingAction,
  });
  expect(loadPackDirectory(directory).hash).toBe(
    'sha256:38d83569da0265c982a6bc158d9a9397c3165e0ffce373c3a4a461714fa7b4dc',
  );
});

test('V2: the script of an action enters the hash', () => {
  expect(loadPackDirectory(packOf(v2Files)).hash).toBe(
    'sha256:2f3fd813424d724e9b6c6e2a2df9c4b243e9b766497c38a6155b932abcedb420',
  );
});

test('V3: a script that two actions share enters the hash twice', () => {
  const directory = packOf({
    ...v2Files,
    'pack.yaml': demoManifest('1.2.0', ['actions/run.yaml', 'actions/run2.yaml']),
    'actions/run2.yaml': runAction('demo.run2'),
  });
  expect(loadPackDirectory(directory).hash).toBe(
    'sha256:9a6463de58b7de3ff909955923004e5949fdb9dd58c51cf57bee105efa959579',
  );
});

test('a file that nothing refers to does not change the hash', () => {
  const plain = loadPackDirectory(packOf(v2Files)).hash;
  expect(loadPackDirectory(packOf({ ...v2Files, 'README.md': 'hello' })).hash).toBe(plain);
});

test('the hash of a loaded pack is taken again from the bytes on disk', () => {
  const directory = packOf(v2Files);
  const pack = loadPackDirectory(directory);
  expect(currentPackHash(pack)).toBe(pack.hash);
  writeFileSync(join(directory, 'scripts/run.sh'), `${runScript}# edited\n`);
  expect(currentPackHash(pack)).not.toBe(pack.hash);
});
