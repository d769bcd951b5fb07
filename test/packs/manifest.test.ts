// Rules of pack.yaml, each with both sides.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeManifest, type PackManifest } from '../../src/packs/manifest.ts';
import { PackProblem } from '../../src/packs/pack-problem.ts';

const base = [
  'schema_version: 1',
  'id: demo',
  'name: Demo',
  'version: 1.0.0',
  'description: D.',
  'actions: [a.yaml]',
];

function decode(...lines: readonly string[]): PackManifest {
  const replaced = new Set(lines.map((line) => line.split(':')[0]));
  const kept = base.filter((line) => !replaced.has(line.split(':')[0]));
  return decodeManifest(Buffer.from([...kept, ...lines].join('\n')), 'p/pack.yaml');
}

test.each([
  ['id: a', 'id: A'],
  ['id: acme.re-dis_1', 'id: acme..redis'],
  [`id: ${'a'.repeat(128)}`, `id: ${'a'.repeat(129)}`],
  ['version: 1.0.0-rc.1+x', 'version: -1'],
  [`version: "${'1'.repeat(64)}"`, `version: "${'1'.repeat(65)}"`],
  ['name: Demo', 'name: ""'],
  ['schema_version: 1', 'schema_version: 2'],
  ['vendor: Someone', 'vendor: [a]'],
  ['retired_below: 0.3.1', 'retired_below: v1'],
  ['detect: {ports: [1, 65535]}', 'detect: {ports: [0]}'],
  ['detect: {ports: [22]}', 'detect: {ports: [65536]}'],
  ['requires: {os: [linux]}', 'requires: {arch: [x]}'],
  ['setup: {env: [{name: A_1}]}', 'setup: {env: [{name: 1A}]}'],
  ['setup: {env: [{name: A}, {name: B}]}', 'setup: {env: [{name: A}, {name: A}]}'],
  ['setup: {verify: demo.x}', 'setup: {verify: demo}'],
  ['actions: [a.yaml, b.yaml]', 'actions: []'],
  ['actions: [a.yaml]', 'actions: [a.yaml, a.yaml]'],
  ['allow_symlinks: true', 'allow_symlinks: "yes"'],
  ['# comment', 'color: blue'],
])('2: a manifest may say %s, not %s', (good, bad) => {
  expect(() => decode(good)).not.toThrow();
  expect(() => decode(bad)).toThrow(PackProblem);
});

test.each([
  ['a second document', `${base.join('\n')}\n---\nid: x\n`],
  ['nothing', ''],
  ['only a comment', '# nothing\n'],
  ['a key twice', [...base, 'id: other'].join('\n')],
  ['a list at its root', '- a\n'],
  ['a foreign tag', [...base, 'vendor: !x y'].join('\n')],
  ['invalid UTF-8', Buffer.from([0x69, 0xff, 0xfe])],
])('1: a file with %s is refused', (_what, text) => {
  expect(() => decodeManifest(Buffer.from(text), 'p/pack.yaml')).toThrow(PackProblem);
});

test('1: a problem names file, line, field and rule', () => {
  expect(() => decode('detect: {ports: [22, 0]}')).toThrow(
    'p/pack.yaml:7: detect.ports[1]: must be between 1 and 65535 (rule: port)',
  );
  expect(() => decode('colour: x')).toThrow('p/pack.yaml:7: colour: is not a known key (rule: unknown_key)');
});

function outcomeOf(text: string): string {
  try {
    decodeManifest(Buffer.from(text), 'f');
    return 'accepted';
  } catch (error) {
    return error instanceof PackProblem ? 'refused' : String(error);
  }
}

test('whatever the bytes are, reading them ends in a value or a problem', () => {
  const yamlish = fc.string({ unit: fc.constantFrom(...'ab:1-[]{},&*!|>%"\'#\n \t?@`~'), maxLength: 60 });
  fc.assert(
    fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary' })), fc.nat(base.length), (text, at) => {
      const lines = [...base.slice(0, at), text, ...base.slice(at)].join('\n');
      expect(['accepted', 'refused']).toContain(outcomeOf(lines));
    }),
    { numRuns: 500 },
  );
});

test('a file of nothing but brackets, keys or aliases is refused in good time', () => {
  const started = performance.now();
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (const [name, from] of ['ba', 'cb', 'dc', 'ed', 'fe', 'gf', 'hg'].map((pair) => [pair[0], pair[1]])) {
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${from}`).join(', ')}]`);
  }
  expect(() => decodeManifest(Buffer.from('['.repeat(20_000)), 'f')).toThrow(PackProblem);
  expect(() => decodeManifest(Buffer.from(bomb.join('\n')), 'f')).toThrow(PackProblem);
  const manyKeys = Array.from({ length: 45_000 }, (_, index) => `k${index}: 1`).join('\n');
  const manyAliases = `a: &a 1\nb: [${'*a, '.repeat(45_000)}]`;
  expect(() => decodeManifest(Buffer.from(manyKeys), 'f')).toThrow(PackProblem);
  expect(() => decodeManifest(Buffer.from(manyAliases), 'f')).toThrow(/more than 256 aliases/);
  expect(() => decodeManifest(Buffer.from('a: &a [*a]'), 'f')).toThrow(PackProblem);
  expect(performance.now() - started).toBeLessThan(10_000);
});
