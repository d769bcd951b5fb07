import { expect, test } from 'vitest';
import {
  createBackgroundQuestion,
  groundByAnswer,
  mayAskBackground,
} from '../../../src/console/terminal/background.ts';

test.each([
  ['xterm-256color', true],
  ['tmux-256color', true],
  ['screen', true],
  ['xterm-kitty', true],
  ['st-256color', true],
  ['linux', false],
  ['dumb', false],
  ['eterm-color', false],
  ['vt100', false],
  [undefined, false],
])('T25: a terminal called %s is asked: %s', (TERM, may) => {
  expect(mayAskBackground({ TERM })).toBe(may);
});

test('an answer is told once, only to what was asked, and is waited for a second at most', () => {
  let now = 0;
  const written: string[] = [];
  const grounds: string[] = [];
  const question = createBackgroundQuestion(
    (text) => written.push(text),
    () => now,
  );
  question.subscribe((ground) => grounds.push(ground));
  question.hear('11;rgb:ffff/ffff/ffff');
  expect(grounds).toEqual([]);
  question.ask();
  expect(written).toEqual(['\u001b]11;?\u001b\\']);
  question.hear('10;rgb:0/0/0');
  expect(question.isOpen()).toBe(true);
  now = 999;
  question.hear('11;rgb:ffff/ffff/ffff');
  question.hear('11;rgb:0/0/0');
  expect(grounds).toEqual(['light']);
  expect(question.isOpen()).toBe(false);
  question.ask();
  now = 2000;
  expect(question.isOpen()).toBe(false);
  // Late is still better than wrong colours.
  question.hear('11;rgb:0/0/0');
  expect(grounds).toEqual(['light', 'dark']);
});

test.each([
  ['11;rgb:ffff/ffff/ffff', 'light'],
  ['11;rgb:00/00/00', 'dark'],
  ['11;rgb:fdfd/f6f6/e3e3', 'light'],
  ['11;rgb:0000/2b2b/3636', 'dark'],
  ['11;rgba:f/f/f/f', 'light'],
  ['10;rgb:ffff/ffff/ffff', null],
  ['11;?', null],
  ['11;rgb:', null],
])('what a terminal says of its background, %s, is %s', (body, ground) => {
  expect(groundByAnswer(body)).toBe(ground);
});
