import { expect, test } from 'vitest';
import type { ArgumentDescriptor } from '../../../src/protocol/descriptor.ts';
import { parseExact } from '../../../src/protocol/exact-json.ts';
import { argumentValue } from '../../../src/console/screens/new-run-argument.ts';
import { compareNumbers, durationNs } from '../../../src/console/screens/new-run-number.ts';

type Rules = Partial<ArgumentDescriptor>;
const argument = (type: ArgumentDescriptor['type'], change: Rules = {}): ArgumentDescriptor => ({
  name: 'x',
  type,
  required: false,
  ...change,
});

test.each<[ArgumentDescriptor['type'], Rules, string, string]>([
  ['string', {}, 'a "b"', '"a \\"b\\""'],
  ['integer', {}, '-0042', '-42'],
  ['integer', {}, '891234567890123456', '891234567890123456'],
  ['integer', { validation: { min: 1, max: 9 } }, '9', '9'],
  ['number', {}, '1.50e-3', '1.50e-3'],
  ['boolean', {}, 'false', 'false'],
  ['duration', { validation: { min_duration: '1s', max_duration: '1h' } }, '60m', '"60m"'],
  ['string_array', {}, 'a, b', '["a","b"]'],
  ['integer_array', {}, '1,020', '[1,20]'],
  ['integer', { validation: { enum: [1, 2] } }, '02', '2'],
])('a %s with %j takes %j and sends %s', (type, rules, text, wire) => {
  const typed = argumentValue(argument(type, rules), text);
  expect('value' in typed ? JSON.stringify(typed.value) : typed).toBe(wire);
});

test.each<[ArgumentDescriptor['type'], Rules, string, RegExp]>([
  ['integer', {}, '1.5', /whole number/],
  ['integer', {}, '0x10', /whole number/],
  ['integer', { validation: { max: 9 } }, '10', /at most 9/],
  [
    'number',
    { validation: { min: parseExact('0.30000000000000001') } },
    '0.3',
    /at least 0\.30000000000000001/,
  ],
  ['number', {}, 'NaN', /number/],
  ['duration', {}, '5', /duration/],
  ['duration', { validation: { max_duration: '1h' } }, '61m', /at most 1h/],
  ['string', { validation: { pattern: '^/' } }, 'x', /match/],
  ['string', { validation: { max_length: 3 } }, 'äää', /3 bytes/],
  ['string', { validation: { allowed: ['a', 'b'] } }, 'c', /one of a, b/],
  ['string_array', { validation: { max_items: 1 } }, 'a,b', /at most 1/],
  ['integer_array', {}, '1,x', /entry 2/],
  ['path', { required: true }, '', /required/],
])('a %s with %j refuses %j', (type, rules, text, because) => {
  const typed = argumentValue(argument(type, rules), text);
  expect('error' in typed ? typed.error : typed).toMatch(because);
});

test('what is left out is not sent', () => {
  expect(argumentValue(argument('string'), '')).toEqual({ absent: true });
});

test('numbers are compared without a double in between', () => {
  expect(compareNumbers('9007199254740993', '9007199254740992')).toBe(1);
  expect(compareNumbers('1e3', '1000.0')).toBe(0);
  expect(compareNumbers('-0.1', '-0.01')).toBe(-1);
  expect(compareNumbers('x', '1')).toBeNull();
});

test('durations are whole nanoseconds', () => {
  expect([durationNs('1h30m'), durationNs('1.5s'), durationNs('0'), durationNs('1d')]).toEqual([
    5_400_000_000_000n,
    1_500_000_000n,
    0n,
    null,
  ]);
});
