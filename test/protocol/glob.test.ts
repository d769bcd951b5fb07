import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coversGlob, matchesGlob } from '../../src/protocol/glob.ts';

test.each([
  ['linux.uptime', 'linux.uptime', true],
  ['linux.uptime', 'linux.uptimes', false],
  ['linux.*', 'linux.', true],
  ['linux.*', 'linux', false],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['*.restart', 'linux.unit.restart', true],
  ['*.restart', 'linux.unit.restarted', false],
  ['a*b*c', 'abc', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'acb', false],
  // Only the star is special: these would fit as regular expressions.
  ['linux.uptim?', 'linux.uptime', false],
  ['linux.(a|b)', 'linux.a', false],
  ['linux.[a-z]*', 'linux.a', false],
  ['linuxxuptime', 'linux.uptime', false],
])('%s fits %s: %s', (pattern, text, fits) => {
  expect(matchesGlob(pattern, text)).toBe(fits);
});

test('many stars cost no more than the lengths of both texts multiplied', () => {
  const started = process.cpuUsage();
  expect(matchesGlob(`${'a*'.repeat(60)}b`, 'a'.repeat(120))).toBe(false);
  expect(process.cpuUsage(started).user).toBeLessThan(500_000);
});

test.each([
  ['*', 'linux.*', true],
  ['linux.*', '*', false],
  ['linux.*', 'linux.uptime', true],
  ['linux.*.restart', 'linux.unit*.restart', true],
  ['linux.unit*.restart', 'linux.*.restart', false],
  ['a*', 'a', true],
  ['a', 'a*', false],
  ['a*b', 'a*b', true],
  ['a**b', 'a*b', true],
])('%s covers %s: %s', (wide, narrow, covers) => {
  expect(coversGlob(wide, narrow)).toBe(covers);
});

const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 6 });
const id = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 });

test('a pattern that covers another fits whatever the other fits', () => {
  fc.assert(
    fc.property(glob, glob, id, (wide, narrow, text) => {
      if (coversGlob(wide, narrow) && matchesGlob(narrow, text)) expect(matchesGlob(wide, text)).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

test('the matcher agrees with the regular expression that means the same', () => {
  fc.assert(
    fc.property(glob, id, (pattern, text) => {
      const same = new RegExp(`^${pattern.replaceAll(/\*+/g, '.*')}$`);
      expect(matchesGlob(pattern, text)).toBe(same.test(text));
    }),
    { numRuns: 3_000 },
  );
});
