import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAnswerFilter } from '../../../src/console/terminal/late-answers.ts';

const answers = [
  '\u001b]11;rgb:ffff/ffff/ffff\u0007',
  '\u001b]10;rgb:0000/0000/0000\u001b\\',
  '\u001b]4;1;rgb:cdcd/0000/0000\u009c',
  '\u001bP>|xterm(390)\u001b\\',
  '\u001bP1$r0m\u001b\\',
  '\u001b_Gi=31;OK\u001b\\',
];
const typed = [
  'q',
  'run',
  '\u001b',
  '\u001b[A',
  '\u001b]',
  '\u001bP',
  '\u001b[200~a\nb\u001b[201~',
  '漢',
  '\r',
  '\u0007',
];

test('T25: answers of a terminal vanish between keys, wherever their chunks are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('q', 'run', '\u001b[A', '漢', '\r'), fc.constantFrom(...answers)), {
        maxLength: 8,
      }),
      fc.array(fc.nat(200), { maxLength: 6 }),
      (pairs, cuts) => {
        const text = pairs.flat().join('');
        // What comes next after the two first characters tells an answer from an Alt key: those stay together.
        const places = [...new Set(cuts)]
          .filter((at) => at < text.length && !/\u001b[^[]?$/.test(text.slice(0, at)))
          .sort((a, b) => a - b);
        const filter = createAnswerFilter(() => 0);
        const parts = [0, ...places].map((at, index) => text.slice(at, places[index] ?? text.length));
        expect(parts.map(filter).join('')).toBe(pairs.map(([key]) => key).join(''));
      },
    ),
  );
});

test('T25: what is typed passes as it is, Alt keys, pastes and a lone Escape too', () => {
  for (const text of typed) expect(createAnswerFilter()(text)).toBe(text);
  const filter = createAnswerFilter();
  expect(typed.map(filter).join('')).toBe(typed.join(''));
});

test('T25: an answer that never ends takes no keys for longer than half a second', () => {
  let now = 0;
  const filter = createAnswerFilter(() => now);
  expect(filter('a\u001b]11;rgb:ff')).toBe('a');
  now = 400;
  expect(filter('still of it')).toBe('');
  now = 901;
  expect(filter('q')).toBe('q');
});

test('T25: an end that is cut in two is still an end', () => {
  const filter = createAnswerFilter(() => 0);
  expect(filter('\u001b]11;rgb:0\u001b')).toBe('');
  expect(filter('\\q')).toBe('q');
});

test('what a terminal answered is handed on whole, however it was cut', () => {
  const bodies: string[] = [];
  const filter = createAnswerFilter(
    () => 0,
    (body) => bodies.push(body),
  );
  expect(['a\u001b]11;rgb:ff', 'ff/ffff/ff', 'ff\u001b', '\\b'].map(filter).join('')).toBe('ab');
  filter('\u001b]10;rgb:0/0/0\u0007');
  expect(bodies).toEqual(['11;rgb:ffff/ffff/ffff', '10;rgb:0/0/0']);
});
