// Rules of action files, each with both sides.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeAction, unmarkedSecretArguments } from '../../src/packs/action.ts';
import { PackProblem } from '../../src/packs/pack-problem.ts';
import { actionFile } from './pack-files.ts';

type Parts = Parameters<typeof actionFile>[0];
const decode = (parts: Parts) => decodeAction(Buffer.from(actionFile(parts)), 'p/a.yaml');

function ruleOf(text: string): string {
  try {
    decodeAction(Buffer.from(text), 'p/a.yaml');
    return 'accepted';
  } catch (error) {
    return error instanceof PackProblem ? error.rule : 'not a pack problem';
  }
}

const described = (extra: string) => ({ top: `description: D.\n${extra}` });
const arg = (text: string) => ({ args: `  - {name: a, ${text}}` });
const run = (text: string) => ({ execution: text });
const out = (text: string) => ({ output: `{max_stdout_bytes: 10, max_stderr_bytes: 10, ${text}}` });
const json = (schema: string) => out(`parser: json, parser_required: true, schema: ${schema}`);

test.each<[Parts, Parts, string]>([
  [{ top: 'description: A b.' }, { top: 'description: "a\\u202eb"' }, 'text'],
  [{ top: `description: ${'x'.repeat(512)}` }, { top: `description: ${'x'.repeat(513)}` }, 'required'],
  [
    { top: `description: ${'x'.repeat(600)}\nsummary: S.` },
    { top: `description: ${'x'.repeat(4097)}` },
    'text',
  ],
  [described('search_terms: [a, b]'), described('search_terms: [a, A]'), 'unique'],
  [described(`search_terms: [${'a'.repeat(80)}]`), described(`search_terms: [${'a'.repeat(81)}]`), 'text'],
  [described('examples: [{title: t}]'), described('examples: [{title: t, args: {x: 1}}]'), 'unknown_arg'],
  [run('timeout: 1d'), run('timeout: 5'), 'duration'],
  [run('timeout: 1ns'), run('timeout: 0s'), 'range'],
  [run('timeout: 5s\n  timeout_min: 5s'), run('timeout: 5s\n  timeout_min: 6s'), 'range'],
  [run('timeout: 5s\n  timeout_max: 5s'), run('timeout: 5s\n  timeout_max: 4s'), 'range'],
  [
    run('timeout: 5s\n  success_exit_codes: [1, 255]'),
    run('timeout: 5s\n  success_exit_codes: [0]'),
    'range',
  ],
  [run('timeout: 5s\n  success_exit_codes: [3]'), run('timeout: 5s\n  success_exit_codes: [3, 3]'), 'unique'],
  [run('timeout: 5s\n  env: {LDX: a}'), run('timeout: 5s\n  env: {LD_PRELOAD: a}'), 'env'],
  [run('timeout: 5s\n  env: {BASH: a}'), run('timeout: 5s\n  env: {BASH_ENV: a}'), 'env'],
  [run('timeout: 5s\n  cwd: /tmp'), run('timeout: 5s\n  script: {path: a.sh}'), 'kind'],
  [{ command: '{binary: /bin/sh}' }, { command: '{binary: /bin/ls}' }, 'binary'],
  [{ command: '{binary: ls}' }, { command: '{binary: ../ls}' }, 'binary'],
  [
    { command: '{binary: ls, argv: ["{ {"]}' },
    { command: '{binary: ls, argv: ["{{ args.b? }}"]}' },
    'template',
  ],
  [out('parser: text'), out('parser: xml'), 'enum'],
  [out('max_stdout_bytes_max: 10'), out('max_stdout_bytes_max: 9'), 'range'],
  [out('max_stderr_bytes_min: 1'), out('max_stderr_bytes_min: 11'), 'range'],
  [
    out('redact: [{name: r, type: regex, pattern: a+}]'),
    out('redact: [{name: r, type: regex, pattern: "(?=a)"}]'),
    'pattern',
  ],
  [
    out('redact: [{name: r, type: literal, literal: a}]'),
    out('redact: [{name: r, type: literal, pattern: a}]'),
    'exclusive',
  ],
  [json('{type: object}'), json('{type: array}'), 'schema'],
  [json('{type: object, multipleOf: 2}'), json('{type: object, multipleOf: 0.5}'), 'schema'],
  [
    json('{type: object, $defs: {x: {}}, $ref: "#/$defs/x"}'),
    json('{type: object, $ref: "http://x/"}'),
    'schema',
  ],
  [json('{type: object, properties: {$id: {}}}'), json('{type: object, $id: a}'), 'schema'],
  [json('{type: object}'), out('parser: json, schema: {type: object}'), 'schema'],
  [arg('type: string'), arg('type: text'), 'enum'],
  [arg('type: string, required: true'), arg('type: string, required: true, default: x'), 'default'],
  [
    arg('type: integer, default: 5, validation: {max: 5}'),
    arg('type: integer, default: 6, validation: {max: 5}'),
    'max',
  ],
  [arg('type: string, validation: {enum: [a]}'), arg('type: string, validation: {enum: [1]}'), 'type'],
  [
    arg('type: string, validation: {enum: [a], allowed: []}'),
    arg('type: string, validation: {enum: [a], allowed: [a]}'),
    'exclusive',
  ],
  [
    arg('type: duration, validation: {max_duration: 1d}'),
    arg('type: duration, validation: {enum: [1s]}'),
    'applicable',
  ],
  [
    arg('type: path, validation: {pattern: ^/}'),
    arg('type: integer, validation: {pattern: ^1}'),
    'applicable',
  ],
  [
    arg('type: string, validation: {pattern: "a{1000}"}'),
    arg('type: string, validation: {pattern: "a{1001}"}'),
    'pattern',
  ],
  [
    arg('type: integer, validation: {max: 9007199254740991}'),
    arg('type: integer, validation: {max: 9007199254740992}'),
    'range',
  ],
  [arg('type: number, validation: {min: 0.5}'), arg('type: integer, validation: {min: 0.5}'), 'range'],
  [
    arg('type: number, validation: {min: 1, max: 1}'),
    arg('type: number, validation: {min: 2, max: 1}'),
    'range',
  ],
  [
    arg('type: string, validation: {max_length: 1}'),
    arg('type: string, validation: {max_length: 0}'),
    'range',
  ],
  [
    arg('type: string_array, validation: {max_items: 0}'),
    arg('type: string, validation: {max_items: 1}'),
    'applicable',
  ],
])('3, 4: %j is accepted, %j is not', (good, bad, rule) => {
  expect(ruleOf(actionFile(good))).toBe('accepted');
  expect(ruleOf(actionFile(bad))).toBe(rule);
});

test.each([
  ['a string', 'string', 'refused'],
  ['a path', 'path', 'refused'],
  ['a list of integers', 'integer_array', 'refused'],
  ['an integer without bounds', 'integer, validation: {min: 1}', 'refused'],
  ['an integer with both bounds', 'integer, validation: {min: 1, max: 9}', 'accepted'],
  ['a string of a few values', 'string, validation: {enum: [a]}', 'accepted'],
  ['a boolean', 'boolean', 'accepted'],
  ['a duration', 'duration', 'accepted'],
])('shell text may hold %s: %s is %s', (_what, type, expected) => {
  const parts = (argv: string) =>
    actionFile({ ...arg(`type: ${type}`), command: `{binary: bash, argv: ${argv}}` });
  const rule = expected === 'refused' ? 'shell_text' : 'accepted';
  expect(ruleOf(parts('["-c", "echo {{ args.a }}"]'))).toBe(rule);
  expect(ruleOf(parts('["-eu", "-xc", "echo {{ args.a }}"]'))).toBe(rule);
  expect(ruleOf(parts('["--", "-c", "{{ args.a }}"]'))).toBe('accepted');
  expect(ruleOf(parts('["-c", "echo $1", "sh", "{{ args.a }}"]'))).toBe('accepted');
});

test('the one action made to run text may, at critical risk', () => {
  const shell = actionFile({ ...arg('type: string'), command: '{binary: sh, argv: ["-c", "{{ args.a }}"]}' });
  const runScript = shell.replace('id: demo.act', 'id: shell.run_script');
  expect(ruleOf(runScript)).toBe('shell_text');
  expect(ruleOf(runScript.replace('risk: low', 'risk: critical'))).toBe('accepted');
});

test.each(['execution.timeout', 'timeout'])(
  '1: a problem names the line and the path of the field (%s)',
  (part) => {
    expect(() => decode(run('timeout: 5'))).toThrow(
      new RegExp(`^p/a.yaml:11: .*${part}: must be a duration such as 5s \\(rule: duration\\)$`),
    );
  },
);

test('integers beyond a double stay exact', () => {
  const action = decode(arg('type: integer, default: 9223372036854775807'));
  expect(JSON.stringify(action.args[0]?.default)).toBe('9223372036854775807');
});

test('arguments that look like secrets without being marked are named', () => {
  const action = decode({
    args: '  - {name: api_key, type: string}\n  - {name: Token, type: string, sensitive: true}\n  - {name: b, type: string}',
  });
  expect(unmarkedSecretArguments(action)).toEqual(['api_key']);
});

test('whatever is put into an action file, reading it ends in a value or a problem', () => {
  const text = actionFile({ ...arg('type: integer, validation: {min: 1, max: 9}') });
  const piece = fc.oneof(
    fc.constantFrom('[', '{', '- ', '"', '{{', ': ', '!!', '&a ', '*a', '|', '1e999', '\u0000', '~'),
    fc.string(),
  );
  fc.assert(
    fc.property(piece, fc.nat(text.length), fc.nat(12), (inserted, at, dropped) => {
      expect(ruleOf(text.slice(0, at) + inserted + text.slice(at + dropped))).not.toBe('not a pack problem');
    }),
    { numRuns: 800 },
  );
});
