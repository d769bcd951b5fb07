// Exact JSON, decimals, durations and limits.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDecimals, int64Of, parseDecimal } from '../../src/packs/decimal.ts';
import { formatGoDuration, parseGoDuration, parsePackDuration } from '../../src/packs/duration.ts';
import { canonicalText, decodeExactJson, encodeSorted, ExactJsonError } from '../../src/packs/exact-json.ts';
import { effectiveLimit } from '../../src/packs/limits.ts';
import { isRetiredVersion } from '../../src/packs/retired-version.ts';

test.each([
  ['5s', 5_000_000_000n],
  ['1h30m', 5_400_000_000_000n],
  ['1.5s', 1_500_000_000n],
  ['-2ms', -2_000_000n],
  ['.5us', 500n],
  ['1µs', 1_000n],
  ['0', 0n],
  ['+1ns', 1n],
  ['0.3ns', 0n],
  ['2562047h47m16.854775807s', 2n ** 63n - 1n],
  ['', null],
  ['5', null],
  ['1d', null],
  ['s', null],
  ['.s', null],
  ['1 s', null],
  ['1s-', null],
  ['9999999999h', null],
])('1: the Go duration %j is %s ns', (text, expected) => {
  expect(parseGoDuration(text)).toBe(expected);
});

test.each([
  ['7d', 604_800_000_000_000n],
  ['2w', 1_209_600_000_000_000n],
  ['', 0n],
  ['1d2h', null],
  ['1.5d', null],
  ['90m', 5_400_000_000_000n],
])('1: the duration %j of a pack file is %s ns', (text, expected) => {
  expect(parsePackDuration(text)).toBe(expected);
});

test.each([
  [5_000_000_000n, '5s'],
  [60_000_000_000n, '1m0s'],
  [86_400_000_000_000n, '24h0m0s'],
  [500_000_000n, '500ms'],
  [1_500_000_000n, '1.5s'],
  [0n, '0s'],
  [1_500n, '1.5µs'],
  [1n, '1ns'],
  [-61_000_000_000n, '-1m1s'],
])('1: %s ns is printed as %s', (durationNs, expected) => {
  expect(formatGoDuration(durationNs)).toBe(expected);
});

test('1: a printed duration reads back as itself', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }), (durationNs) => {
      expect(parseGoDuration(formatGoDuration(durationNs))).toBe(durationNs);
    }),
  );
});

test('a JSON text of numbers, keys and strings is written back byte for byte', () => {
  const text = '{"a":1e3,"b":[891234567890123456,-0.10],"c":"é","d":null,"e":true}';
  expect(JSON.stringify(decodeExactJson(text))).toBe(text);
  expect(encodeSorted(decodeExactJson('{"b": 1.0, "a": {}}'))).toBe('{"a":{},"b":1.0}');
});

test('values that are equal have one canonical text', () => {
  const same = ['{"a": 1e3, "b": 0.50}', '{"b": 5e-1, "a": 1000}', '{"a":1000.0,"b":0.5}'].map((text) =>
    canonicalText(decodeExactJson(text)),
  );
  expect(new Set([...same, canonicalText({ a: 1000, b: 0.5 })]).size).toBe(1);
  expect(canonicalText(decodeExactJson('9007199254740993'))).not.toBe(
    canonicalText(decodeExactJson('9007199254740992')),
  );
});

test('a key called __proto__ is a key', () => {
  expect(JSON.stringify(decodeExactJson('{"__proto__": {"x": 1}}'))).toBe('{"__proto__":{"x":1}}');
});

test.each([
  ['{"a":1,"a":2}', 'duplicate_key'],
  ['"\\ud800"', 'surrogate'],
  ['[1,]', 'syntax'],
  ['01', 'syntax'],
  ['1 2', 'syntax'],
  ['', 'syntax'],
  ['"\u0001"', 'syntax'],
  ['nul', 'syntax'],
  ['{"a"}', 'syntax'],
  [`${'['.repeat(65)}`, 'depth'],
  ['+1', 'syntax'],
])('the JSON %j is refused: %s', (text, fault) => {
  expect(() => decodeExactJson(text)).toThrow(expect.objectContaining({ fault }));
});

test('exact reading agrees with JSON.parse on every text that it accepts, and fails only in its own way', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.json().chain((text) => fc.nat(text.length).map((at) => text.slice(0, at))),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        expect(JSON.parse(JSON.stringify(decodeExactJson(text, { maxDepth: 1000 })))).toEqual(
          JSON.parse(text),
        );
      } catch (error) {
        if (!(error instanceof ExactJsonError)) throw error;
      }
    }),
  );
});

const compare = (a: string, b: string) => {
  const [left, right] = [parseDecimal(a), parseDecimal(b)];
  return left && right && Math.sign(compareDecimals(left, right));
};

test('decimals compare by value, and no exponent is too large', () => {
  expect(compare('0.1', '0.10')).toBe(0);
  expect(compare('1e999999999999', '1e999999999998')).toBe(1);
  expect(compare('-1e9', '1e-9')).toBe(-1);
  expect(compare('0.30000000000000001', '0.3')).toBe(1);
  expect(int64Of(parseDecimal('9.223372036854775807e18') ?? { digits: 0n, exponent: 0n })).toBe(
    2n ** 63n - 1n,
  );
});

test.each([
  [{ value: 5 }, 9, 5],
  [{ value: 5, max: 8 }, 9, 8],
  [{ value: 5, min: 2 }, 1, 2],
  [{ value: 5, min: 2, max: 8 }, 6, 6],
  [{ value: 5, max: 8 }, 0, 5],
  [{ value: 5, max: 8 }, -1, 5],
  [{ value: 5, max: 8 }, null, 5],
  [{ value: 5, max: 8 }, 2n ** 63n, 8],
])('6: the limit %j with the wish %s is %s', (declared, wish, expected) => {
  expect(effectiveLimit(declared, wish)).toBe(expected);
});

test.each([
  ['0.3.0', '0.3.1', true],
  ['0.3.1', '0.3.1', false],
  ['0.10', '0.9.9', false],
  ['0.3', '0.3.0', false],
  ['0.3.1-rc1', '0.3.1', true],
  ['0.3.1+build', '0.3.1', false],
  ['dev', '0.0.1', true],
])('2: the version %s is retired by the bound %s: %s', (version, bound, expected) => {
  expect(isRetiredVersion(version, bound)).toBe(expected);
});
