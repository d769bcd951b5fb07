// Whatever a name holds, whoever reads it in its place gets the same name back: a real shell, a real YAML parser.
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  csvLine,
  quoteForEnvironmentFile,
  quoteForHcl,
  quoteForShell,
  quoteForYaml,
} from '../../src/protocol/quoting.ts';

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...'\'"\\$`{}%#:-!&*[]|>? \n\t;()=@+~', '\u0085', '\u2028', '\ufeff') }),
);
const printable = hostile.map((text) => text.replace(/[\u0000\ud800-\udfff]/g, ''));

test('a YAML parser reads back any text', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const written = quoteForYaml(text);
      expect(written).not.toMatch(/[\n\r]/);
      expect(parse(`- ${written}\n- ${written}: 1\n`)).toEqual([text, { [text]: 1 }]);
    }),
    { examples: [['~'], ['a'], ['__proto'], ['no']], numRuns: 500 },
  );
});

test('a shell reads back any text without NUL, as a word and from a file of variables', () => {
  const texts = fc.sample(printable, 300);
  const words = texts.map((text) => `printf '%s\\0' ${quoteForShell(text)}\n`).join('');
  const lines = texts.map((text) => `V=${quoteForEnvironmentFile(text)}\nprintf '%s\\0' "$V"\n`).join('');
  for (const script of [words, lines]) {
    const read = execFileSync('sh', { input: script, encoding: 'utf8' });
    expect(read.split('\0').slice(0, -1)).toEqual(texts);
  }
});

test('HCL finds nothing to interpolate, and its escapes give the text back', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const written = quoteForHcl(text);
      expect(written).not.toMatch(/[$%]\{/);
      // The escapes that are used are those that JSON has too.
      expect(JSON.parse(written)).toBe(text);
    }),
  );
});

test.each([
  ['plain', 'plain'],
  ['=1+1', "'=1+1"],
  ['+a', "'+a"],
  ['-a', "'-a"],
  ['@a', "'@a"],
  ['\tx', "'\tx"],
  ['a,b', '"a,b"'],
  ['say "no"', '"say ""no"""'],
  ['=a,"b"', '"\'=a,""b"""'],
])('a cell %j is written %s: no spreadsheet takes it for a formula', (value, cell) => {
  expect(csvLine([value, 1, null])).toBe(`${cell},1,`);
});
