// One rule over a text in pieces, for patterns of every kind and with lines that leave early, against a plain
// replacement over the whole text.
import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { literalMatcher } from '../../src/packs/literal-matcher.ts';
import { tokenRules, contextRules } from '../../src/packs/redaction-builtins.ts';
import { builtinMatcher, patternMatcher, type RuleMatcher } from '../../src/packs/redaction-matcher.ts';
import { createRuleStage } from '../../src/packs/redaction-stage.ts';

const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\s',
  '\\w',
  '[^a]',
  '\\n',
  '^',
  '$',
  '(?m:^)',
  '(?m:$)',
  '\\b',
  '\\B',
  '(?s:.)',
  '\\A',
  '\\z',
  '😀',
  '',
);
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { weight: 4, arbitrary: atom },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?', '*?', '{2}', '{1,3}?'))
        .map(([inner, times]) => `(?:${inner})${times}`),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(tie('pattern'), tie('pattern')).map(([left, right]) => `(?:${left}|${right})`),
    },
  ),
  pattern: fc.array(tie('piece'), { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join('')),
}));
const text = fc
  .array(fc.constantFrom('a', 'b', ' ', '\n', '_', '😀', 'aa', 'ab\n'), { maxLength: 24 })
  .map((parts) => parts.join(''));
const cuts = fc.array(fc.nat(40), { maxLength: 8 });

/** As Go replaces all matches: an empty match directly behind another one is none. */
function replaceWhole(source: string, input: string): string {
  const matcher = RE2JS.compile(source).matcher(input);
  let replaced = '';
  let at = 0;
  let matchEnd = -1;
  let search = 0;
  while (search <= input.length && matcher.find(search)) {
    const [start, end] = [matcher.start(), matcher.end()];
    search = end > start ? end : end + ((input.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
    if (end === start && start === matchEnd) continue;
    replaced += `${input.slice(at, start)}<>`;
    at = end;
    matchEnd = end;
  }
  return replaced + input.slice(at);
}

/** The stage's result, with pieces cut at whole characters as a decoder gives them. */
function replaceInPieces(
  matcher: RuleMatcher,
  input: string,
  places: readonly number[],
  heldLine: number,
): string {
  const stage = createRuleStage(matcher, heldLine);
  const characters = [...input];
  const ends = [...places.map((place) => place % (characters.length + 1)), characters.length].toSorted(
    (a, b) => a - b,
  );
  let passed = '';
  let start = 0;
  for (const end of ends) {
    passed += stage.push(characters.slice(start, end).join(''));
    start = end;
  }
  return passed + stage.end();
}

test('7: for every pattern, text and split, pieces give what the whole gives', () => {
  fc.assert(
    fc.property(pattern, text, cuts, fc.constantFrom(0, 1, 3, 1000), (source, input, places, heldLine) => {
      const matcher = patternMatcher(source, '<>');
      expect(replaceInPieces(matcher, input, places, heldLine)).toBe(replaceWhole(source, input));
    }),
    { numRuns: 3_000 },
  );
});

test('7: for all literals, text and split, pieces give what the whole gives', () => {
  const literals = fc.array(
    text.filter((literal) => literal.length < 6),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(literals, text, cuts, fc.constantFrom(0, 1, 3, 1000), (chosen, input, places, heldLine) => {
      const whole = literalMatcher(chosen, '<>').searchIn(input);
      let expected = '';
      let at = 0;
      for (let match = whole?.(0); match; match = whole?.(at)) {
        expected += input.slice(at, match.start) + match.replacement;
        at = match.end;
      }
      expected += input.slice(at);
      expect(replaceInPieces(literalMatcher(chosen, '<>'), input, places, heldLine)).toBe(expected);
    }),
    { numRuns: 1_500 },
  );
});

test.each([...tokenRules, ...contextRules])(
  '7: $name gives the same when every line leaves early',
  (rule) => {
    const words = fc.constantFrom(
      'password',
      '=',
      ' ',
      '"',
      'x y',
      'https://',
      'u:p@',
      'cookie:',
      'Bearer ',
      'abcdefgh',
      '.eyJ',
      'emop-',
      'A'.repeat(36),
      '\n',
      '\\',
      'sk-',
      'AKIA',
      '_',
      '-',
      ':',
      'SG.',
      'é😀',
    );
    const input = fc.array(words, { maxLength: 14 }).map((parts) => parts.join(''));
    const matcher = builtinMatcher({ ...rule, replacement: '<>' });
    fc.assert(
      fc.property(input, cuts, fc.constantFrom(0, 1, 5), (line, places, heldLine) => {
        expect(replaceInPieces(matcher, line, places, heldLine)).toBe(replaceWhole(rule.source, line));
      }),
      { numRuns: 200 },
    );
  },
);
