import { expect, test } from 'vitest';
import { groupsReached, type RunnerReach } from '../../src/protocol/scope.ts';

const groups = (...names: string[]): RunnerReach => ({ groups: new Set(names), runners: new Set() });

test.each<[string, RunnerReach, string[] | null]>([
  ['all', 'all', null],
  ['none', 'none', []],
  ['groups', groups('web', 'db'), ['db', 'web']],
  ['single runners', { groups: new Set(), runners: new Set(['rnr_1']) }, []],
  ['two that meet in one', { every: [groups('web', 'db'), groups('db', 'mail')] }, ['db']],
  ['two that do not meet', { every: [groups('web'), groups('db')] }, []],
  ['one within all', { every: ['all', groups('web')] }, ['web']],
  ['all twice', { every: ['all', 'all'] }, null],
  ['nobody', { every: [groups('web'), 'none'] }, []],
])('groups that are reached as a whole: %s', (_what, reach, expected) => {
  const reached = groupsReached(reach);
  expect(reached && [...reached].toSorted()).toEqual(expected);
});
