// Path rules on a real directory tree with real symbolic links.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import { validateArguments } from '../../src/packs/arguments.ts';
import { diskPathResolver } from '../../src/packs/pack-directory.ts';
import { actionFile } from './pack-files.ts';

let root = '';
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'emisar-paths-')));
  for (const directory of ['log/sub', 'logs', 'etc', 'data'])
    mkdirSync(join(root, directory), { recursive: true });
  for (const file of ['log/a', 'logs/b', 'etc/secret', 'data/token']) writeFileSync(join(root, file), '');
  symlinkSync(join(root, 'etc/secret'), join(root, 'log/link'));
  symlinkSync(join(root, 'etc/gone'), join(root, 'log/dangling'));
  symlinkSync(join(root, 'log'), join(root, 'alias'));
  symlinkSync(join(root, 'data'), join(root, 'to-data'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The value after the check, or the code of the refusal. */
function check(type: string, rules: string, path: string): string {
  const args = `  - {name: a, type: ${type}${rules === '' ? '' : `, validation: {${rules.replaceAll('$', root)}}`}}`;
  const action = decodeAction(Buffer.from(actionFile({ args })), 'f');
  const paths = { resolver: diskPathResolver, protectedRoots: [join(root, 'data'), '/', 'data'], cwd: root };
  const answer = validateArguments(action.args, { a: path.replaceAll('$', root) }, paths);
  return answer.ok ? String(answer.values.get('a')).replaceAll(root, '$') : answer.code;
}

const inLog = 'allowed_prefixes: [$/log]';

test.each([
  ['a file below the prefix', inLog, '$/log/a', '$/log/a'],
  ['the prefix itself', inLog, '$/log', '$/log'],
  ['a file that does not exist yet', inLog, '$/log/new/file', '$/log/new/file'],
  ['a neighbour with a longer name', inLog, '$/logs/b', 'allowed_prefixes'],
  ['a way out by dots', inLog, '$/log/../etc/secret', 'allowed_prefixes'],
  ['a way out by a link', inLog, '$/log/link', 'allowed_prefixes'],
  ['a link to nowhere', inLog, '$/log/dangling', 'path'],
  ['a way through a file', inLog, '$/log/a/b', 'path'],
  ['a relative path', inLog, 'log/a', 'path'],
  ['a link that leads in', inLog, '$/alias/a', '$/log/a'],
  ['a prefix that is a link', 'allowed_prefixes: [$/alias]', '$/log/a', '$/log/a'],
  ['an allowed path', 'allowed_paths: [$/log/a]', '$/log//a', '$/log/a'],
  ['another path', 'allowed_paths: [$/log/a]', '$/log/sub', 'allowed_paths'],
  ['a denied path', 'denied_paths: [$/log/link]', '$/log/link', 'denied_paths'],
  ['a denied path by a link', 'denied_paths: [$/etc/secret]', '$/log/link', 'denied_paths'],
  ['a denied directory', 'denied_prefixes: [$/etc]', '$/etc/secret', 'denied_prefixes'],
  ['a denied directory by a link', 'denied_prefixes: [$/etc]', '$/log/link', 'denied_prefixes'],
  ['an allowed root that covers all', 'allowed_prefixes: [/]', '$/etc/secret', '$/etc/secret'],
  ['a file of the runner', 'allowed_prefixes: [/]', '$/data/token', 'protected_path'],
  ['a file of the runner by a link', 'allowed_prefixes: [/]', '$/to-data/token', 'protected_path'],
])('path rules: %s', (_what, rules, path, expected) => {
  expect(check('path', rules, path)).toBe(expected);
  expect(check('string', rules, path)).toBe(expected);
});

test.each([
  ['path', '$/data/token', 'protected_path'],
  ['path', '$/to-data/new', 'protected_path'],
  ['path', 'data/token', 'protected_path'],
  ['path', '$/log/a', '$/log/a'],
  ['string', '$/data/token', '$/data/token'],
])('protected roots hold for every %s argument: %s gives %s', (type, path, expected) => {
  expect(check(type, '', path)).toBe(expected);
});

test('without path checks only the text of a path counts', () => {
  const { args } = decodeAction(
    Buffer.from(actionFile({ args: '  - {name: a, type: path, validation: {allowed_prefixes: [/x]}}' })),
    'f',
  );
  expect(validateArguments(args, { a: '/y' }).ok).toBe(true);
});
