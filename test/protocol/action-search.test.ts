import { expect, test } from 'vitest';
import { rankAction } from '../../src/protocol/action-search.ts';

const action = {
  id: 'linux.disk_usage',
  title: 'Disk usage',
  summary: 'Shows how full each mounted file system is.',
  search_terms: ['df', 'free space'],
};

test.each([
  ['', 0],
  ['   ', 0],
  ['linux.disk_usage', 0],
  ['LINUX.DISK_USAGE', 0],
  ['linux.disk', 1],
  ['disk usage', 2],
  ['usage linux', 2],
  ['df', 3],
  ['disk free', 3],
  ['mounted', 4],
  ['df mounted disk', 4],
  ['df tape', null],
  ['tape', null],
  // Words never meet across two places.
  ['usagedf', null],
])('%o ranks %o', (typed, rank) => {
  expect(rankAction(action, typed)).toBe(rank);
});
