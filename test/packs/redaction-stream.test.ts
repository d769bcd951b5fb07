// Masking a stream: the same result as masking everything at once, and nothing held back without need.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileRedaction, redactText, type Redaction } from '../../src/packs/redaction.ts';
import { addCounts, createRedactionStream } from '../../src/packs/redaction-stream.ts';
import type { RedactionRule } from '../../src/packs/redaction-rule.ts';

const regex = (name: string, pattern: string, replacement = `<${name}>`): RedactionRule => ({
  name,
  type: 'regex',
  pattern,
  replacement,
});

const rules: RedactionRule[] = [
  regex('across', 'pass\\s*[:=]\\s*\\S+'),
  regex('begin', '^first|(?m)^line\\b'),
  regex('finish', 'last$|\\bedge\\b'),
  regex('dot', '(?s)open.{0,20}?close'),
  regex('empty', 'z*', '~'),
  { name: 'two-lines', type: 'literal', literal: 'ab\nab\nc', replacement: '<two>' },
];
const chains: Record<string, Redaction> = {
  'built-ins': compileRedaction(),
  everything: compileRedaction({ sensitive: ['s3cr', 's3cret', 'é😀', '\nx'], actionRules: rules }),
  ...Object.fromEntries(rules.map((rule) => [rule.name, compileRedaction({ actionRules: [rule] })])),
};

const words = [
  'pass',
  'pass =',
  ' ',
  '\n',
  '\r\n',
  '\n\n',
  'first',
  'last',
  'line',
  'edge',
  '_edge',
  'open',
  'close',
  'z',
  'ab\n',
  'c',
  's3cret',
  's3cr',
  'é😀',
  'é',
  '\ud83d\ude00',
  'password=',
  'hunter2',
  '"token": "a b"',
  'Bearer abcdefghij',
  '=',
  '-----BEGIN RSA PRIVATE KEY-----',
  '-----END RSA PRIVATE KEY-----',
  '-----BEGIN PGP PRIVATE KEY BLOCK-----',
  'https://u:p@h/',
  'Set-Cookie: a=b',
  'AKIAABCDEFGHIJKLMNOP',
  'eyJhbGciOi.aaaaaaaaaa.bbbbbbbbbb',
  ':',
  '"',
  "'",
];
const output = fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(''));
const bytesOutput = fc.oneof(
  { weight: 5, arbitrary: output.map((text) => Buffer.from(text)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
);

function streamed(redaction: Redaction, bytes: Buffer, cuts: readonly number[]) {
  const stream = createRedactionStream(redaction);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  const pieces = places.slice(1).map((end, index) => stream.push(bytes.subarray(places[index], end)));
  return { text: Buffer.concat([...pieces, stream.end()]).toString('utf8'), counts: stream.counts() };
}

describe.each(Object.entries(chains))('7: the rules %s', (_name, redaction) => {
  test('mask the same, however the output is split', () => {
    fc.assert(
      fc.property(bytesOutput, fc.array(fc.nat(400), { maxLength: 12 }), (bytes, cuts) => {
        expect(streamed(redaction, bytes, cuts)).toEqual(redactText(redaction, bytes.toString('utf8')));
      }),
      { numRuns: 400 },
    );
  });

  test('mask the same byte by byte', () => {
    fc.assert(
      fc.property(bytesOutput, (bytes) => {
        const everyByte = Array.from(bytes.keys());
        expect(streamed(redaction, bytes, everyByte)).toEqual(redactText(redaction, bytes.toString('utf8')));
      }),
      { numRuns: 150 },
    );
  });
});

test('7: lines far longer than what is held mask the same in pieces', () => {
  const redaction = chains['everything'] as Redaction;
  const long = `${'x'.repeat(65_400)} password=${'y'.repeat(70_000)} AKIAABCDEFGHIJKLMNOP ${'edge '.repeat(30_000)}é😀`;
  const bytes = Buffer.from(long);
  const pieces = Array.from({ length: 40 }, (_, index) => index * 8_191);
  const whole = redactText(redaction, long);
  expect(streamed(redaction, bytes, pieces)).toEqual(whole);
  expect(whole.text).not.toContain('yyyy');
});

function pushed(redaction: Redaction, ...texts: readonly string[]): string[] {
  const stream = createRedactionStream(redaction);
  return texts.map((text) => Buffer.from(stream.push(Buffer.from(text))).toString());
}

test('a whole line is delivered at once, a partial one is held', () => {
  expect(pushed(compileRedaction(), 'one\ntw', 'o\n', 'three')).toEqual(['one\n', 'two\n', '']);
});

test('a line is held back only while a rule that spans lines could still match', () => {
  const redaction = compileRedaction({ actionRules: [regex('across', 'pass\\s*=\\s*\\S+', '<p>')] });
  expect(pushed(redaction, 'plain\n', 'pass\n', '= x\n', 'pass\n', 'no\n')).toEqual([
    'plain\n',
    '',
    '<p>\n',
    '',
    'pass\nno\n',
  ]);
});

test('a private key is hidden from its beginning on, even when it never ends', () => {
  const redaction = compileRedaction();
  const pieces = pushed(
    redaction,
    'a\n-----BEGIN PRIVATE KEY-----\n',
    'MIIE\n',
    '-----END PRIVATE KEY-----\nb\n',
  );
  expect(pieces).toEqual(['a\n', '', '[REDACTED_PRIVATE_KEY]\nb\n']);
  expect(redactText(redaction, 'x -----BEGIN EC PRIVATE KEY-----\nabc\n').text).toBe(
    'x [REDACTED_PRIVATE_KEY]',
  );
});

test('a partial line leaves after 64 KiB', () => {
  const [first, second] = pushed(compileRedaction(), '.'.repeat(60_000), '.'.repeat(60_000));
  expect(first).toBe('');
  expect(second?.length).toBeGreaterThan(65_536);
});

test('C25: a character split over chunks stays whole, an invalid byte becomes U+FFFD', () => {
  const stream = createRedactionStream(compileRedaction());
  const [euro] = ['€'].map((text) => Buffer.from(text));
  const parts = [euro?.subarray(0, 1), euro?.subarray(1), Buffer.of(0xff, 0x0a)].map((part) =>
    stream.push(part ?? Buffer.of()),
  );
  expect(Buffer.concat([...parts, stream.end()]).toString()).toBe('€\ufffd\n');
});

const countOf = (name: string, count: number) => ({ name, type: 'regex' as const, count });

test('counts of two streams are summed rule by rule', () => {
  expect(addCounts([countOf('a', 1)], [countOf('b', 2), countOf('a', 3)])).toEqual([
    countOf('a', 4),
    countOf('b', 2),
  ]);
});
