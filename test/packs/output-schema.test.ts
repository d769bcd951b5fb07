// Which output schemas an action may promise, each bound with both sides, and what decoding says of outputs.
import { expect, test } from 'vitest';
import { decodeExactJson, type ExactObject } from '../../src/packs/exact-json.ts';
import { compileOutputSchema, outputSchemaFault } from '../../src/packs/output-schema.ts';
import { decodeStructuredOutput } from '../../src/packs/structured-output.ts';

const schemaOf = (text: string): ExactObject => decodeExactJson(text) as ExactObject;
const fault = (more: string): string | null => outputSchemaFault(schemaOf(`{"type":"object",${more}}`));
const nested = (levels: number): string => `"not":{`.repeat(levels) + '}'.repeat(levels);
const enumOf = (count: number): string => `"enum":[${Array(count).fill(0).join(',')}]`;

test.each([
  ['16 levels', nested(15), nested(16)],
  // The root, its type and the list are three of the values.
  ['512 values', enumOf(509), enumOf(510)],
  ['8,192 bytes', `"title":"${'x'.repeat(8_164)}"`, `"title":"${'x'.repeat(8_165)}"`],
  [
    'the draft at its root',
    '"$schema":"https://json-schema.org/draft/2020-12/schema"',
    '"$schema":"http://json-schema.org/draft-07/schema#"',
  ],
  [
    'no draft further in',
    '"$defs":{"a":{}}',
    '"$defs":{"a":{"$schema":"https://json-schema.org/draft/2020-12/schema"}}',
  ],
  ['references into $defs', '"$defs":{"a.b-c":{}},"$ref":"#/$defs/a.b-c"', '"$ref":"#/definitions/a"'],
  [
    'references one step deep',
    '"$defs":{"a":{}},"$ref":"#/$defs/a"',
    '"$defs":{"a":{}},"$ref":"#/$defs/a/b"',
  ],
  ['multiples of a whole number', '"multipleOf":3', '"multipleOf":0'],
  ['numbers that a double holds', '"maximum":9007199254740992', '"maximum":9007199254740993'],
  ['patterns of RE2', '"pattern":"a+"', '"pattern":"(?=a)"'],
])('7: a schema may have %s', (_what, good, bad) => {
  expect(fault(good)).toBeNull();
  expect(fault(bad)).not.toBeNull();
});

test.each([
  '$id',
  '$anchor',
  '$dynamicAnchor',
  '$dynamicRef',
  '$recursiveRef',
  '$vocabulary',
  'definitions',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
])('7: a schema may not use %s, though an output may have a member of that name', (keyword) => {
  expect(fault(`"${keyword}":"x"`)).not.toBeNull();
  expect(fault(`"items":[{"${keyword}":"x"}]`)).not.toBeNull();
  expect(fault(`"properties":{"${keyword}":{}}`)).toBeNull();
});

const check = compileOutputSchema(
  schemaOf('{"type":"object","properties":{"at":{"type":"string","format":"date-time"}}}'),
);
const decoded = (text: string, isTruncated = false): string => {
  const answer = decodeStructuredOutput(Buffer.from(text), check, isTruncated);
  return answer.ok ? answer.encoded : answer.reason;
};

test.each([
  ['{"b": 1.50, "a": "<&>"}\n', '{"a":"<&>","b":1.50}'],
  ['{"at": "2026-11-25T18:00:00Z"}', '{"at":"2026-11-25T18:00:00Z"}'],
  ['{"at": "today"}', 'output_schema_mismatch'],
  ['[1]', 'output_invalid_json'],
  ['{"a": 1} {}', 'output_invalid_json'],
  ['{"a": "\\ud800"}', 'output_invalid_json'],
  ['', 'output_invalid_json'],
  [`{"a": 1e999}`, '{"a":1e999}'],
  [`{"a": 1e1000}`, 'output_too_complex'],
  [`{"a": 0.${'1'.repeat(62)}}`, `{"a":0.${'1'.repeat(62)}}`],
  [`{"a": 0.${'1'.repeat(63)}}`, 'output_too_complex'],
  [`{"a": ${'['.repeat(15)}${']'.repeat(15)}}`, `{"a":${'['.repeat(15)}${']'.repeat(15)}}`],
  [`{"a": ${'['.repeat(16)}${']'.repeat(16)}}`, 'output_too_complex'],
  [`{"a": [${Array(1022).fill(0).join(',')}]}`, `{"a":[${Array(1022).fill(0).join(',')}]}`],
  [`{"a": [${Array(1023).fill(0).join(',')}]}`, 'output_too_complex'],
  [`{"a":"${'x'.repeat(8_184)}"}`, `{"a":"${'x'.repeat(8_184)}"}`],
  [`{"a":"${'x'.repeat(8_185)}"}`, 'output_too_large'],
])('7: the output %j becomes %j', (text, expected) => {
  expect(decoded(text)).toBe(expected);
  expect(decoded(text, true)).toBe('output_truncated');
});
