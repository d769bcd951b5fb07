// Rules of action files that concern one line of the file, each with both sides of its edge: identity, texts,
// execution, limits, argument declarations.
import { expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import { PackProblem } from '../../src/packs/pack-problem.ts';
import { pingAction, runAction } from './pack-files.ts';

/** `accepted`, or the rule that refuses the file. */
function ruleOf(text: string): string {
  try {
    decodeAction(Buffer.from(text), 'p/a.yaml');
    return 'accepted';
  } catch (error) {
    return error instanceof PackProblem ? error.rule : String(error);
  }
}

const listOf = (count: number, entry: (at: number) => string): string =>
  `[${Array.from({ length: count }, (_, at) => entry(at)).join(', ')}]`;
const quoted = (text: string): string => `"${text}"`;
const after = (line: string, more: string): [string, string] => [line, `${line}\n${more}`];

/** Both sides replace the same line of the file. */
const rows: [line: string, good: string, bad: string, rule: string][] = [
  ['id: demo.ping', `id: a.${'b'.repeat(126)}`, `id: a.${'b'.repeat(127)}`, 'id'],
  ['id: demo.ping', 'id: other_pack.re-ad.it_1', 'id: ping', 'id'],
  ['id: demo.ping', 'id: a.b', 'id: a.1b', 'id'],
  ['schema_version: 1', 'schema_version: 1', 'schema_version: 2', 'schema_version'],
  ['title: Ping', `title: ${'x'.repeat(160)}`, `title: ${'x'.repeat(161)}`, 'text'],
  ['title: Ping', `title: ${'é'.repeat(80)}`, `title: ${'é'.repeat(81)}`, 'text'],
  ['title: Ping', 'title: "a  b\\n c"', 'title: "  \\n"', 'text'],
  ['title: Ping', 'title: "tab\\there"', 'title: "bell\\a"', 'text'],
  ...['061c', '200e', '200f', '202a', '2066', '2069'].map((mark): [string, string, string, string] => [
    'title: Ping',
    'title: "\\u200b"',
    `title: "a\\u${mark}"`,
    'text',
  ]),
  ['kind: exec', 'kind: exec', 'kind: shell', 'enum'],
  ['risk: low', 'risk: critical', 'risk: none', 'enum'],
  [
    'side_effects: [none]',
    `side_effects: ${listOf(16, (at) => `e${at}`)}`,
    `side_effects: ${listOf(17, (at) => `e${at}`)}`,
    'range',
  ],
  ['side_effects: [none]', 'side_effects: [a]', 'side_effects: []', 'range'],
  [
    'side_effects: [none]',
    `side_effects: [${'x'.repeat(1024)}]`,
    `side_effects: [${'x'.repeat(1025)}]`,
    'text',
  ],
  [
    'args: []',
    `args: []\nsearch_terms: ${listOf(16, (at) => `t${at}`)}`,
    `args: []\nsearch_terms: ${listOf(17, (at) => `t${at}`)}`,
    'range',
  ],
  ['args: []', 'args: []\nsearch_terms: [a]', 'args: []\nsearch_terms: [" "]', 'text'],
  [
    'args: []',
    `args: []\nexamples: ${listOf(16, () => '{title: t}')}`,
    `args: []\nexamples: ${listOf(17, () => '{title: t}')}`,
    'range',
  ],
  [
    'args: []',
    `args: []\nexamples: [{title: ${'x'.repeat(160)}}]`,
    `args: []\nexamples: [{title: ${'x'.repeat(161)}}]`,
    'text',
  ],
  ['args: []', `args: []\nsummary: ${'x'.repeat(512)}`, `args: []\nsummary: ${'x'.repeat(513)}`, 'text'],
  ...['args: []', 'side_effects: [none]'].map((line): [string, string, string, string] => [
    line,
    ...after(line, 'colour: blue'),
    'unknown_key',
  ]),
  ['  timeout: 5s', ...after('  timeout: 5s', '  shell: true'), 'unknown_key'],
  ['  timeout: 5s', '  timeout: 1h30m', '  timeout: 1h30', 'duration'],
  ['  timeout: 5s', '  timeout: 2w', '  cwd: /', 'required'],
  ['  timeout: 5s', '  timeout: 5s\n  cancel_grace: 1s', '  timeout: 5s\n  cancel_grace: 1', 'duration'],
  [
    '  timeout: 5s',
    '  timeout: 5s\n  success_exit_codes: [255]',
    '  timeout: 5s\n  success_exit_codes: [256]',
    'range',
  ],
  ['  timeout: 5s', '  timeout: 5s\n  env: {A: b}', '  timeout: 5s\n  env: {DYLD_X: b}', 'env'],
  ['  timeout: 5s', '  timeout: 5s\n  env: {A: "1"}', '  timeout: 5s\n  env: {A: 1}', 'type'],
  [
    '  command: {binary: echo, argv: [pong]}',
    '  command: {binary: echo}',
    '  command: {argv: [a]}',
    'required',
  ],
  [
    '  command: {binary: echo, argv: [pong]}',
    '  command: {binary: a.b}',
    '  command: {binary: a/b}',
    'binary',
  ],
  [
    '  command: {binary: echo, argv: [pong]}',
    '  command: {binary: a}',
    "  command: {binary: 'a\\b'}",
    'binary',
  ],
];

test.each(rows)('3: in place of `%s` a file may say %j, not %j (%s)', (line, good, bad, rule) => {
  expect(pingAction).toContain(line);
  expect(ruleOf(pingAction.replace(line, good))).toBe('accepted');
  expect(ruleOf(pingAction.replace(line, bad))).toBe(rule);
});

const script = runAction('demo.run');
test.each([
  ['script: {path: scripts/run.sh, interpreter: /bin/sh}', 'script: {path: scripts/run.sh}', 'accepted'],
  ['script: {path: scripts/run.sh, interpreter: /bin/sh}', 'script: {interpreter: /bin/sh}', 'required'],
  ['script: {path: scripts/run.sh, interpreter: /bin/sh}', 'command: {binary: echo}', 'kind'],
  ['  timeout: 5s', '  timeout: 5s\n  argv: ["{{ args.x }}"]', 'template'],
  ['  timeout: 5s', '  timeout: 5s\n  argv: [a]', 'accepted'],
])('3: a script with `%s` turned into `%s` is %s', (line, other, expected) => {
  expect(ruleOf(script.replace(line, other))).toBe(expected);
});

test.each([
  ['max_stdout_bytes: 1', 'accepted'],
  ['max_stdout_bytes: 0', 'range'],
  ['max_stdout_bytes: -1', 'range'],
  ['max_stdout_bytes: 1.5', 'type'],
  ['max_stdout_bytes: "1"', 'type'],
  ['max_stdout_bytes: 1, colour: x', 'unknown_key'],
  ['parser: text', 'required'],
  ['max_stdout_bytes: 1, redact: [{type: literal, literal: a}]', 'required'],
  ['max_stdout_bytes: 1, redact: [{name: a, type: glob}]', 'enum'],
])('3: an output with {%s} is %s', (text, expected) => {
  const line = 'output: {max_stdout_bytes: 1024, max_stderr_bytes: 1024}';
  expect(ruleOf(pingAction.replace(line, `output: {max_stderr_bytes: 1, ${text}}`))).toBe(expected);
});

test.each([
  ['{name: a, type: string}, {name: b, type: string}', 'accepted'],
  ['{name: a, type: string}, {name: a, type: integer}', 'unique'],
  [`{name: ${quoted('a-b')}, type: string}`, 'name'],
  ['{type: string}', 'required'],
  ['{name: a, type: string, color: x}', 'unknown_key'],
  ['{name: a, type: string, validation: {size: 1}}', 'unknown_key'],
  ['{name: a, type: boolean, validation: {min: 1}}', 'applicable'],
  ['{name: a, type: integer, validation: {allowed_paths: [/a]}}', 'applicable'],
  ['{name: a, type: string, validation: {min_duration: 1s}}', 'applicable'],
  ['{name: a, type: duration, validation: {min_duration: 2s, max_duration: 1s}}', 'range'],
  ['{name: a, type: string_array, validation: {max_items: -1}}', 'range'],
  ['{name: a, type: integer_array, validation: {enum: [1, x]}}', 'type'],
  ['{name: a, type: number, validation: {max: .inf}}', 'yaml'],
  ['{name: a, type: string, required: "yes"}', 'type'],
])('4: the arguments [%s] are %s', (text, expected) => {
  expect(ruleOf(pingAction.replace('args: []', `args: [${text}]`))).toBe(expected);
});
