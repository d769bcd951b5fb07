// Validation of the arguments of a call: coercion, bounds and what is said when something is wrong.
import { expect, test } from 'vitest';
import { decodeAction } from '../../src/packs/action.ts';
import { validateArguments, type ArgumentAnswer, type PathChecks } from '../../src/packs/arguments.ts';
import { decodeExactJson, type ExactObject } from '../../src/packs/exact-json.ts';
import { actionFile } from './pack-files.ts';

function validate(declared: string, json: string, paths?: PathChecks): ArgumentAnswer {
  const { args } = decodeAction(Buffer.from(actionFile({ args: `  - {name: a, ${declared}}` })), 'f');
  return validateArguments(args, decodeExactJson(json) as ExactObject, paths);
}

/** The coerced value as JSON, or the code of the failure. */
function outcome(declared: string, value: string): string {
  const answer = validate(declared, `{"a": ${value}}`);
  return answer.ok ? JSON.stringify(answer.values.get('a')) : answer.code;
}

test.each([
  ['string', '"x"', '"x"'],
  ['string', '1', 'type'],
  ['string', 'null', 'type'],
  ['integer', '9223372036854775807', '9223372036854775807'],
  ['integer', '9223372036854775808', 'type'],
  ['integer', '-9223372036854775808', '-9223372036854775808'],
  ['integer', '1e3', '1000'],
  ['integer', '1000.0', '1000'],
  ['integer', '1.5', 'type'],
  ['integer', '1e400', 'type'],
  ['integer', '"+12"', '12'],
  ['integer', '"1e3"', 'type'],
  ['integer', '"0x10"', 'type'],
  ['number', '1.50', '1.50'],
  ['number', '1e999', '1e999'],
  ['number', '"0.50"', '0.5'],
  ['number', '"1e999"', 'type'],
  ['number', '"x"', 'type'],
  ['number', `1.${'0'.repeat(63)}`, 'type'],
  ['boolean', 'true', 'true'],
  ['boolean', '"true"', 'type'],
  ['duration', '"90s"', '"1m30s"'],
  ['duration', '"1d"', 'type'],
  ['path', '"/a/./b/../c//"', '"/a/c"'],
  ['path', '""', '"."'],
  ['path', '"/a\\u0000b"', 'type'],
  ['string_array', '["a", "b"]', '["a","b"]'],
  ['string_array', '["a", 1]', 'type'],
  ['string_array', '"a"', 'type'],
  ['integer_array', '[1, "2", 3e0]', '[1,2,3]'],
])('4: a %s given as %s becomes %s', (type, value, expected) => {
  expect(outcome(`type: ${type}`, value)).toBe(expected);
});

test.each([
  ['string, validation: {max_length: 4}', '"éé"', '"ééé"', 'max_length'],
  ['string', `"${'x'.repeat(32_768)}"`, `"${'x'.repeat(32_769)}"`, 'max_length'],
  ['string_array, validation: {max_items: 1}', '["a"]', '["a","b"]', 'max_items'],
  ['integer_array', JSON.stringify(Array(256).fill(1)), JSON.stringify(Array(257).fill(1)), 'max_items'],
  ['string, validation: {enum: [a, b]}', '"b"', '"c"', 'enum'],
  ['integer, validation: {allowed: [1, 2]}', '2.0', '3', 'allowed'],
  ['string_array, validation: {enum: [a]}', '["a","a"]', '["a","b"]', 'enum'],
  ['string, validation: {pattern: b}', '"abc"', '"ac"', 'pattern'],
  ['string, validation: {pattern: ^b$}', '"b"', '"b\\n"', 'pattern'],
  ['integer, validation: {min: 2}', '2', '1', 'min'],
  ['number, validation: {max: 0.3}', '0.3', '0.30000000000000001', 'max'],
  ['number, validation: {max: 9007199254740993}', '9007199254740993', '9007199254740994', 'max'],
  ['integer_array, validation: {min: 1}', '[1]', '[1,0]', 'min'],
  ['duration, validation: {min_duration: 5s}', '"5s"', '"4999ms"', 'min_duration'],
  ['duration, validation: {max_duration: 1d}', '"24h"', '"24h0m1s"', 'max_duration'],
])('4: %s takes %s and refuses %s', (declared, good, bad, code) => {
  expect(validate(`type: ${declared}`, `{"a": ${good}}`).ok).toBe(true);
  expect(outcome(`type: ${declared}`, bad)).toBe(code);
});

test('a failure names the argument, and the element of a list', () => {
  expect(validate('type: string_array, validation: {max_length: 1}', '{"a": ["x", "yy"]}')).toMatchObject({
    message: 'argument a: element 1: must be at most 1 bytes',
  });
  expect(validate('type: string, required: true', '{}')).toMatchObject({
    code: 'required',
    message: 'argument a: is required',
  });
  expect(validate('type: string', '{"b": 1}')).toMatchObject({ code: 'unknown_arg' });
});

test('nothing of a sensitive value or its rules appears in a failure', () => {
  const answer = validate('type: string, sensitive: true, validation: {enum: [hunter2]}', '{"a": "hunter3"}');
  expect(answer).toEqual({ ok: false, code: 'enum', argument: 'a', message: 'argument a: enum' });
});

test('an absent argument takes its default, or stays away', () => {
  const withDefault = validate('type: integer, default: 7', '{}');
  expect(withDefault.ok && String(withDefault.values.get('a'))).toBe('7');
  const without = validate('type: integer', '{}');
  expect(without.ok && without.values.has('a')).toBe(false);
});

test('a hostile argument name cannot break the line it is printed on', () => {
  expect(validate('type: string', '{"x\\u001b[31m\\n": 1}')).toMatchObject({
    message: 'argument x?[31m?: is not an argument of this action',
  });
});
