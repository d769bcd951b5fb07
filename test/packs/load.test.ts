// Finding packs on disk, what is refused, and what a broken pack does to the others.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findPackDirectories, loadPacks, loadPacksLeniently } from '../../src/packs/load.ts';
import { currentPackHash, loadPackDirectory, readPackFile } from '../../src/packs/pack-directory.ts';
import { PackProblem } from '../../src/packs/pack-problem.ts';
import { demoManifest, pingAction, runAction, runScript } from './pack-files.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'emisar-load-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function writePack(name: string, id: string, actionId: string): void {
  write(`${name}/pack.yaml`, demoManifest('1.0.0', ['a.yaml']).replace('id: demo', `id: ${id}`));
  write(`${name}/a.yaml`, pingAction.replace('demo.ping', actionId));
}

function writeScriptPack(scriptPath: string, extra = ''): string {
  write('p/pack.yaml', demoManifest('1.0.0', ['a.yaml']) + extra);
  write('p/a.yaml', runAction('demo.run').replace('scripts/run.sh', scriptPath));
  write('p/scripts/run.sh', runScript);
  write('outside.sh', runScript);
  return join(root, 'p');
}

function ruleOf(load: () => unknown): string {
  try {
    load();
    return 'accepted';
  } catch (error) {
    return error instanceof PackProblem ? error.rule : 'not a pack problem';
  }
}

test('10: a path is one pack, or a folder of packs by name; hidden and missing ones are skipped', () => {
  writePack('b', 'b', 'b.x');
  writePack('a', 'a', 'a.x');
  writePack('.hidden', 'h', 'h.x');
  write('empty/file', '');
  expect(findPackDirectories([root, join(root, 'a'), join(root, 'gone')])).toEqual(
    ['a', 'b', 'a'].map((name) => join(root, name)),
  );
  expect(ruleOf(() => findPackDirectories([join(root, 'empty/file')]))).toBe('directory');
});

test.each([
  ['scripts/run.sh', '', 'accepted'],
  ['./scripts/../scripts/run.sh', '', 'accepted'],
  ['../outside.sh', '', 'path_escape'],
  ['scripts/../../outside.sh', '', 'path_escape'],
  ['/bin/sh', '', 'path'],
  ['scripts', '', 'file'],
  ['gone.sh', '', 'exists'],
  ['inner-link.sh', '', 'symlink'],
  ['linked/run.sh', '', 'symlink'],
  ['outer-link.sh', '', 'symlink'],
  ['inner-link.sh', 'allow_symlinks: true\n', 'accepted'],
  ['linked/run.sh', 'allow_symlinks: true\n', 'accepted'],
  ['outer-link.sh', 'allow_symlinks: true\n', 'path_escape'],
])('10: a script at %s (%j) is %s', (path, extra, expected) => {
  const directory = writeScriptPack(path, extra);
  symlinkSync('scripts/run.sh', join(directory, 'inner-link.sh'));
  symlinkSync('scripts', join(directory, 'linked'));
  symlinkSync('../outside.sh', join(directory, 'outer-link.sh'));
  expect(ruleOf(() => loadPackDirectory(directory))).toBe(expected);
});

test('10: links above the root of a pack do not matter', () => {
  const directory = writeScriptPack('scripts/run.sh');
  symlinkSync(directory, join(root, 'link'));
  expect(loadPackDirectory(join(root, 'link')).hash).toBe(loadPackDirectory(directory).hash);
});

test('10: a pack.yaml that is itself a link is refused, even if it allows links', () => {
  write('real.yaml', `${demoManifest('1.0.0', ['a.yaml'])}allow_symlinks: true\n`);
  write('p/a.yaml', pingAction);
  symlinkSync('../real.yaml', join(root, 'p/pack.yaml'));
  expect(ruleOf(() => loadPackDirectory(join(root, 'p')))).toBe('symlink');
});

test('10: the problem of an escaping script names file, line, field and rule', () => {
  const directory = writeScriptPack('../outside.sh');
  expect(() => loadPackDirectory(directory, 'packs/p')).toThrow(
    'packs/p/a.yaml:10: execution.script.path: ../outside.sh leads out of the pack (rule: path_escape)',
  );
});

test.each([
  ['a pack id', 'a', 'b.x'],
  ['an action id', 'b', 'a.x'],
])('10: of two packs with the same %s, the later fails', (_what, id, actionId) => {
  writePack('1', 'a', 'a.x');
  writePack('2', id, actionId);
  const set = loadPacksLeniently([root]);
  expect(set.packs.map((pack) => pack.manifest.id)).toEqual(['a']);
  expect(set.degraded).toEqual([
    { pack: '2', reason: expect.stringMatching(/2\/.*is also in .*1.*\(rule: duplicate_id\)$/) },
  ]);
  expect(ruleOf(() => loadPacks([root]))).toBe('duplicate_id');
});

test('10: a broken pack is left out with its reason; fail-fast loading takes none', () => {
  writePack('bad', 'bad', 'bad.x');
  write('bad/a.yaml', pingAction.replace('timeout: 5s', 'timeout: 5'));
  writePack('good', 'good', 'good.x');
  const set = loadPacksLeniently([root]);
  expect([...set.actions.keys()]).toEqual(['good.x']);
  expect(set.degraded[0]?.reason).toBe(
    `${root}/bad/a.yaml:11: execution.timeout: must be a duration such as 5s (rule: duration)`,
  );
  expect(ruleOf(() => loadPacks([root]))).toBe('duration');
});

test('a file that goes away after loading is a problem of the pack, not a hash', () => {
  const pack = loadPackDirectory(writeScriptPack('scripts/run.sh'));
  expect(readPackFile(pack, 'scripts/run.sh').bytes.toString()).toBe(runScript);
  rmSync(join(root, 'p/scripts/run.sh'));
  symlinkSync('../../outside.sh', join(root, 'p/scripts/run.sh'));
  expect(ruleOf(() => currentPackHash(pack))).toBe('symlink');
  expect(ruleOf(() => readPackFile(pack, 'scripts/run.sh'))).toBe('symlink');
});

test('setup.verify must be an action of the pack', () => {
  writePack('p', 'p', 'p.x');
  const manifest = demoManifest('1.0.0', ['a.yaml']).replace('id: demo', 'id: p');
  write('p/pack.yaml', `${manifest}setup: {verify: p.x}\n`);
  expect(ruleOf(() => loadPackDirectory(join(root, 'p')))).toBe('accepted');
  write('p/pack.yaml', `${manifest}setup: {verify: p.y}\n`);
  expect(ruleOf(() => loadPackDirectory(join(root, 'p')))).toBe('verify');
});
