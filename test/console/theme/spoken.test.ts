import { expect, test } from 'vitest';
import { spokenLine, spokenNews } from '../../../src/console/theme/spoken.ts';

test.each([
  ['─────────', ''],
  ['── what changes ──────', 'what changes'],
  ['│ Cancel  │', 'Cancel'],
  ['   web-01      ● online    4s', 'web-01, online, 4s'],
  [' ▌ web-01      \u001b[33m▲ pending\u001b[39m', '▌web-01, pending'],
  [' 1 Fleet  2 Packs ▲3  3 Runs', '1 Fleet, 2 Packs (3 waiting), 3 Runs'],
  [' Packs › linux-core', 'Packs, linux-core'],
  [' ▏ df: no', 'stderr: df: no'],
  ['   [x] web   group', 'checked web, group'],
  ['⏎ open  a act…', 'enter open, a act'],
  ['   form   ‹ csv ›  ', 'form, csv'],
  ['   sha256:ab00…f8e9', 'sha256:ab00...f8e9'],
  [' – cancelled  1–9', 'cancelled, 1 to 9'],
  ['   by  –', 'by, none'],
  ['   risk  low → high', 'risk, low → high'],
  [' ! stale since 12:00:00Z', 'attention: stale since 12:00:00Z'],
])('%j is said as %j', (line, words) => {
  expect(spokenLine(line)).toBe(words);
});

test('only what is new is said: lines that were not there, and where the cursor came to', () => {
  const before = ['▌web-01, online, 4s', 'web-02, online, 1m ago', 'at 12:04:31Z'];
  expect(spokenNews([], before)).toEqual([
    'web-01, online, 4s, selected',
    'web-02, online, 1m ago',
    'at 12:04:31Z',
  ]);
  // Time alone is no news.
  expect(spokenNews(before, ['▌web-01, online, 9s', 'web-02, online, 2m ago', 'at 12:04:36Z'])).toEqual([]);
  expect(spokenNews(before, ['web-01, online, 4s', '▌web-02, online, 1m ago', 'at 12:04:31Z'])).toEqual([
    'web-02, online, 1m ago',
  ]);
  expect(spokenNews(before, ['▌web-01, online, 4s', 'web-02, offline, 1m ago', 'at 12:04:31Z'])).toEqual([
    'web-02, offline, 1m ago',
  ]);
  // The same words once more are a line more.
  expect(spokenNews(['a', 'b'], ['a', 'b', 'a'])).toEqual(['a']);
});
