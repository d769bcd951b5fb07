// Descriptors: exact field names, what is left out, and how two are compared. Typed results as well.
import { expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import { validateArguments } from '../../src/packs/arguments.ts';
import {
  decodeArgumentDescriptors,
  describeAction,
  descriptorModelText,
  differingModelFields,
} from '../../src/packs/descriptor.ts';
import { decodeExactJson } from '../../src/packs/exact-json.ts';
import { compileOutputSchema } from '../../src/packs/output-schema.ts';
import { decodeStructuredOutput } from '../../src/packs/structured-output.ts';
import { actionFile, pingAction } from './pack-files.ts';

const describeFile = (text: string, isAvailable = true) =>
  describeAction(decodeAction(Buffer.from(text), 'f'), 'demo', isAvailable);

test('12: the descriptor of a plain action has exactly the fields of the wire', () => {
  expect(JSON.parse(JSON.stringify(describeFile(pingAction)))).toEqual({
    id: 'demo.ping',
    title: 'Ping',
    summary: 'Says pong.',
    description: 'Says pong.',
    kind: 'exec',
    risk: 'low',
    side_effects: [],
    args: [],
    examples: [],
    search_terms: [],
    pack_id: 'demo',
    primary_executable_available: true,
    limits: { default_timeout: 5_000_000_000 },
    output: { max_stdout_bytes: 1024, max_stderr_bytes: 1024 },
  });
});

const rich = actionFile({
  top: `summary: "  Two\\twords "\ndescription: D.\nsearch_terms: [" a  b "]\nexamples: [{title: t}]`,
  args: `  - name: n
    type: integer
    default: 9223372036854775807
    description: " A  number "
    sensitive: true
    validation: {min: 5}
  - {name: d, type: duration, validation: {max_duration: 1d, min_duration: 5s}}
  - {name: e, type: string, validation: {}}`,
  execution: 'timeout: 2m\n  timeout_max: 4m',
  output:
    '{parser: json, parser_required: true, max_stdout_bytes: 10, max_stdout_bytes_max: 20, max_stderr_bytes: 10}',
});

test('12: texts are collapsed, bounds printed, only written keys shown, large integers exact', () => {
  const text = JSON.stringify(describeFile(rich, false));
  const { args, ...rest } = JSON.parse(text) as Record<string, unknown>;
  expect(text).toContain('"default":9223372036854775807');
  expect(args).toMatchObject([
    {
      name: 'n',
      type: 'integer',
      required: false,
      sensitive: true,
      description: 'A number',
      validation: { min: 5 },
    },
    {
      name: 'd',
      type: 'duration',
      required: false,
      validation: { min_duration: '5s', max_duration: '24h0m0s' },
    },
    { name: 'e', type: 'string', required: false, validation: {} },
  ]);
  expect(rest).toMatchObject({
    summary: 'Two words',
    search_terms: ['a b'],
    examples: [{ title: 't', args: {} }],
    limits: { default_timeout: 120_000_000_000, timeout_max: 240_000_000_000 },
    output: {
      parser: 'json',
      parser_required: true,
      max_stdout_bytes: 10,
      max_stdout_bytes_max: 20,
      max_stderr_bytes: 10,
    },
    primary_executable_available: false,
    missing_executable: 'echo',
  });
});

const describedAs = (description: string) => actionFile({ top: `description: "${description}"` });

test('12: a long description is summarised by its first sentence', () => {
  expect(describeFile(describedAs(`First v1.2 one! ${'x'.repeat(600)}`)).summary).toBe('First v1.2 one!');
  expect(describeFile(describedAs('Short without an end')).summary).toBe('Short without an end');
});

test('12: comparison looks at the model fields alone, by value', () => {
  const here = describeFile(rich);
  const there = JSON.parse(JSON.stringify(describeFile(rich, false))) as typeof here;
  expect(
    differingModelFields(
      describeFile(pingAction),
      JSON.parse(JSON.stringify(describeFile(pingAction, false))),
    ),
  ).toEqual([]);
  const riskier = { ...here, risk: 'high', limits: { default_timeout: 1 } };
  expect(differingModelFields(here, riskier)).toEqual(['risk']);
  expect(descriptorModelText(here)).toBe(descriptorModelText(describeFile(rich, false)));
  // Read as doubles the large default has changed: frames must be read exactly.
  expect(differingModelFields(here, there)).toEqual(['args']);
});

test('12: arguments can be checked against what a descriptor says, without the action file', () => {
  // Read exactly: through doubles the large default would no longer be a 64-bit integer.
  const advertised = decodeExactJson(JSON.stringify(describeFile(rich).args));
  const specs = decodeArgumentDescriptors(advertised, 'demo.act');
  expect(validateArguments(specs, { d: '5s' }).ok).toBe(true);
  expect(validateArguments(specs, { d: '25h' })).toMatchObject({ code: 'max_duration' });
  expect(validateArguments(specs, { n: '4' })).toMatchObject({ code: 'min', message: 'argument n: min' });
  expect(decodeArgumentDescriptors(null, 'demo.act')).toEqual([]);
  for (const hostile of ['x', [{}], [{ name: 'a', type: 'x' }], [{ name: 'a', type: 'string', more: 1 }]]) {
    expect(() => decodeArgumentDescriptors(hostile, 'demo.act\u001b')).toThrow(/^demo.act\?: args/);
  }
});

const check = compileOutputSchema({
  type: 'object',
  properties: { a: { type: 'integer' }, d: { format: 'date' } },
} as never);
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

test.each([
  ['{"a": 1}', false, 'ok'],
  ['{"a": 1}', true, 'output_truncated'],
  ['{"a": "x"}', false, 'output_schema_mismatch'],
  ['{"d": "2026-13-01"}', false, 'output_schema_mismatch'],
  ['[]', false, 'output_invalid_json'],
  ['{"a":1,"a":1}', false, 'output_invalid_json'],
  [nested(17), false, 'output_too_complex'],
  [`{"b":[${'1,'.repeat(1022)}1]}`, false, 'output_too_complex'],
  [`{"b":[${'1,'.repeat(1021)}1]}`, false, 'ok'],
  ['{"b":1e1000}', false, 'output_too_complex'],
  ['{"b":1e999}', false, 'ok'],
  [`{"b":"${'x'.repeat(8184)}"}`, false, 'ok'],
  [`{"b":"${'x'.repeat(8185)}"}`, false, 'output_too_large'],
])('7: the typed result %s (truncated: %s) is %s', (text, isTruncated, expected) => {
  const answer = decodeStructuredOutput(Buffer.from(text), check, isTruncated);
  expect(answer.ok ? 'ok' : answer.reason).toBe(expected);
});
